"""The web application for ASGI servers; the event door stands in front of Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")
_django = get_asgi_application()

from lineage.api.event_door import EventDoor  # noqa: E402 - models load after Django

application = EventDoor(_django)

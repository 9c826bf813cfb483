"""The web application for ASGI servers; the doors of programs stand in front of Django."""

import os

from django.core.asgi import get_asgi_application

from config.importing import undisturbed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")
with undisturbed():
    _django = get_asgi_application()

    # These load after Django.
    from governance.permissions.gateways.application import GatewayDoors
    from lineage.api.event_door import EventDoor

application = GatewayDoors(EventDoor(_django))

"""The web application for ASGI servers; the doors of programs stand in front of Django."""

import atexit
import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")
gc.disable()  # what is imported stays: looking for what could go takes an eighth of the start
_django = get_asgi_application()

from governance.permissions.gateways.application import GatewayDoors  # noqa: E402 - models
from lineage.api.event_door import EventDoor  # noqa: E402 - load after Django

application = GatewayDoors(EventDoor(_django))
gc.freeze()
gc.enable()
atexit.register(gc.unfreeze)  # or DuckDB complains at the end of what was never let go

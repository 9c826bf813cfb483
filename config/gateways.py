"""A pool of gateways alone, for ASGI servers: nothing but the doors of programs is answered."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "4")
django.setup()

from governance.permissions.gateways.application import (  # noqa: E402 - models load after Django
    GatewayDoors,
    alone,
)

application = GatewayDoors(alone)

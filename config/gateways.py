"""A pool of gateways alone, for ASGI servers: nothing but the doors of programs is answered."""

import os

import django

from catalog import starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.gateway_settings")
os.environ.setdefault("DATABASE_POOL", "4")
starting.later()  # questions are answered from a bundle before all else is there
django.setup()

from governance.permissions.gateways.application import (  # noqa: E402 - models load after Django
    GatewayDoors,
    alone,
)

application = GatewayDoors(alone)

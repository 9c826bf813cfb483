"""The web application for ASGI servers; gateway paths will be mounted in front of Django here."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")
application = get_asgi_application()

"""Settings of processes that answer gateways alone: without the applications that serve pages, REST
and GraphQL. They add nothing to what a door answers, and take their time at the start."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as _ALL

_OF_PAGES = (
    "django.contrib.admin", "django.contrib.staticfiles", "whitenoise", "allauth", "csp",
    "django_filters", "django_htmx", "django_prometheus", "django_structlog", "drf_spectacular",
    "graphene_django", "rest_framework",
)  # fmt: skip
INSTALLED_APPS = [name for name in _ALL if not name.startswith(_OF_PAGES)]

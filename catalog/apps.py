"""The catalog application."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What data there is: systems, datasets, columns, people, labels, events, search."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

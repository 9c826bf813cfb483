"""The lineage application."""

from django.apps import AppConfig


class LineageConfig(AppConfig):
    """Where data comes from and goes: SQL to edges, traversals, impact."""

    name = "lineage"
    default_auto_field = "django.db.models.BigAutoField"

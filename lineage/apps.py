"""The lineage application."""

from django.apps import AppConfig


class LineageConfig(AppConfig):
    """Where data comes from and goes: SQL to edges, traversals, impact."""

    name = "lineage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what lineage adds to the catalog: it follows events and ingestion runs."""
        from catalog.registries.consumers import Consumer, consumers
        from catalog.registries.ingestion import IngestionHook, ingestion_hooks
        from lineage.consumers import digest
        from lineage.services.declared import resolve_run, store_declared

        consumers.add("lineage", Consumer("lineage", digest))
        ingestion_hooks.add("lineage", IngestionHook(store_declared, resolve_run))

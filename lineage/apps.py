"""The lineage application."""

from django.apps import AppConfig

from catalog import starting


class LineageConfig(AppConfig):
    """Where data comes from and goes: SQL to edges, traversals, impact."""

    name = "lineage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the application adds, at once or when there is time."""
        starting.register(self._register)

    def _register(self) -> None:
        """Register what lineage adds to the catalog: it follows events and ingestion runs, reads
        and stores query logs, keeps edges in the past of a dataset, has jobs of its own, and tabs
        on the dataset's page."""
        from django.urls import reverse

        from catalog.registries.consumers import Consumer, consumers
        from catalog.registries.definitions import definition_readers
        from catalog.registries.history import Companion, companions
        from catalog.registries.ingestion import (
            IngestionHook,
            RecordSink,
            ingestion_hooks,
            record_sinks,
        )
        from catalog.registries.pages import Tab, dataset_tabs
        from catalog.registries.promises import promise_sources
        from catalog.registries.uses import other_uses
        from catalog.registries.waiting import Waiting, waiting
        from lineage.connectors import register_connectors
        from lineage.consumers import digest, digest_classes
        from lineage.selectors.definitions import readable_definitions
        from lineage.selectors.history import edges_as_of
        from lineage.selectors.promises import promises_upstream
        from lineage.selectors.uses import is_used
        from lineage.selectors.waiting import reviews_waiting
        from lineage.services.declared import resolve_run, store_declared
        from lineage.services.queries.recording import record_queries
        from lineage.tasks import register_schedules
        from lineage.types import QueryCount, QueryRun

        register_connectors()
        consumers.add("lineage", Consumer("lineage", digest))
        consumers.add("suggested classes", Consumer("suggested classes", digest_classes))
        ingestion_hooks.add("lineage", IngestionHook(store_declared, resolve_run))
        record_sinks.add("query runs", RecordSink(QueryRun, record_queries))
        record_sinks.add("query counts", RecordSink(QueryCount, record_queries))
        companions.add("lineage", Companion("lineage", edges_as_of))
        definition_readers.add("lineage", readable_definitions)
        promise_sources.add("lineage", promises_upstream)
        other_uses.add("lineage", is_used)
        waiting.add("reviews", Waiting("class review", None, reviews_waiting, is_asked=False))
        register_schedules()
        dataset_tabs.add(
            "lineage",
            Tab("Lineage", lambda dataset: reverse("lineage:dataset", args=[dataset.pk]), order=30),
        )
        dataset_tabs.add(
            "queries",
            Tab("Queries", lambda dataset: reverse("lineage:queries", args=[dataset.pk]), order=65),
        )

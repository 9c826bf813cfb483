"""Celery tasks: thin doors to services, each safe to run twice and at any time."""

from __future__ import annotations

import structlog
from celery import shared_task

from catalog.errors import CatalogError, Conflict
from catalog.registries.schedules import Schedule, schedules
from catalog.search import indexing
from catalog.services import consumers, event_log, ingestion_runs
from catalog.services.ingest import DatabaseGone

log = structlog.get_logger(__name__)


@shared_task(name=ingestion_runs.RUN_TASK)
def run_ingestion(run_id: int) -> None:
    """Execute a waiting run; one whose connection is busy waits for the clock."""
    try:
        ingestion_runs.execute_run(run_id)
    except (Conflict, DatabaseGone) as error:
        log.warning("ingestion_run_left", run=run_id, reason=str(error))


@shared_task(name="catalog.run_due_connections")
def run_due_connections() -> None:
    """Ask for the runs that are due."""
    ingestion_runs.request_due_runs()


@shared_task(name="catalog.mark_interrupted_runs")
def mark_interrupted_runs() -> None:
    """Tell runs that died from those that run, and delete uploads that nobody applied."""
    ingestion_runs.mark_interrupted()
    ingestion_runs.forget_uploads()


@shared_task(name=event_log.FEED_TASK)
def feed_consumers() -> None:
    """Bring every consumer of the event log up to date."""
    consumers.feed_all()


@shared_task(name="catalog.tend_search")
def tend_search() -> None:
    """Build the search index where there is none, or one of another layout."""
    try:
        indexing.tend()
    except CatalogError as error:
        log.warning("search_not_tended", reason=error.message)


@shared_task(name="catalog.heal_search")
def heal_search() -> None:
    """Compare the search index with the database, and mend what differs."""
    try:
        indexing.heal()
    except CatalogError as error:
        log.warning("search_not_healed", reason=error.message)


def register_schedules() -> None:
    """Fill the registry of schedules; called once when the application starts."""
    schedules.add("feed consumers", Schedule(event_log.FEED_TASK, 2))
    schedules.add("run due connections", Schedule("catalog.run_due_connections", 60))
    schedules.add("tend search", Schedule("catalog.tend_search", 300))
    schedules.add("heal search", Schedule("catalog.heal_search", 86_400))
    schedules.add("mark interrupted runs", Schedule("catalog.mark_interrupted_runs", 60))

"""Celery tasks: thin doors to services, each safe to run twice and at any time."""

from __future__ import annotations

import structlog
from celery import shared_task

from catalog.errors import Conflict
from catalog.registries.schedules import Schedule, schedules
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


def register_schedules() -> None:
    """Fill the registry of schedules; called once when the application starts."""
    schedules.add("feed consumers", Schedule(event_log.FEED_TASK, 2))
    schedules.add("run due connections", Schedule("catalog.run_due_connections", 60))
    schedules.add("mark interrupted runs", Schedule("catalog.mark_interrupted_runs", 60))

"""Background jobs of lineage."""

from __future__ import annotations

from celery import shared_task

from catalog.registries.schedules import Schedule, schedules
from catalog.types import Principal
from lineage.services.detecting import detect_missing
from lineage.services.queries.forgetting import forget_queries
from lineage.services.queries.reading import read_queries
from lineage.services.queries.waiting import waiting_queries
from lineage.services.rebuilding import rebuild_lineage
from lineage.services.run_events.days import keep_days
from lineage.services.run_events.feeding import feed_run_events
from lineage.services.stages import derive_stages

FEED_TASK = "lineage.feed_run_events"
DAYS_TASK = "lineage.keep_run_event_days"
QUERIES_TASK = "lineage.read_queries"
FORGET_TASK = "lineage.forget_queries"
CLASSES_TASK = "lineage.detect_classes"
STAGES_TASK = "lineage.derive_stages"


@shared_task(name="lineage.rebuild")
def rebuild() -> None:
    """Read every definition again, edges that stay untouched."""
    rebuild_lineage(acting=Principal.system("lineage rebuild"))


@shared_task(name=QUERIES_TASK)
def read_waiting_queries() -> None:
    """Read the queries that wait: whose import was cut off, or whose tables changed since."""
    read_queries(waiting_queries(), acting=Principal.system("lineage"))


@shared_task(name=FORGET_TASK)
def forget_old_queries() -> None:
    """Let go of the texts of queries that nobody ran for long."""
    forget_queries(acting=Principal.system("lineage"))


@shared_task(name=CLASSES_TASK)
def detect_waiting_classes() -> None:
    """Detect classes where values were counted since, or where a newer detector has not looked."""
    detect_missing(acting=Principal.system("suggested classes"))


@shared_task(name=STAGES_TASK)
def derive_all_stages() -> None:
    """Work out every stage anew: edges also come and go without an event of their dataset."""
    derive_stages(acting=Principal.system("lineage"))


@shared_task(name=FEED_TASK)
def project_run_events() -> None:
    """Bring the run events that came into the graph."""
    feed_run_events()


@shared_task(name=DAYS_TASK)
def keep_run_event_days() -> None:
    """Make room for the days to come and drop those behind the retention."""
    keep_days()


def register_schedules() -> None:
    """Fill the registry of schedules; called once when the application starts."""
    schedules.add("project run events", Schedule(FEED_TASK, 1))
    schedules.add("keep run event days", Schedule(DAYS_TASK, 3600))
    schedules.add("derive stages", Schedule(STAGES_TASK, 900))
    schedules.add("read queries", Schedule(QUERIES_TASK, 300))
    schedules.add("forget queries", Schedule(FORGET_TASK, 86_400))
    schedules.add("detect classes", Schedule(CLASSES_TASK, 300))

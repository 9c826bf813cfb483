"""Celery tasks: thin doors to governance's services, each safe to run twice and at any time."""

from __future__ import annotations

from celery import shared_task

from catalog.registries.schedules import Schedule, schedules
from governance.council.services.guards import rerun_guards
from governance.proposals.services.timers import run_timers

TIMERS_TASK = "governance.run_timers"
GUARDS_TASK = "governance.rerun_guards"


@shared_task(name=TIMERS_TASK)
def run_governance_timers() -> None:
    """Do everything that governance's clock asks for by now."""
    run_timers()


@shared_task(name=GUARDS_TASK)
def rerun_unchecked_guards() -> None:
    """Run guards that a decision stored as not yet checked, where an engine answers now."""
    rerun_guards()


def register_schedules() -> None:
    """Fill the registry of schedules; called once when the application starts."""
    schedules.add("governance timers", Schedule(TIMERS_TASK, 30))
    schedules.add("governance guards", Schedule(GUARDS_TASK, 3600))

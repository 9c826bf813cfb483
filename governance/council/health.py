"""Signals of the service's health on the agenda (3.6, item 9): a registry that others fill.

A signal answers in one sentence with its number, so that engines that come later (drift, brakes,
maturity) add theirs without a change here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from catalog.models import ConsumerOffset, Dataset, IngestionRun, KnownProblem
from catalog.registries.registry import Registry
from catalog.types import Lifecycle, RunState
from governance.models import MigrationTask, SignRequest

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Signal:
    """One answer: its number, the sentence for the agenda, and whether somebody should act."""

    number: int
    sentence: str
    is_alarming: bool


signals: Registry[Callable[[dt.datetime], Signal]] = Registry("health signal")


def imports_failed(now: dt.datetime) -> Signal:
    """Imports of the last week that failed."""
    failed = IngestionRun.objects.filter(
        state=RunState.FAILED, started_at__gt=now - WEEK, started_at__lte=now
    ).count()
    return Signal(failed, f"Imports that failed in the last 7 days: {failed}.", failed > 0)


def consumers_behind(now: dt.datetime) -> Signal:
    """Consumers of the event log that stand still after an error."""
    stuck = ConsumerOffset.objects.exclude(last_error="").count()
    return Signal(
        stuck, f"Consumers of the event log that stand still after an error: {stuck}.", stuck > 0
    )


def curated_without_owner(now: dt.datetime) -> Signal:
    """Curated datasets that nobody answers for."""
    bare = Dataset.objects.filter(
        lifecycle=Lifecycle.CURATED, disappeared_at__isnull=True, ownerships__isnull=True
    ).count()
    return Signal(bare, f"Curated datasets without an owner: {bare}.", bare > 0)


def open_problems(now: dt.datetime) -> Signal:
    """Known problems of datasets that nobody has solved."""
    unsolved = KnownProblem.objects.filter(solved_at__isnull=True).count()
    return Signal(unsolved, f"Known problems of datasets, unsolved: {unsolved}.", unsolved > 0)


def migrations_overdue(now: dt.datetime) -> Signal:
    """Queries and datasets that rest on an older version beyond their date."""
    late = MigrationTask.objects.filter(done_at__isnull=True, due_on__lt=now.date()).count()
    return Signal(late, f"Migrations beyond their date: {late}.", late > 0)


def signatures_silent(now: dt.datetime) -> Signal:
    """Signatures whose escalation has reached the manager."""
    silent = SignRequest.objects.filter(manager_at__isnull=False, withdrawn_at__isnull=True).count()
    return Signal(silent, f"Signatures that were escalated to a manager: {silent}.", silent > 0)


def register_signals() -> None:
    """Fill the registry; called once when the application starts."""
    signals.add("imports", imports_failed)
    signals.add("consumers", consumers_behind)
    signals.add("owners", curated_without_owner)
    signals.add("problems", open_problems)
    signals.add("migrations", migrations_overdue)
    signals.add("signatures", signatures_silent)

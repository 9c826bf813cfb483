"""The clock of a demonstration: frozen, and moved so that every deadline on the way passes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.models import StoryClock
from governance.proposals.services.due import next_due
from governance.proposals.services.timers import run_timers

CLOCK_LOCK = 3_310_004
FURTHEST = dt.timedelta(days=400)
MAX_STEPS = 10_000


def freeze(instant: dt.datetime) -> None:
    """Freeze the clock, for the service that tells a story; it never goes back.

    Raises Conflict where the settings do not allow it, InvalidInput for an instant before the
    frozen one.
    """
    _require_story()
    if instant.tzinfo is None:
        raise InvalidInput("Say in which time zone the instant is.", field="instant")
    frozen = StoryClock.objects.filter(pk=1).first()
    if frozen is not None and instant < frozen.instant:
        raise InvalidInput("The clock does not go back.", field="instant")
    if frozen is None:
        frozen = StoryClock(pk=1)
    frozen.instant = instant
    frozen.save()


def move(
    *, acting: Principal, to: dt.datetime | None = None, by: dt.timedelta | None = None
) -> dt.datetime:
    """Move the clock forward, stopping at every instant at which something is due.

    Whoever may propose may move it: it is a visitor's control of the demonstration. Returns the
    instant it stands at.
    """
    require(acting, Action.PROPOSE)
    _require_story()
    start = clock.now()
    target = _target(start, to, by)
    with held():
        _walk(acting, start, target)
    return target


@contextmanager
def held() -> Iterator[None]:
    """Nobody else moves the clock meanwhile, and the schedule leaves what is due to the holder.

    May be nested in one connection.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [CLOCK_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [CLOCK_LOCK])


def run_scheduled_timers() -> int:
    """What the schedule does: everything due, unless somebody moves the clock and does it."""
    return unless_moved(run_timers)


def unless_moved(work: Callable[[], int]) -> int:
    """Do what the schedule asks for, unless somebody moves the clock of a demonstration.

    Beside them it would use up numbers, so that a story told twice would not end the same.
    """
    if not settings.STORY_CLOCK:
        return work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [CLOCK_LOCK])
        (is_free,) = cursor.fetchone()
    if not is_free:
        return 0
    try:
        return work()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [CLOCK_LOCK])


def _walk(acting: Principal, start: dt.datetime, target: dt.datetime) -> None:
    run_timers(now=start)
    at = start
    for _ in range(MAX_STEPS):
        due = next_due(after=at)
        at = target if due is None or due > target else due
        with writing(acting):
            freeze(at)
        run_timers(now=at)
        if at >= target:
            return
    raise Conflict("More is due on the way than the clock can stop at: move it in smaller steps.")


def _target(start: dt.datetime, to: dt.datetime | None, by: dt.timedelta | None) -> dt.datetime:
    if (to is None) == (by is None):
        raise InvalidInput("Say either to when or by how much the clock moves.", field="to")
    target = to if to is not None else start + (by or dt.timedelta())
    if target.tzinfo is None:
        raise InvalidInput("Say in which time zone the instant is.", field="to")
    if target < start:
        raise InvalidInput("The clock does not go back.", field="to")
    if target - start > FURTHEST:
        raise InvalidInput(f"The clock moves by {FURTHEST.days} days at most.", field="to")
    return target


def _require_story() -> None:
    if not settings.STORY_CLOCK:
        raise Conflict("Only a demonstration has a clock that can be moved.")

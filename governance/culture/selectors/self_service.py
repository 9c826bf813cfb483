"""How many reads needed nobody's approval (R-010), from the log of access decisions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.audit.selectors.blocks import Wanted, each_record
from governance.audit.types import AccessOutcome, Keeping
from governance.culture.models import SelfServiceMeasure

DAYS_SHOWN = 90
_ANSWERED = frozenset({AccessOutcome.ALLOWED, AccessOutcome.PARTIAL})
_EXCEPTED = b'"exceptions":['


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of data that were asked for: those answered because somebody had approved an
    exception, those answered without, and those refused."""

    by_itself: int
    approved: int
    refused: int

    @property
    def share(self) -> float | None:
        """Of the reads answered those that nobody approved, 0 to 1; None where there was none."""
        answered = self.by_itself + self.approved
        return self.by_itself / answered if answered else None


def reads_of(day: dt.date) -> Reads:
    """Counted in the log. Which names somebody was shown is no read; a batch counts once."""
    last = _morning(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)
    wanted = Wanted(since=_morning(day), until=last, keepings=(Keeping.RESTRICTED, Keeping.OPEN))
    answered = approved = refused = 0
    for record, line, block, _ in each_record(wanted):
        if not record.datasets:
            continue
        if record.outcome in _ANSWERED:
            answered += 1
            approved += _EXCEPTED in line
        elif record.outcome == AccessOutcome.REFUSED and block.keeping == Keeping.RESTRICTED:
            refused += 1
    return Reads(answered - approved, approved, refused)


def self_service(principal: Principal) -> QuerySet[SelfServiceMeasure]:
    """What was kept of it day by day, the newest first; counts tell of nobody."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return SelfServiceMeasure.objects.none()
    return SelfServiceMeasure.objects.order_by("-day")


def total_of(measures: list[SelfServiceMeasure]) -> Reads:
    """All of them together."""
    return Reads(
        sum(one.by_itself for one in measures),
        sum(one.approved for one in measures),
        sum(one.refused for one in measures),
    )


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, dt.UTC)

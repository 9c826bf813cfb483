"""How many reads needed nobody's approval (R-010), from the log of access decisions."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.audit.models import AuditRow
from governance.audit.types import AccessOutcome, Keeping
from governance.culture.models import SelfServiceMeasure

DAYS_SHOWN = 90
_EXCEPTED = '"exceptions":['


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
    first, last = _first_id(day), _first_id(day + dt.timedelta(days=1))
    rows = AuditRow.objects.filter(
        at__gte=_morning(day), at__lt=_morning(day + dt.timedelta(days=1)), id__gte=first,
        id__lt=last,
    ).exclude(datasets=[])  # fmt: skip
    answered = Q(outcome__in=[AccessOutcome.ALLOWED, AccessOutcome.PARTIAL])
    # An exception is always kept with the restricted rows: only those are read through.
    found = rows.filter(keeping=Keeping.RESTRICTED).aggregate(
        answered=Count("pk", filter=answered),
        approved=Count("pk", filter=answered & Q(body__contains=_EXCEPTED)),
        refused=Count("pk", filter=Q(outcome=AccessOutcome.REFUSED)),
    )
    opened = rows.filter(answered, keeping=Keeping.OPEN).count()
    return Reads(
        opened + found["answered"] - found["approved"], found["approved"], found["refused"]
    )


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


def _first_id(day: dt.date) -> uuid.UUID:
    """The smallest id that a record of the day can have: ids begin with milliseconds."""
    return uuid.UUID(int=int(_morning(day).timestamp() * 1000) << 80)

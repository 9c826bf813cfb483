"""What teams used of their budgets today, and how many of their queries run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from django.db.models import DurationField, ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.functions import Cast

from governance.brakes.engine import LeaseState, Use
from governance.brakes.engine.leases import MISSED
from governance.brakes.models import BudgetUse, QueryLease


def today(now: dt.datetime) -> dt.date:
    """The day that is counted, in UTC."""
    return now.astimezone(dt.UTC).date()


def uses_of(budgets: Iterable[tuple[str, str]], now: dt.datetime) -> Mapping[tuple[str, str], Use]:
    """The use of each budget, by the key of its brake and the team."""
    wanted = list(dict.fromkeys((key, team) for key, team in budgets))
    rows = BudgetUse.objects.filter(
        brake__in={key for key, _ in wanted}, team__in={team for _, team in wanted}, day=today(now)
    )
    used = {(row.brake, row.team): row for row in rows}
    running = Counter(
        tuple(budget)
        for budgets_of in alive(now).values_list("budgets", flat=True)
        for budget in budgets_of
    )
    return {
        budget: Use(
            bytes=used[budget].bytes if budget in used else 0,
            rows=used[budget].rows if budget in used else 0,
            queries=used[budget].queries if budget in used else 0,
            running=running[budget],
        )
        for budget in wanted
    }


def alive(now: dt.datetime) -> QuerySet[QueryLease]:
    """The leases that run and whose heartbeats come."""
    longest = dt.timedelta(seconds=300 * MISSED)
    running = QueryLease.objects.filter(state=LeaseState.RUNNING, beat_at__gt=now - longest)
    silence = ExpressionWrapper(
        Cast(F("interval"), FloatField()) * dt.timedelta(seconds=MISSED),
        output_field=DurationField(),
    )
    return running.filter(beat_at__gte=now - silence)

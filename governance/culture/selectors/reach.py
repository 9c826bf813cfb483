"""How far dashboards, notebooks and models reach: which departments use them, month by month
(R-027)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, DatasetUse
from catalog.selectors.datasets import visible_datasets
from catalog.types import DatasetKind, Principal
from governance import clock
from governance.culture.selectors.departments import USED_WITHIN, people_groups
from governance.culture.suppression import LEAST

CONSUMERS = (DatasetKind.DASHBOARD, DatasetKind.NOTEBOOK, DatasetKind.ML_MODEL)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class DepartmentReach:
    """A department (empty: several small ones together) and how many of its people used a
    consumer of data in each month, the oldest first."""

    department: str
    people: int
    used: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The first days of the months, the departments, and in each month the share of departments
    where anybody used one, 0 to 1."""

    months: tuple[dt.date, ...]
    departments: tuple[DepartmentReach, ...]
    shares: tuple[float, ...]


def reach(principal: Principal, *, kind: str = "", months: int = MONTHS) -> Reach:
    """The reach of all consumers, or of one `kind` of them, in the last months, this one included,
    in two queries. Raises InvalidInput for a kind that is no consumer."""
    kinds = _kinds(kind)
    every = _months(clock.now().date(), months)
    if not gate().authorize(principal, Action.SEE).allowed:
        return Reach(every, (), tuple(0.0 for _ in every))
    seen = visible_datasets(principal).filter(kind__in=kinds)
    rows = (
        DatasetUse.objects.filter(
            dataset__in=seen, person__isnull=False, day__gte=every[0], day__lte=clock.now().date()
        )
        .order_by()
        .annotate(month=TruncMonth("day"))
        .values_list("month", "person_id")
        .distinct()
    )
    used: dict[dt.date, set[int]] = defaultdict(set)
    for month, person in rows:
        used[month].add(person)
    found = tuple(
        DepartmentReach(
            group.department,
            len(group.people),
            tuple(len(group.people & used[month]) for month in every),
        )
        for group in people_groups(by_level=False)
    )
    shares = tuple(
        sum(1 for one in found if one.used[place]) / len(found) if found else 0.0
        for place in range(len(every))
    )
    return Reach(every, found, shares)


def consumers(principal: Principal, *, kind: str = "") -> QuerySet[Dataset]:
    """Dashboards, notebooks and models, those that reach the most people first: each with the
    `person_count` of the last 90 days, None for fewer than `LEAST`, of whom it would tell.
    Raises InvalidInput as `reach`."""
    recent = Q(uses__day__gt=clock.now().date() - USED_WITHIN, uses__person__is_active=True)
    return (
        visible_datasets(principal)
        .filter(kind__in=_kinds(kind), disappeared_at__isnull=True)
        .select_related("system", "domain")
        .annotate(counted=Count("uses__person", filter=recent, distinct=True))
        .annotate(
            person_count=Case(
                When(Q(counted=0) | Q(counted__gte=LEAST), then="counted"), default=None
            )
        )
        # Those that are not told stand together, between the few and none.
        .order_by(Coalesce("person_count", Value(1)).desc(), "qualified_name")
    )


def _kinds(kind: str) -> Sequence[DatasetKind]:
    if not kind:
        return CONSUMERS
    if kind not in list(CONSUMERS):
        raise InvalidInput(f"A consumer is one of {', '.join(CONSUMERS)}.", field="kind")
    return (DatasetKind(kind),)


def _months(today: dt.date, count: int) -> tuple[dt.date, ...]:
    """The first days of the last `count` months, the oldest first."""
    found = [today.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return tuple(reversed(found))


def using_departments(
    principal: Principal, datasets: Iterable[Dataset]
) -> dict[int, tuple[str, ...]]:
    """For each of the datasets the departments of which at least `LEAST` people used it in the last
    90 days, by name; what others there are is the empty name, and of fewer than `LEAST` people
    nothing is told. Two queries."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return {}
    department_of = {
        person: group.department
        for group in people_groups(by_level=False)
        for person in group.people
    }
    uses = DatasetUse.objects.filter(
        dataset__in=[one.pk for one in datasets],
        person__isnull=False,
        day__gt=clock.now().date() - USED_WITHIN,
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for dataset, person in uses.order_by().values_list("dataset_id", "person_id").distinct():
        if person in department_of:
            found[dataset][department_of[person]] += 1
    return {pk: _told(counts) for pk, counts in found.items() if counts.total() >= LEAST}


def _told(counts: Counter[str]) -> tuple[str, ...]:
    names = {name if count >= LEAST else "" for name, count in counts.items()}
    return tuple(sorted(names, key=lambda name: (not name, name)))

"""How far dashboards, notebooks and models reach: which departments use them, month by month
(R-027)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, DatasetUse
from catalog.selectors.datasets import visible_datasets
from catalog.types import DatasetKind, Principal
from governance import clock
from governance.culture.selectors.departments import USED_WITHIN, people_groups

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
    """Dashboards, notebooks and models, those that reach the most people first: each with
    `person_count` and `department_count` of the last 90 days. Raises InvalidInput as `reach`."""
    recent = Q(uses__day__gt=clock.now().date() - USED_WITHIN, uses__person__is_active=True)
    return (
        visible_datasets(principal)
        .filter(kind__in=_kinds(kind), disappeared_at__isnull=True)
        .select_related("system", "domain")
        .annotate(
            person_count=Count("uses__person", filter=recent, distinct=True),
            department_count=Count("uses__person__department", filter=recent, distinct=True),
        )
        .order_by("-person_count", "qualified_name")
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
    """For each of the datasets the departments whose people used it in the last 90 days, by name;
    several small ones together are the empty name. Two queries."""
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
    found: dict[int, set[str]] = defaultdict(set)
    for dataset, person in uses.order_by().values_list("dataset_id", "person_id").distinct():
        if person in department_of:
            found[dataset].add(department_of[person])
    return {
        pk: tuple(sorted(names, key=lambda name: (not name, name))) for pk, names in found.items()
    }

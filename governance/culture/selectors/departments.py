"""How open data is to departments and levels, and how much they use it (R-025)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from catalog.access import Action, gate
from catalog.models import DatasetUse, Person
from catalog.types import EmploymentKind, Principal
from governance import clock
from governance.culture.suppression import Group, safe_groups
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.openness import open_datasets_of

USED_WITHIN = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A group large enough that nobody is told by it: of its pairs of person and dataset the
    share that is open as it is, and how many of its people used data in the last 90 days."""

    department: str
    level: str
    people: int
    open_share: float
    used: int

    @property
    def used_share(self) -> float:
        """Of its people those who used data, 0 to 1."""
        return self.used / self.people


def people_groups(*, by_level: bool) -> list[Group]:
    """Active people by department and, where told apart, level, in groups of five at least. Who
    is named as somebody's manager leads; service accounts are nobody."""
    active = Person.objects.filter(is_active=True).exclude(employment_kind=EmploymentKind.SERVICE)
    reports = Person.objects.filter(manager=OuterRef("pk"), is_active=True)
    managers: dict[str, set[int]] = defaultdict(set)
    others: dict[str, set[int]] = defaultdict(set)
    rows = active.annotate(leads=Exists(reports)).values_list("pk", "department", "leads")
    for pk, department, leads in rows.order_by("pk"):
        (managers if leads and by_level else others)[department.strip() or "No department"].add(pk)
    return safe_groups(
        {name: frozenset(people) for name, people in managers.items()},
        {name: frozenset(people) for name, people in others.items()},
    )


def departments(principal: Principal) -> list[DepartmentRow]:
    """The figures of this instant, in three queries; empty for whoever may see nothing."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return []
    since = clock.now().date() - USED_WITHIN
    used = frozenset(
        DatasetUse.objects.filter(day__gt=since, person__isnull=False)
        .order_by()
        .values_list("person_id", flat=True)
        .distinct()
    )
    count, opened = open_datasets_of(opt_outs.current())
    return [
        DepartmentRow(
            department=group.department,
            level=group.level.value,
            people=len(group.people),
            open_share=_share(sum(opened.get(pk, 0) for pk in group.people), group, count),
            used=len(group.people & used),
        )
        for group in people_groups(by_level=True)
    ]


def _share(open_pairs: int, group: Group, datasets: int) -> float:
    pairs = len(group.people) * datasets
    return open_pairs / pairs if pairs else 1.0

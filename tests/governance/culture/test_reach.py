"""Reach by department (R-025, R-027), and that nobody is told by a number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.models import DatasetUse, Person
from catalog.types import DatasetKind, Principal
from governance.culture.selectors.departments import departments
from governance.culture.selectors.reach import consumers, reach, using_departments
from governance.culture.suppression import Level, safe_groups
from tests.factories import DatasetFactory, PersonFactory
from tests.governance.api.conftest import cost_of

NOW = dt.datetime(2026, 9, 15, 9, tzinfo=dt.UTC)
DEPARTMENTS = st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 9), max_size=6)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def department(name: str, others: int, managers: int = 0) -> list[Person]:
    """Managers first; each leads somebody."""
    lead = [PersonFactory(department=name) for _ in range(managers)]
    rest = [
        PersonFactory(department=name, manager=lead[n % managers] if lead else None)
        for n in range(others)
    ]
    return [*lead, *rest]


def use(person: Person, dataset: Any, day: dt.date) -> None:
    DatasetUse.objects.create(dataset=dataset, person=person, day=day, views=1)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DEPARTMENTS, DEPARTMENTS)
def test_no_group_is_small_and_nobody_is_left_out(
    managers: dict[str, int], others: dict[str, int]
) -> None:
    ids = iter(range(1000))
    lead = {name: frozenset(next(ids) for _ in range(count)) for name, count in managers.items()}
    rest = {name: frozenset(next(ids) for _ in range(count)) for name, count in others.items()}
    everybody: frozenset[int] = frozenset().union(*lead.values(), *rest.values())

    found = safe_groups(lead, rest)

    assert all(len(group.people) >= 5 for group in found)
    if len(everybody) >= 5:
        assert sorted(pk for group in found for pk in group.people) == sorted(everybody)
    else:
        assert found == []


def test_levels_are_told_apart_only_where_both_are_large() -> None:
    def people(first: int, count: int) -> frozenset[int]:
        return frozenset(range(first, first + count))

    found = safe_groups(
        {"Sales": people(0, 5), "Data": people(100, 4), "Legal": people(200, 1)},
        {"Sales": people(10, 10), "Data": people(110, 9), "Legal": people(210, 2)},
    )

    # Legal is too small alone, so the next smallest, Data, is counted with it.
    assert [(group.department, group.level, len(group.people)) for group in found] == [
        ("Sales", Level.MANAGERS, 5), ("Sales", Level.OTHERS, 10), ("", Level.EVERYBODY, 16),
    ]  # fmt: skip


@pytest.mark.django_db
def test_openness_and_use_by_department_and_level(clock: Any) -> None:
    sales = department("Sales", others=6, managers=5)
    department("Legal", others=2)
    support = department("Support", others=4)
    dataset = DatasetFactory()
    for person in sales[:2]:
        use(person, dataset, NOW.date())
    use(sales[7], dataset, NOW.date() - dt.timedelta(days=89))
    use(sales[8], dataset, NOW.date() - dt.timedelta(days=90))
    use(support[0], dataset, NOW.date())
    PersonFactory(department="Legal", is_active=False)

    found = departments(Principal.system("test"))

    assert [(row.department, row.level, row.people, row.used) for row in found] == [
        ("Sales", "managers", 5, 2), ("Sales", "others", 6, 1), ("", "everybody", 6, 1),
    ]  # fmt: skip
    assert [row.open_share for row in found] == [1.0, 1.0, 1.0]
    assert departments(Principal.anonymous()) == []


@pytest.mark.django_db
def test_reach_by_month_and_kind(clock: Any) -> None:
    sales, support = department("Sales", others=5), department("Support", others=5)
    dashboard = DatasetFactory(kind=DatasetKind.DASHBOARD)
    model = DatasetFactory(kind=DatasetKind.ML_MODEL)
    table = DatasetFactory()
    use(sales[0], dashboard, dt.date(2026, 7, 31))
    use(sales[0], dashboard, dt.date(2026, 9, 1))
    use(sales[1], dashboard, dt.date(2026, 9, 2))
    use(support[0], model, dt.date(2026, 9, 3))
    use(support[1], table, dt.date(2026, 8, 3))
    use(sales[2], dashboard, dt.date(2025, 9, 30))
    asking = Principal.system("test")

    found = reach(asking)

    assert (found.months[0], found.months[-1], len(found.months)) == (
        dt.date(2025, 10, 1), dt.date(2026, 9, 1), 12,
    )  # fmt: skip
    by_name = {one.department: one.used[-3:] for one in found.departments}
    assert by_name == {"Sales": (1, 0, 2), "Support": (0, 0, 1)}
    assert found.shares[-3:] == (0.5, 0.0, 1.0)
    assert reach(asking, kind="ml_model").shares[-3:] == (0.0, 0.0, 0.5)
    shown = list(consumers(asking))
    # One or two people are counted by nobody: their department would tell who they are
    assert {(one, one.person_count) for one in shown} == {(dashboard, None), (model, None)}  # type: ignore[attr-defined]
    assert using_departments(asking, shown) == {}
    for person in (*sales[2:], support[0]):
        use(person, dashboard, dt.date(2026, 9, 3))
    assert [(one, one.person_count) for one in consumers(asking)] == [  # type: ignore[attr-defined]
        (dashboard, 6), (model, None),
    ]  # fmt: skip
    assert using_departments(asking, shown) == {dashboard.pk: ("Sales", "")}
    with pytest.raises(InvalidInput, match="A consumer is one of dashboard"):
        reach(asking, kind="table")
    assert list(consumers(Principal.anonymous())) == []


@pytest.mark.django_db
def test_the_page_shows_chart_and_tables_at_the_same_cost(client: Client, clock: Any) -> None:
    client.force_login(PersonFactory(department="Sales"))
    people = department("Sales", others=6)
    dashboard = DatasetFactory(kind=DatasetKind.DASHBOARD, name="pipeline")
    use(people[0], dashboard, NOW.date())

    page = client.get("/council/reach/").content.decode()

    assert "Share of departments that used a consumer of data, by month" in page
    assert "pipeline" in page
    assert "100" in page
    few = cost_of(lambda: client.get("/council/reach/"))
    for n in range(4):
        people += department(f"Department {n}", others=6)
        other = DatasetFactory(kind=DatasetKind.NOTEBOOK)
        use(people[-1], other, NOW.date())
    assert cost_of(lambda: client.get("/council/reach/")) == few
    assert client.get("/council/reach/?kind=table").status_code == 400


def test_five_people_are_the_least_that_are_shown() -> None:
    assert safe_groups({}, {"A": frozenset(range(4))}) == []
    assert len(safe_groups({}, {"A": frozenset(range(5))})) == 1

"""Reach over REST and GraphQL: both say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from catalog.models import DatasetUse
from catalog.types import DatasetKind
from tests.factories import DatasetFactory, PersonFactory
from tests.governance.proposals.world import MONDAY, World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]


def test_both_doors_tell_of_departments_and_consumers(
    world: World, rest: Rest, graphql: Ask
) -> None:
    sales = [PersonFactory(department="Sales") for _ in range(6)]
    # Departments of one are counted with the smallest of the others, which is not Sales.
    for _ in range(5):
        PersonFactory(department="Support")
    dashboard = DatasetFactory(kind=DatasetKind.DASHBOARD)
    for person in sales[:5]:
        DatasetUse.objects.create(dataset=dashboard, person=person, day=MONDAY.date(), views=1)
    client = rest("Hugo")

    reached = client.get("/api/v1/reach/").json()
    consumers = client.get("/api/v1/reach/consumers/?kind=dashboard").json()["results"]
    levels = client.get("/api/v1/reach/departments/").json()
    asked = graphql(
        "Hugo",
        """{ reach { months shares departments { department people used } }
        reachConsumers(kind: "dashboard") { dataset qualifiedName kind personCount departments }
        reachDepartments { department level people openShare used usedShare } }""",
    )["data"]

    assert reached == asked["reach"]
    of_sales = next(one for one in reached["departments"] if one["department"] == "Sales")
    assert (of_sales["people"], of_sales["used"]) == (6, [0] * 11 + [5])
    assert consumers == [
        {"id": dashboard.pk, "kind": "dashboard", "qualified_name": dashboard.qualified_name,
         "person_count": 5, "departments": ["Sales"]}
    ]  # fmt: skip
    assert asked["reachConsumers"] == [
        {"dataset": str(dashboard.pk), "kind": "dashboard", "personCount": 5,
         "qualifiedName": dashboard.qualified_name, "departments": ["Sales"]}
    ]  # fmt: skip
    assert [
        {"department": one["department"], "level": one["level"], "people": one["people"],
         "openShare": one["open_share"], "used": one["used"], "usedShare": one["used_share"]}
        for one in levels
    ] == asked["reachDepartments"]  # fmt: skip
    for refused in ("/api/v1/reach/?kind=table", "/api/v1/reach/consumers/?kind=table"):
        assert (client.get(refused).status_code, client.get(refused).json()["field"]) == (
            400, "kind",
        )  # fmt: skip
    wrong = graphql("Hugo", '{ reach(kind: "table") { months } }')["errors"][0]
    assert wrong["extensions"] == {"code": "invalid_input", "field": "kind"}

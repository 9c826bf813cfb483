"""Lineage over REST: the same answers as the selectors, typed problems for what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.models import Column, Dataset
from lineage.models import Statement
from lineage.sql import report
from tests.factories import OwnershipFactory, PersonFactory
from tests.lineage.warehouse import SYSTEM, read, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(PersonFactory())
    return browser


@pytest.fixture
def shop() -> dict[str, Dataset]:
    made = {
        "raw": table("shop.public.raw", ("id", "email", "state")),
        "people": table("shop.public.people", ("id", "mail"), "SELECT id, email AS mail FROM raw"),
        "active": table(
            "shop.public.active", ("id",), "SELECT r.id FROM raw r WHERE r.email IS NOT NULL"
        ),
        "report": table("shop.public.report", ("id",), "SELECT id FROM active"),
    }
    read(*made.values())
    return made


def get(client: Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def column(dataset: Dataset, name: str) -> int:
    return Column.objects.get(dataset=dataset, name=name).pk


def test_the_lineage_of_a_dataset(client: Client, shop: dict[str, Dataset]) -> None:
    found = get(client, f"datasets/{shop['raw'].pk}/lineage/?columns=true")
    down = next(t for t in found["traversals"] if t["direction"] == "down")
    assert down["sentence"] == "3 datasets in 1 system depend on this."
    assert [[node["name"] for node in level] for level in down["levels"]] == [
        ["people", "active"],
        ["report"],
    ]
    assert {e["subtype"] for e in found["column_edges"]} == {"IDENTITY", "FILTER"}
    one = get(client, f"datasets/{shop['raw'].pk}/lineage/?direction=down&depth=1")
    assert [len(level) for level in one["traversals"][0]["levels"]] == [2]


def test_the_impact_of_a_column_follows_values_and_rows(
    client: Client, shop: dict[str, Dataset]
) -> None:
    # Given an owner of what hangs on it
    owner = OwnershipFactory(dataset=shop["report"]).person

    # When the impact of raw.email is asked for
    found = get(client, f"columns/{column(shop['raw'], 'email')}/impact/")

    # Then its value reaches one dataset, and the rows it decides reach two, each with its path
    told = {
        item["node"]["name"]: (item["effect"], [node["name"] for node in item["path"]])
        for item in found["affected"]
    }
    assert told == {
        "people": ("values", ["raw", "people"]),
        "active": ("rows", ["raw", "active"]),
        "report": ("rows", ["raw", "active", "report"]),
    }
    assert found["owners"] == [{"name": str(owner), "is_team": False, "datasets": 1}]
    assert found["sentence"] == (
        "3 datasets in 1 system depend on raw.email, 2 only through filters."
    )
    near = get(client, f"columns/{column(shop['raw'], 'email')}/impact/?depth=1")
    assert {item["node"]["name"] for item in near["affected"]} == {"people", "active"}
    nothing = get(client, f"columns/{column(shop['raw'], 'state')}/impact/")
    assert nothing["affected"] == []


def test_where_a_column_flows(client: Client, shop: dict[str, Dataset]) -> None:
    email = column(shop["raw"], "email")
    values = get(client, f"columns/{email}/lineage/")
    assert [(c["column"]["path"], c["distance"]) for c in values["columns"]] == [("mail", 1)]
    both = get(client, f"columns/{email}/lineage/?kinds=DIRECT&kinds=INDIRECT")
    assert {node["name"] for node in both["datasets"]} == {"raw", "people", "active"}
    up = get(client, f"columns/{column(shop['report'], 'id')}/lineage/?direction=up")
    assert [c["column"]["dataset_id"] for c in up["columns"]] == [
        shop["active"].pk,
        shop["raw"].pk,
    ]


def test_a_column_both_ways(client: Client, shop: dict[str, Dataset]) -> None:
    middle = column(shop["active"], "id")
    both = get(client, f"columns/{middle}/lineage/?direction=both")

    assert both["direction"] == "both"
    assert {
        (c["direction"], c["column"]["dataset_id"], c["distance"]) for c in both["columns"]
    } == {("up", shop["raw"].pk, 1), ("down", shop["report"].pk, 1)}
    assert len(both["links"]) == 2


def test_the_picture(client: Client, shop: dict[str, Dataset]) -> None:
    answer = client.get(f"/api/v1/datasets/{shop['active'].pk}/lineage/image/?down=0")

    assert answer["Content-Type"] == "image/svg+xml"
    drawn = answer.content.decode()
    assert drawn.startswith("<svg")
    assert "raw" in drawn
    assert "report" not in drawn
    get(client, "datasets/999999/lineage/image/", 404)


def test_paths_and_evidence(client: Client, shop: dict[str, Dataset]) -> None:
    ends = f"source={shop['raw'].pk}&target={shop['report'].pk}"
    found = get(client, f"lineage/paths/?{ends}")
    assert [[node["name"] for node in path] for path in found["shortest"]] == [
        ["raw", "active", "report"]
    ]
    get(client, f"lineage/evidence/?{ends}", 404)
    why = get(client, f"lineage/evidence/?source={shop['raw'].pk}&target={shop['people'].pk}")
    assert why["statements"][0]["sql"] == "SELECT id, email AS mail FROM raw"


def test_sql_is_read_against_the_catalog_and_not_kept(
    client: Client, shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    # Given a statement over two datasets
    statement = {
        "sql": "SELECT mail FROM people JOIN raw USING (id)",
        "dialect": "postgres",
        "system": SYSTEM,
        "default_database": "shop",
        "default_schema": "public",
    }
    before = Statement.objects.count()

    # When it is read
    answer = client.post("/api/v1/sql/lineage/", statement, content_type="application/json")

    # Then its tables are datasets and its bare column has its owner
    (found,) = answer.json()["statements"]
    assert [source["dataset_id"] for source in found["sources"]] == [
        shop["people"].pk,
        shop["raw"].pk,
    ]
    values = [edge for edge in found["column_edges"] if edge["kind"] == "DIRECT"]
    assert [(e["source_table"], e["source_column"]) for e in values] == [
        ("shop.public.people", "mail")
    ]
    assert values[0]["reason"] == "BY_SCHEMA"
    assert Statement.objects.count() == before

    # And what may not be seen is a mere name
    hide(shop["people"])
    (found,) = client.post(
        "/api/v1/sql/lineage/", statement, content_type="application/json"
    ).json()["statements"]
    assert found["sources"][0] == {
        "name": "shop.public.people",
        "dataset_id": None,
        "qualified_name": None,
    }


def test_a_script_in_the_form_of_tools(client: Client) -> None:
    # Given a request as the command reads them from a line
    request = {
        "id": "q1",
        "sql": "insert into V select o.Total, max(c.name) n from Orders o join s2.c on o.id = c.id"
        " group by 1",
        "dialect": "snowflake",
        "schema": {"orders": ["id", "total"], "s2.c": {"id": "int", "name": "text"}},
        "default_db": "D",
        "default_schema": "S",
    }

    # When it is posted
    found = client.post("/api/v1/sql/lineage/", request, content_type="application/json").json()

    # Then the answer is that of the command, with the statements beside
    statements = found.pop("statements")
    assert found == report(request)
    assert found["column_edges"] == [
        ["d.s.orders", "total", "d.s.v", "total", "DIRECT", "IDENTITY", 1.0],
        ["d.s2.c", "name", "d.s.v", "n", "DIRECT", "AGGREGATION", 1.0],
    ]
    assert [edge["reason"] for edge in statements[0]["column_edges"]] == ["BY_SCHEMA"] * 2


def test_a_statement_tells_all_that_was_understood(client: Client) -> None:
    # Given a script with two targets, a name that two tables may own, a temporary table and a call
    request = {
        "sql": "create temp table x as select a from s where k = 1;"
        " insert into t select trim(b) as b, c from x join u on u.id = x.a; call p()",
        "dialect": "postgres",
    }

    # When it is posted to the address without its last slash, as tools write it
    answer = client.post("/api/v1/sql/lineage", request, content_type="application/json")
    made, filled, called = answer.json()["statements"]

    # Then each statement says what it fills, what is temporary, guessed and called
    assert made["temporary"] == ["x"]
    assert made["conditions"] == [
        {
            "source_table": "s",
            "source_column": "k",
            "target_table": "x",
            "subtype": "FILTER",
            "confidence": 0.9,
            "reason": "SINGLE_SOURCE",
            "preparations": [],
        }
    ]
    assert [
        (e["source_table"], e["target_column"], e["preparations"]) for e in filled["column_edges"]
    ] == [
        ("u", "b", ["NORMALIZE"]),
        ("u", "c", []),
    ]
    assert called["calls"] == ["p"]
    (guessed,) = client.post(
        "/api/v1/sql/lineage",
        {"sql": "select a from t join u on t.k = u.k", "dialect": "postgres"},
        content_type="application/json",
    ).json()["statements"]
    assert guessed["ambiguous"] == {"a": ["t", "u"]}


def test_a_script_in_the_form_of_tools_against_the_catalog(
    client: Client, shop: dict[str, Dataset]
) -> None:
    request = {
        "sql": "SELECT mail FROM people JOIN raw USING (id)",
        "dialect": "postgres",
        "system": SYSTEM,
        "default_db": "shop",
        "default_schema": "public",
    }

    found = client.post("/api/v1/sql/lineage/", request, content_type="application/json").json()

    assert found["id"] is None
    assert found["column_edges"] == [
        ["shop.public.people", "mail", None, "mail", "DIRECT", "IDENTITY", 1.0]
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": {"t": 3}}, "schema"),
        ({"schema": ["t"]}, "schema"),
        ({"sql": " "}, "sql"),
        ({"sql": "SELECT 1" + " " * 1_000_000}, "sql"),
        ({"dialect": "klingon"}, "dialect"),
        ({"system": "nowhere"}, "system"),
    ],
)
def test_wrong_input_is_refused_by_name(client: Client, change: dict[str, Any], field: str) -> None:
    given = {"sql": "SELECT 1", "dialect": "postgres"} | change
    answer = client.post("/api/v1/sql/lineage/", given, content_type="application/json")
    assert answer.status_code == 400
    body = answer.json()
    assert field in (body.get("field"), *body.get("fields", {}))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("datasets/999999999/lineage/", 404),
        ("datasets/999999999/impact/", 404),
        ("columns/999999999/lineage/", 404),
        ("columns/999999999/impact/", 404),
        ("lineage/paths/?source=1", 400),
        ("lineage/evidence/?source=x&target=1", 400),
    ],
)
def test_refusals_are_problems(client: Client, path: str, status: int) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_wrong_directions_are_refused(client: Client, shop: dict[str, Dataset]) -> None:
    raw = shop["raw"]
    assert get(client, f"datasets/{raw.pk}/lineage/?direction=left", 400)["field"] == "direction"
    assert get(client, f"datasets/{raw.pk}/lineage/?depth=21", 400)["field"] == "depth"
    path = f"columns/{column(raw, 'id')}/lineage/"
    assert get(client, f"{path}?kinds=MAYBE", 400)["field"] == "kinds"
    assert get(client, f"{path}?direction=left", 400)["field"] == "direction"
    assert get(client, f"datasets/{raw.pk}/lineage/image/?up=21", 400)["field"] == "up"


def test_nobody_unknown_is_answered(shop: dict[str, Dataset]) -> None:
    answer = Client().get(f"/api/v1/datasets/{shop['raw'].pk}/lineage/")
    assert answer.status_code in {401, 403}
    assert "people" not in answer.content.decode()

"""Fields inside columns: edges at their paths, rolled up to the columns around them."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from catalog.models import Column, Dataset
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.answers import Direction
from lineage.selectors.columns import column_closure
from lineage.selectors.impact import column_impact
from lineage.selectors.openlineage import dataset_events
from lineage.types import EdgeKind
from tests.factories import PersonFactory
from tests.lineage.warehouse import READER, read, table

pytestmark = pytest.mark.django_db

PATHS = ("payload", "payload.user", "payload.user.id", "payload.user.email", "payload.page")


def add_fields(dataset: Dataset, paths: tuple[str, ...] = PATHS) -> None:
    """A struct column with fields in two levels."""
    start = dataset.columns.count()
    for position, path in enumerate(paths):
        parent, _, name = path.rpartition(".")
        Column.objects.create(
            dataset=dataset, path=path, name=name, parent_path=parent, ordinal=start + position
        )


@pytest.fixture
def events() -> Dataset:
    """A table with an array-free struct, and three views on it: of a field, of all, by a field."""
    found = table("shop.public.events", ("id",))
    add_fields(found)
    people = table(
        "shop.public.people", ("mail",), "SELECT (e.payload).user.email AS mail FROM events e"
    )
    copied = table("shop.public.copied", ("id",), "SELECT id, payload FROM events")
    add_fields(copied)
    pages = table(
        "shop.public.pages", ("id",), "SELECT id FROM events e WHERE (e.payload).page = 'x'"
    )
    pick = table(
        "shop.public.pick", ("user_id",), "SELECT (c.payload).user.id AS user_id FROM copied c"
    )
    read(people, copied, pages, pick)
    return found


def edges(target: str) -> set[tuple[str, str, str, bool]]:
    """(source path, target path, subtype, whether it is rolled up) of the edges into a dataset."""
    rows = ColumnEdge.objects.filter(target__name=target)
    return {
        (row.source_column.path, row.target_column.path if row.target_column else "*", row.subtype,
         row.is_rollup)
        for row in rows.select_related("source_column", "target_column")
    }  # fmt: skip


def column(dataset: Dataset | str, path: str) -> int:
    name = dataset if isinstance(dataset, str) else dataset.name
    return Column.objects.get(dataset__name=name, path=path).pk


def reached(dataset: Dataset | str, path: str, direction: Direction = Direction.DOWN) -> set[str]:
    """The columns that a column reaches by its values, as "table.path"."""
    found = column_closure(READER, column(dataset, path), direction)
    names = {node.id: node.name for node in found.datasets}
    return {f"{names[node.dataset_id]}.{node.path}" for node, _ in found.columns}


def test_edges_stand_at_the_field_and_are_rolled_up(events: Dataset) -> None:
    assert edges("people") == {
        ("payload.user.email", "mail", "IDENTITY", False),
        ("payload.user", "mail", "IDENTITY", True),
        ("payload", "mail", "IDENTITY", True),
    }
    assert edges("pages") == {
        ("id", "id", "IDENTITY", False),
        ("payload.page", "*", "FILTER", False),
        ("payload", "*", "FILTER", True),
    }
    assert edges("copied") == {
        ("id", "id", "IDENTITY", False),
        ("payload", "payload", "IDENTITY", False),
    }


def test_a_field_goes_where_it_is_read_and_where_its_column_goes(events: Dataset) -> None:
    assert reached(events, "payload.user.email") == {
        "people.mail",
        "copied.payload",
        "pick.user_id",
    }
    assert reached(events, "payload.page") == {"copied.payload", "pick.user_id"}
    assert reached("copied", "payload.user.id") == {"pick.user_id"}
    assert reached("copied", "payload.user.email") == set()


def test_a_column_goes_where_any_of_its_fields_goes(events: Dataset) -> None:
    assert reached(events, "payload") == {"people.mail", "copied.payload", "pick.user_id"}
    assert reached(events, "id") == {"copied.id", "pages.id"}


def test_upwards_a_field_comes_from_what_fills_its_column(events: Dataset) -> None:
    assert reached("copied", "payload.user.id", Direction.UP) == {"events.payload"}
    assert reached("people", "mail", Direction.UP) == {
        "events.payload",
        "events.payload.user",
        "events.payload.user.email",
    }


def test_links_of_a_closure_leave_out_what_other_fields_do(events: Dataset) -> None:
    found = column_closure(
        READER, column(events, "payload.user.id"), kinds=[EdgeKind.DIRECT, EdgeKind.INDIRECT]
    )

    told = {(link.source_column.path, link.target_id, link.is_rollup) for link in found.links}
    copied, pick = (Dataset.objects.get(name=name).pk for name in ("copied", "pick"))
    assert told == {("payload", copied, False), ("payload", pick, True)}


def test_impact_of_a_field_and_of_its_column(events: Dataset) -> None:
    def told(path: str) -> set[tuple[str, str]]:
        found = column_impact(READER, column(events, path))
        return {(item.node.name, item.effect.value) for item in found.affected}

    assert told("payload.user.email") == {
        ("people", "values"), ("copied", "values"), ("pick", "values"),
    }  # fmt: skip
    assert told("payload.page") == {("pages", "rows"), ("copied", "values"), ("pick", "values")}
    assert told("payload") == told("payload.user.email") | told("payload.page")


def test_a_field_that_the_catalog_does_not_know_rolls_up_only() -> None:
    source = table("shop.public.raw", ("payload",))
    view = table("shop.public.flat", ("x",), "SELECT (r.payload).a.b AS x FROM raw r")

    read(view)

    assert edges("flat") == {("payload", "x", "IDENTITY", False)}
    assert reached(source, "payload") == {"flat.x"}


def test_fields_that_appear_move_the_edges_inwards() -> None:
    # Given a view that was read before the fields were known
    source = table("shop.public.raw", ("id",))
    add_fields(source, ("payload",))
    view = table("shop.public.flat", ("x",), "SELECT (r.payload).page AS x FROM raw r")
    read(view)
    assert edges("flat") == {("payload", "x", "IDENTITY", False)}

    # When they are, and it is read again
    Column.objects.create(
        dataset=source, path="payload.page", name="page", parent_path="payload", ordinal=5
    )
    read(view)

    # Then the edge is at the field
    assert edges("flat") == {
        ("payload.page", "x", "IDENTITY", False),
        ("payload", "x", "IDENTITY", True),
    }
    assert DatasetEdge.objects.filter(target=view).count() == 1


def test_doors_tell_rollups_and_openlineage_the_fields(client: Client, events: Dataset) -> None:
    client.force_login(PersonFactory())
    people = Dataset.objects.get(name="people")

    rest = client.get(f"/api/v1/datasets/{people.pk}/lineage/?columns=1&direction=up").json()
    assert {(e["source_column"]["path"], e["is_rollup"]) for e in rest["column_edges"]} == {
        ("payload.user.email", False), ("payload.user", True), ("payload", True),
    }  # fmt: skip
    query = f"""{{ columnLineage(column: "{column(events, "payload.user.email")}")
        {{ links {{ sourceColumn {{ path }} isRollup }} }} }}"""
    answer = client.post("/graphql/", json.dumps({"query": query}), content_type="application/json")
    links = answer.json()["data"]["columnLineage"]["links"]
    assert {"sourceColumn": {"path": "payload.user.email"}, "isRollup": False} in links
    page = client.get(f"/datasets/{people.pk}/lineage/").content.decode()
    assert page.count("copied, by a field inside") == 2
    (event,) = dataset_events(READER, [people.pk])
    fields = event["dataset"]["facets"]["columnLineage"]["fields"]
    assert [one["field"] for one in fields["mail"]["inputFields"]] == ["payload.user.email"]


def test_a_struct_that_sql_builds_is_told_at_its_fields() -> None:
    # Given a view whose struct the catalog knows by its fields, and one whose fields it does not
    source = table("shop.public.people", ("mail", "city"))
    sql = "SELECT ROW(mail, city) AS person FROM people"
    known, unknown = table("shop.public.known", (), sql), table("shop.public.plain", (), sql)
    add_fields(known, ("person", "person.f1", "person.f2"))
    add_fields(unknown, ("person",))

    read(known, unknown)

    assert edges("known") == {
        ("mail", "person.f1", "IDENTITY", False),
        ("mail", "person", "IDENTITY", True),
        ("city", "person.f2", "IDENTITY", False),
        ("city", "person", "IDENTITY", True),
    }
    assert edges("plain") == {
        ("mail", "person", "TRANSFORMATION", False),
        ("city", "person", "TRANSFORMATION", False),
    }
    assert reached(source, "mail") == {"known.person", "known.person.f1", "plain.person"}

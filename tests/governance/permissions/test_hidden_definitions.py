"""The SQL of a view names all that it reads: who may not know of a part of it reads none of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Dataset, Person
from lineage.services.reading import read_definitions
from tests.factories import PersonFactory, TeamFactory
from tests.governance.impact.world import view
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import READER, table

pytestmark = pytest.mark.django_db

SECRET = "zebrapay"
MIXED = f"SELECT o.id, s.amount FROM fin.open o JOIN hr.{SECRET} s ON o.id = s.id"
QUERY = "{ datasets(first: 50) { edges { node { name definitionSql } } } }"


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """A table, a hidden one, a view of the one and a view of both."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    made = {
        "open": table("fin.open", ["id", "amount"]),
        "secret": table(f"hr.{SECRET}", ["id", "amount"]),
        "total": view("fin.total", ["id"], "SELECT id FROM fin.open"),
        "mixed": view("fin.mixed", ["id", "amount"], MIXED),
    }
    for text in ("SELECT 1", MIXED):  # a history of both
        Dataset.objects.filter(pk=made["mixed"].pk).update(definition_sql=text)
    read_definitions([made["total"].pk, made["mixed"].pk], acting=READER)
    in_force(opt_out(1, resources={"dataset": "hr.*"}, confidential_metadata=True))
    return made


def of(username: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(username=username))
    return client


def asked(client: Client) -> Any:
    return client.post("/graphql/", json.dumps({"query": QUERY}), "application/json")


def doors(shop: dict[str, Dataset]) -> list[str]:
    mixed, opened = shop["mixed"].pk, shop["open"].pk
    amount = shop["open"].columns.get(path="id").pk
    return [
        f"/datasets/{mixed}/", f"/datasets/{mixed}/history/", "/api/v1/datasets/",
        f"/api/v1/datasets/{mixed}/", f"/api/v1/datasets/{mixed}/history/",
        f"/api/v1/lineage/evidence/?source={opened}&target={mixed}",
        f"/datasets/{mixed}/lineage/?open={opened}-{mixed}",
        f"/api/v1/columns/{amount}/change/?change=drop",
    ]  # fmt: skip


def test_a_definition_that_names_a_hidden_dataset_is_withheld_at_every_door(
    shop: dict[str, Dataset],
) -> None:
    ann, paul = of("ann"), of("paul")

    for address in doors(shop):
        told, whole = ann.get(address), paul.get(address)
        assert (told.status_code, whole.status_code) == (200, 200), address
        assert SECRET not in told.content.decode(), address
        if "?open" not in address:
            assert SECRET in whole.content.decode(), address
    assert SECRET not in asked(ann).content.decode()
    assert SECRET in asked(paul).content.decode()
    page = ann.get(f"/datasets/{shop['mixed'].pk}/").content.decode()
    assert "It may name datasets that you do not see, so it is not shown." in page

    # And what reads visible data alone is shown to both
    own = ann.get(f"/api/v1/datasets/{shop['total'].pk}/").json()
    assert own["definition_sql"] == "SELECT id FROM fin.open"
    assert "FROM fin.open" in asked(ann).content.decode()


def test_a_definition_that_was_not_read_yet_is_withheld_from_whom_something_is_hidden(
    shop: dict[str, Dataset],
) -> None:
    Dataset.objects.filter(pk=shop["total"].pk).update(definition_sql=MIXED)

    told = of("ann").get(f"/api/v1/datasets/{shop['total'].pk}/")
    past = of("ann").get(f"/datasets/{shop['total'].pk}/history/")

    assert told.json()["definition_sql"] == ""
    assert SECRET not in past.content.decode()


def test_a_list_asks_once_which_definitions_may_be_read(shop: dict[str, Dataset]) -> None:
    ann = of("ann")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            ann.get("/api/v1/datasets/")
        return sum("definition_sql" in row["sql"] and "statement" in row["sql"]
                   for row in asked_for)  # fmt: skip

    assert queries() == 1

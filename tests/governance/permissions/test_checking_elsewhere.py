"""A statement whose tables are there, but in a system that speaks another dialect."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog.models import Person
from tests.factories import PersonFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Ann, in a company whose customers lie in DuckDB and whose plans she must not know of."""
    PersonFactory(username="ann")
    table("shop.hr.team", ["id"])
    table("lake.core.dim_customer", ["id", "state"], at="duckdb://lake")
    table("lake.secret.plan", ["id"], at="duckdb://lake")
    in_force(opt_out(3, resources={"dataset": "secret.plan"}, confidential_metadata=True))
    visitor = Client()
    visitor.force_login(Person.objects.get(username="ann"))
    return visitor


def test_the_page_says_where_the_table_is_and_checks_it_there(browser: Client) -> None:
    given = {"sql": "SELECT state FROM core.dim_customer", "dialect": "postgres"}
    page = browser.post("/access/check/", given).content.decode()

    assert "You may not run it." in page
    assert "Its system speaks duckdb; the statement was read as postgres." in page
    offered = page.split('<form class="notice')[1].split("</form>")[0]
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', offered))
    assert sent["sql"] == given["sql"]
    assert (sent["dialect"], sent["system"]) == ("duckdb", "duckdb://lake")

    again = browser.post("/access/check/", sent).content.decode()
    assert "You may run it as it is." in again


def test_what_is_hidden_or_unknown_is_said_to_be_nowhere(browser: Client) -> None:
    for name in ("secret.plan", "secret.plot"):
        given = {"sql": f"SELECT id FROM {name}", "dialect": "postgres"}
        page = browser.post("/access/check/", given).content.decode()

        assert f"The catalog has no table {name}." in page
        assert "Check it there" not in page

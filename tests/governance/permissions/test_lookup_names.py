"""Nothing that a session keeps is found in the place of what a row filter reads, over REST."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Column, Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import TokenScope
from tests.factories import PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    for name, columns in (("hr.bill", ["id", "customer"]), ("hr.customer", ["id", "region"])):
        made = table(name, columns, at="duckdb://files")
        Column.objects.filter(dataset=made).update(physical_type="varchar")
    text = "customer IN (SELECT id FROM hr.customer WHERE region = 'far')"
    in_force(opt_out(1, effect=f"row_filter({text})", resources={"dataset": "hr.bill"}))


def asked(username: str, sql: str) -> Any:
    person = Person.objects.get(username=username)
    made = create_token(acting=principal_of(person), name="test", scopes=[TokenScope.READ])
    client = Client(headers={"Authorization": f"Bearer {made[1]}"})
    body = {"sql": sql, "dialect": "duckdb", "default_schema": "hr"}
    return client.post("/api/v1/gateway/check", json.dumps(body), "application/json").json()


def test_a_temporary_table_may_not_be_called_like_what_a_filter_reads() -> None:
    # Given Ann, who sees the bills of far customers alone
    assert "lookup_rows" in asked("ann", "SELECT id FROM bill")["rewritten_sql"]

    # Then her session gets no table that DuckDB would find as hr.customer in later texts
    hiding = asked("ann", "CREATE TEMP TABLE customer AS SELECT '1' AS id, 'far' AS region")
    assert hiding["decision"] == "deny"
    assert "A row filter reads a table called customer" in hiding["reasons"][0]["sentence"]

    # And Paul, whom no filter holds, may call his as he likes
    assert asked("paul", "CREATE TEMP TABLE customer AS SELECT 1 AS id")["decision"] == "allow"

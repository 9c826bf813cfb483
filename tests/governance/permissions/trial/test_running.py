"""Tests of access, run on what is in force: what an orchestrator asks before a job (R-086)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Person, System
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from governance.audit.models import AuditRow
from governance.audit.services.recording import flush
from governance.permissions.holder import opt_outs
from tests.factories import PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db
URL = "/api/v1/access/tests/"
GATEWAY = (TokenScope.READ, TokenScope.INGEST)


@pytest.fixture(autouse=True)
def company() -> None:
    # Given a job of Ann's that reads pay for analytics and writes a mart, and an orchestrator
    TeamFactory(name="payroll")
    PersonFactory(username="ann")
    PersonFactory(username="orchestrator", employment_kind=EmploymentKind.SERVICE)
    table("shop.hr.pay", ["id", "amount"])
    table("shop.hr.team", ["id"])
    table("shop.mart.totals", ["id"])
    in_force(
        opt_out(1, resources={"dataset": "hr.pay", "columns": ["amount"]}, purposes=["marketing"]),
        opt_out(2, resources={"dataset": "mart.totals"}, actions=["write"],
                when={"from": "2026-01-01", "environments": ["test"]}),
    )  # fmt: skip
    System.objects.update(environment="production")
    opt_outs.refresh()


def client_of(username: str, *scopes: TokenScope) -> Client:
    person = Person.objects.get(username=username)
    secret = create_token(acting=principal_of(person), name="test", scopes=scopes)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def run(username: str, *tests: dict[str, Any], scopes: tuple[TokenScope, ...] = GATEWAY) -> Any:
    return client_of(username, *scopes).post(URL, json.dumps({"tests": tests}), "application/json")


READS = {"who": "ann", "dataset": "hr.pay", "columns": ["amount"], "purpose": "analytics"}
WRITES = {"who": "ann", "dataset": "mart.totals", "action": "write", "environment": "production"}


def test_an_orchestrator_learns_before_a_job_whether_it_may_read_and_write() -> None:
    # When it asks for what the job needs
    answer = run("orchestrator", READS, WRITES).json()

    # Then all of it is open, under the policy that is in force
    assert (answer["passed"], [one["got"] for one in answer["tests"]]) == (True, ["open", "open"])
    assert answer["policy_epoch"] == opt_outs.current().parts.version

    # And the record says who asked what
    assert flush()
    row = AuditRow.objects.get(gateway="tests")
    body = json.loads(row.body)
    assert (row.outcome, row.action, body["username"]) == ("allowed", "run_tests", "orchestrator")
    assert (body["asked"], body["allowed"]) == (2, 2)
    assert body["note"] == "ann read hr.pay: open; ann write mart.totals: open"


def test_what_is_closed_fails_with_its_reason() -> None:
    found = run(
        "orchestrator",
        {**READS, "purpose": "marketing"},
        {**WRITES, "environment": "test"},
        {**READS, "purpose": "marketing", "expect": "denied"},
        {**READS, "who": "nobody"},
        {**READS, "dataset": "hr.none"},
    ).json()

    assert found["passed"] is False
    assert [(one["got"], one["passed"]) for one in found["tests"]] == [
        ("denied", False), ("denied", False), ("denied", True), ("", False), ("", False),
    ]  # fmt: skip
    assert "Pay is private." in found["tests"][0]["why"]
    assert found["tests"][3]["why"] == "Nobody has the user name nobody."
    assert found["tests"][4]["why"] == "hr.none is no dataset of the catalog."


def test_others_are_asked_for_by_gateways_alone() -> None:
    assert run("ann", READS, scopes=(TokenScope.READ,)).json()["passed"] is True
    other = {**READS, "who": "orchestrator"}
    refused = run("ann", READS, other, scopes=(TokenScope.READ,))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_gateway")
    assert run("orchestrator", READS, scopes=(TokenScope.READ,)).status_code == 403
    assert Client().post(URL, {"tests": []}, "application/json").status_code == 401


@pytest.mark.parametrize(
    ("tests", "field"),
    [
        ([], "tests"),
        ([READS] * 501, "tests"),
        ([{"who": "ann"}], "dataset"),
        ([{**READS, "purpose": "fun"}], "purpose"),
        ([{**READS, "colums": ["amount"]}], "colums"),
    ],
)
def test_what_is_no_test_is_refused_with_its_field(tests: list[dict[str, Any]], field: str) -> None:
    answer = run("orchestrator", *tests)
    assert answer.status_code == 400
    assert field in json.dumps(answer.json())


def test_graphql_answers_the_same() -> None:
    question = (
        "mutation ($tests: [AccessTestInput!]!) { runAccessTests(tests: $tests)"
        " { passed tests { who got why } } }"
    )
    body = {"query": question, "variables": {"tests": [READS, {**READS, "purpose": "marketing"}]}}
    client = client_of("orchestrator", *GATEWAY, TokenScope.WRITE)
    answer = client.post("/graphql/", json.dumps(body), "application/json").json()

    found = answer["data"]["runAccessTests"]
    assert (found["passed"], [one["got"] for one in found["tests"]]) == (False, ["open", "denied"])

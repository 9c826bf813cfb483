"""The check answers what the brakes say: why, what helps, whom to ask, how old the sizes are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Person
from governance.audit.models import AuditRow
from governance.audit.services.recording import flush
from tests.governance.brakes.company import (
    TERABYTE,
    asked,
    brake,
    client_of,
    company,
    in_force,
    measured,
)
from tests.governance.permissions.company import in_force as opted_out
from tests.governance.permissions.company import opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db
CLICKS = "SELECT count(*) FROM web.click"
BY_DAY = {"partitioned_by": ["at"], "resources": {"dataset": "web.*"}}


@pytest.fixture(autouse=True)
def _company() -> None:
    company()


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(one["brake"], one["code"]) for one in answer.json()["brakes"]]


def test_without_brakes_nothing_is_said() -> None:
    in_force()
    answer = asked("ann", CLICKS).json()
    assert (answer["decision"], answer["brakes"], answer["lease"]) == ("allow", [], None)


def test_a_brake_refuses_with_its_name_its_reason_the_fix_and_whom_to_ask() -> None:
    in_force(brake("at-most-a-terabyte", limits={"max_bytes": TERABYTE}))
    answer = asked("ann", CLICKS).json()

    assert (answer["decision"], answer["rewritten_sql"]) == ("deny", None)
    (found,) = answer["brakes"]
    assert (found["brake"], found["key"], found["code"], found["refuses"]) == (
        "at-most-a-terabyte", "brake:at-most-a-terabyte", "bytes", True,
    )  # fmt: skip
    assert found["sentence"] == "It would read about 2 TB; 1 TB are agreed on."
    assert found["fix"] == "Read fewer days, columns or tables."
    assert (found["reason"], found["ask"]) == ("It has hurt before.", "platform")
    (reason,) = answer["reasons"]
    assert (reason["code"], reason["rules"]) == ("brake_bytes", ["brake:at-most-a-terabyte"])

    # And it is on the record, under the number that was answered
    assert flush()
    row = next(one for one in AuditRow.objects.filter(gateway="brake")
               if answer["decision_id"] in one.body)  # fmt: skip
    body = json.loads(row.body)
    assert (row.outcome, body["username"], body["code"], body["rules"]) == (
        "refused", "ann", "bytes", ["brake:at-most-a-terabyte"],
    )  # fmt: skip
    assert body["id"] == answer["decision_id"]


def test_a_condition_on_the_day_makes_it_small_enough() -> None:
    in_force(brake(limits={"max_bytes": TERABYTE, "max_partitions": 31}, **BY_DAY))
    few = asked("ann", f"{CLICKS} WHERE at >= DATE '2020-04-01'").json()
    assert (few["decision"], few["brakes"]) == ("allow", [])
    # 100 days hold 2 TB, nine of them 180 GB
    assert (few["estimate"]["partitions"], few["estimate"]["bytes"]) == (9, 180 * 10**9)
    many = asked("ann", f"{CLICKS} WHERE at >= DATE '2020-03-01'")
    assert codes(many) == [("the-brake", "partitions")]


def test_a_brake_that_tells_lets_it_run() -> None:
    in_force(brake(effect="tell", form={"no_cross_join": True}))
    answer = asked("ann", "SELECT 1 FROM web.click AS c, hr.person AS p").json()
    assert (answer["decision"], answer["brakes"][0]["refuses"]) == ("allow", False)
    assert any(one["code"] == "cross_join" for one in answer["notices"])


def test_the_age_of_a_size_is_said_and_an_unknown_one_is_not_guessed() -> None:
    in_force(brake(limits={"max_bytes": TERABYTE}))
    stale = asked("ann", "SELECT id FROM hr.person").json()
    assert stale["estimate"]["stale"] == ["postgres://warehouse/shop.hr.person"]
    assert stale["estimate"]["tables"][0]["age_days"] == 10
    assert {"code": "stale_size", "dataset": "postgres://warehouse/shop.hr.person",
            "sentence": "The size of postgres://warehouse/shop.hr.person was measured 10 days ago.",
            } in stale["notices"]  # fmt: skip
    unknown = asked("ann", "SELECT id FROM hr.note").json()
    assert (unknown["decision"], unknown["estimate"]["bytes"]) == ("allow", None)
    assert unknown["estimate"]["unknown"] == ["postgres://warehouse/shop.hr.note"]
    assert "unknown_size" in {one["code"] for one in unknown["notices"]}


def test_the_newest_measurement_of_each_fact_counts() -> None:
    measured("web.click", days=30, rows=5, size=5)
    measured("web.click", days=0, rows=2 * 10**9)  # nobody measured bytes that day
    in_force(brake(limits={"max_bytes": 10 * TERABYTE}))
    found = asked("ann", CLICKS).json()["estimate"]
    assert (found["rows"], found["bytes"]) == (2 * 10**9, 2 * TERABYTE)
    assert found["tables"][0]["age_days"] == 1  # the older of both


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"estimate": {"bytes": -1}}, "estimate.bytes"),
        ({"estimate": {"rows": -1}}, "estimate.rows"),
        ({"estimate": {"bytes": 2**61}}, "estimate.bytes"),
        ({"estimate": {"gigabytes": 3}}, "gigabytes"),
        ({"estimate": {"bytes": "many"}}, "bytes"),
        ({"environment": "moon"}, "environment"),
        ({"gateway": "x" * 101}, "gateway"),
    ],
)
def test_an_estimate_that_cannot_be_is_refused_by_its_field(
    more: dict[str, Any], field: str
) -> None:
    in_force(brake(limits={"max_bytes": TERABYTE}))
    answer = asked("ann", CLICKS, **more)
    assert answer.status_code == 400
    assert f'"{field}"' in answer.content.decode()


def test_what_the_engine_says_counts_where_it_is_more() -> None:
    in_force(brake(limits={"max_bytes": 3 * TERABYTE}))
    assert codes(asked("ann", CLICKS, estimate={"bytes": 4 * TERABYTE})) == [("the-brake", "bytes")]
    assert codes(asked("ann", CLICKS, estimate={"bytes": 1})) == []


def test_a_brake_holds_for_whom_and_where_it_says() -> None:
    in_force(
        brake("marketing", subjects={"groups": ["Marketing"]}, form={"limit_rows": 5}),
        brake("notebooks", asked={"gateways": ["Notebook"]}, form={"limit_rows": 5}),
        brake("the-gate", asked={"gateways": ["gate"]}, form={"limit_rows": 5}),
        brake("in-production", asked={"environments": ["production"]}, form={"limit_rows": 5}),
        brake("for-training", asked={"purposes": ["ml_training"]}, form={"limit_rows": 5},
              subjects={"people": ["paul"]}),
        brake("exempt", subjects={"all": True, "except": {"people": ["ann", "paul"]}},
              form={"limit_rows": 5}),
    )  # fmt: skip
    sql = "SELECT id FROM hr.person"
    assert codes(asked("ann", sql)) == [("marketing", "row_limit")]
    assert codes(asked("paul", sql, purpose="operations")) == []
    assert codes(asked("paul", sql)) == [("for-training", "row_limit")]
    given = {"purpose": "operations", "gateway": "notebook"}
    assert codes(asked("paul", sql, **given)) == [("notebooks", "row_limit")]
    given = {"purpose": "operations", "subject": "paul"}
    assert codes(asked("gate", sql, **given)) == [("the-gate", "row_limit")]
    assert codes(asked("gate", sql, gateway="lake", **given)) == []
    given = {"purpose": "operations", "environment": "production"}
    assert codes(asked("paul", sql, **given)) == [("in-production", "row_limit")]


def test_labels_are_those_of_the_catalog() -> None:
    in_force(brake(form={"no_star_over": ["pii"]}))
    assert codes(asked("ann", "SELECT * FROM hr.person")) == [("the-brake", "star")]
    assert codes(asked("ann", "SELECT * FROM web.click")) == []


def test_views_are_read_through() -> None:
    table("shop.web.recent", ["id", "at"], "SELECT id, at FROM web.click")
    table("shop.web.today", ["id"],
          "SELECT id FROM web.click WHERE at >= CURRENT_DATE")  # fmt: skip
    in_force(
        brake("by-day", form={"partition_filter": True}, partitioned_by=["at"],
              resources={"dataset": "web.click"}),
        brake("small", limits={"max_bytes": TERABYTE}),
    )  # fmt: skip
    assert codes(asked("ann", "SELECT id FROM web.recent")) == [
        ("by-day", "partition_filter"), ("small", "bytes"),
    ]  # fmt: skip
    assert codes(asked("ann", "SELECT id FROM web.recent WHERE at >= DATE '2020-04-09'")) == [
        ("small", "bytes")
    ]
    assert codes(asked("ann", "SELECT id FROM web.today")) == []


@pytest.mark.parametrize(
    ("sql", "decision"),
    [
        ("SELEC id FROM web.click", "allow"),  # no engine would run it
        ("SELECT id FROM web.click WHERE (", "deny"),
        ("-- all of it\n/* or not */ (SELECT id FROM web.click WHERE (", "deny"),
        ("---\na: SELECT 1 FROM web.click, hr.person\n---\nSELECT 1", "deny"),
        ("EXECUTE stored", "deny"),
        ("SHOW search_path", "allow"),
        ("EXPLAIN SELECT 1 FROM web.click, hr.person", "allow"),
        ("EXPLAIN ANALYZE SELECT 1 FROM web.click, hr.person", "deny"),
        ("SELECT 1; SELECT 1 FROM web.click, hr.person", "deny"),
        ("CREATE VIEW v AS SELECT 1 AS one FROM web.click, hr.person", "allow"),
        ("CREATE TABLE t AS SELECT 1 AS one FROM web.click, hr.person", "deny"),
    ],
)
def test_what_would_run_is_looked_at_and_what_cannot_be_read_does_not_run(
    sql: str, decision: str
) -> None:
    in_force(brake(form={"no_cross_join": True}))
    assert asked("ann", sql).json()["decision"] == decision


def test_an_opt_out_comes_first_and_hidden_names_stay_hidden() -> None:
    table("shop.secret.plan", ["id"])
    table("shop.web.seen", ["id"], "SELECT id FROM secret.plan")
    measured("secret.plan", size=5 * TERABYTE, rows=1)
    opted_out(opt_out(1, resources={"dataset": "secret.pla*"}, confidential_metadata=True))
    in_force(brake(limits={"max_bytes": TERABYTE}))
    denied = asked("ann", "SELECT id FROM secret.plan").json()
    assert (denied["decision"], denied["brakes"], denied["estimate"]) == ("deny", [], None)
    through = asked("ann", "SELECT id FROM web.seen").content.decode()
    assert "secret.plan" not in through


def test_the_page_and_graphql_say_the_same() -> None:
    in_force(brake("at-most-a-terabyte", limits={"max_bytes": TERABYTE}))
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))
    page = browser.post("/access/check/", {"sql": CLICKS, "dialect": "postgres"}).content.decode()
    for said in ("A brake stops it.", "At most a terabyte", "2 TB; 1 TB are agreed on",
                 "It would read about 2 TB, 1,000,000,000 rows"):  # fmt: skip
        assert said in page
    query = '{ checkSql(sql: "%s", dialect: "postgres") { decision brakes estimate lease } }'
    answer = client_of("ann").post(
        "/graphql/", json.dumps({"query": query % CLICKS}), "application/json"
    )
    found = answer.json()["data"]["checkSql"]
    assert (found["decision"], found["brakes"][0]["code"]) == ("deny", "bytes")
    assert (found["estimate"]["bytes"], found["lease"]) == (2 * TERABYTE, None)

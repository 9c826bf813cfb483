"""Checking whole statements over REST, GraphQL and on the page, for oneself and for gateways."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from catalog.access import AccessRefused, Verdict
from catalog.models import Alias, Column, Dataset, Person, System
from catalog.names import lookup_key
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from governance.audit.models import AuditRow
from governance.audit.selectors.records import record_in, used_by_dataset
from governance.audit.services.recording import flush
from governance.clock import now
from governance.permissions.selectors import known_tables
from governance.permissions.selectors.known_tables import KnownTables
from tests.factories import PersonFactory, TeamFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import SYSTEM, table

pytestmark = pytest.mark.django_db
URL = "/api/v1/gateway/check"
MASKED = (
    "SELECT email FROM (SELECT protected_rows.id AS id, ENCODE(SHA256(CONVERT_TO("
    "protected_rows.email, 'UTF8')), 'hex') AS email, CAST(NULL AS INT) AS pay"
    " FROM hr.person AS protected_rows) AS person"
)


@pytest.fixture(autouse=True)
def company() -> None:
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    person = table("shop.hr.person", ["id", "email", "pay"])
    for name, kind in (("id", "integer"), ("email", "text"), ("pay", "integer")):
        Column.objects.filter(dataset=person, name=name).update(physical_type=kind)
    table("shop.hr.team", ["id", "name"])
    table("shop.secret.plan", ["id"])
    in_force(
        opt_out(1, resources={"dataset": "hr.person", "columns": ["pay"]}),
        opt_out(2, effect="mask(sha256)", resources={"dataset": "hr.person", "columns": ["email"]}),
        opt_out(3, resources={"dataset": "secret.plan"}, confidential_metadata=True),
    )


def client_of(username: str, *scopes: TokenScope) -> Client:
    person = Person.objects.get(username=username)
    wanted = scopes or (TokenScope.READ,)
    secret = create_token(acting=principal_of(person), name="test", scopes=wanted)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def asked(username: str, sql: str, *scopes: TokenScope, **more: Any) -> Any:
    body = {"sql": sql, "dialect": "postgres", **more}
    return client_of(username, *scopes).post(URL, json.dumps(body), "application/json")


def test_what_is_open_is_allowed_and_what_is_masked_is_rewritten() -> None:
    # Given Ann, who may not see pay and sees e-mail masked
    allowed = asked("ann", "SELECT id FROM hr.team").json()
    assert (allowed["decision"], allowed["rewritten_sql"], allowed["subject"]) == (
        "allow", None, "ann",
    )  # fmt: skip

    # When she reads e-mail
    masked = asked("ann", "SELECT email FROM hr.person").json()

    # Then the statement runs over what she may see, and says by which opt-out
    assert (masked["decision"], masked["rewritten_sql"]) == ("rewrite", MASKED)
    assert [(one["column"], one["mask"]) for one in masked["masks"]] == [("email", "sha256")]
    assert {one["number"] for one in masked["opt_outs"]} == {"OO-2"}
    assert masked["policy_epoch"] > 0

    # And who is exempt reads it as it is
    assert asked("paul", "SELECT email, pay FROM hr.person").json()["decision"] == "allow"


def test_a_denial_says_the_column_why_and_whom_to_ask() -> None:
    denied = asked("ann", "SELECT id FROM hr.person ORDER BY pay").json()
    assert (denied["decision"], denied["rewritten_sql"]) == ("deny", None)
    (reason,) = denied["reasons"]
    assert (reason["code"], reason["columns"], reason["ask"]) == (
        "denied_column", ["pay"], "legal",
    )  # fmt: skip
    assert "Pay is private." in reason["sentence"]


def test_a_hidden_table_is_answered_like_a_missing_one() -> None:
    hidden = asked("ann", "SELECT id FROM secret.plan").json()
    missing = asked("ann", "SELECT id FROM secret.plot").json()
    for answer in (hidden, missing):
        del answer["decision_id"]
    assert json.loads(json.dumps(hidden).replace("plan", "plot")) == missing


def test_every_answer_is_on_the_record() -> None:
    asked("ann", "SELECT pay FROM hr.person WHERE id = 4711")
    assert flush()
    row = AuditRow.objects.filter(gateway="check").latest("at")
    body = json.loads(row.body)
    assert (row.outcome, body["username"], body["code"]) == ("refused", "ann", "denied_column")
    assert "4711" not in body["sql"]


@pytest.mark.parametrize(
    ("username", "sql", "used"),
    [
        ("ann", "SELECT p.id, t.name FROM hr.person p JOIN hr.team t USING (id) WHERE email > 'a'",
         {"hr.person": ["email", "id"], "hr.team": ["id", "name"]}),
        ("ann", "SELECT pay FROM hr.person ORDER BY id", {"hr.person": ["id", "pay"]}),
        ("paul", "SELECT name FROM hr.team", {"hr.team": ["name"]}),
        ("ann", "SELECT count(*) FROM hr.team", {}),
        ("ann", "SELECT name FROM hr.team; SELECT id FROM hr.team", {"hr.team": ["id", "name"]}),
        ("ann", "SELECT name FROM hr.team; SELECT count(*) FROM hr.team", {}),
        ("ann", "SELECT * FROM hr.team", {"hr.team": ["id", "name"]}),
    ],
)  # fmt: skip
def test_a_record_names_each_column_in_use(
    username: str, sql: str, used: dict[str, list[str]]
) -> None:
    asked(username, sql)
    assert flush()
    record = record_in(AuditRow.objects.filter(gateway="check").latest("at"))
    told = {name.rpartition("shop.")[2]: columns for name, columns in used_by_dataset(record)}
    assert told == used
    page = client_of("ann")
    page.force_login(Person.objects.get(username=username))
    shown = page.get(f"/audit/{record.id}/").content.decode()
    assert ("Columns in use" in shown) is bool(used)


def test_only_a_gateway_asks_for_others() -> None:
    # Given a service account of a gateway
    PersonFactory(username="gate", employment_kind=EmploymentKind.SERVICE)
    sql = "SELECT pay FROM hr.person"

    # When it asks for Ann and Paul, it gets their answers
    ingest = (TokenScope.READ, TokenScope.INGEST)
    assert asked("gate", sql, *ingest, subject="ann").json()["decision"] == "deny"
    assert asked("gate", sql, *ingest, subject="paul").json()["decision"] == "allow"
    unknown = asked("gate", sql, *ingest, subject="nobody").json()
    assert (unknown["decision"], unknown["reasons"][0]["code"]) == ("deny", "unknown")
    assert unknown["reasons"][0]["sentence"] == "Concord knows nobody of that name."

    # Then neither Ann nor a token without the scope asks for others
    assert asked("ann", sql, subject="paul").status_code == 403
    assert asked("gate", sql, TokenScope.READ, subject="ann").status_code == 403
    assert Client().post(URL, {"sql": sql}, "application/json").status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sql": ""}, "sql"),
        ({"sql": "SELECT '\x00'"}, "sql"),
        ({"sql": "x" * 200_001}, "sql"),
        ({"dialect": "klingon"}, "dialect"),
        ({"purpose": "fun"}, "purpose"),
        ({"system": "postgres://nowhere"}, "system"),
        ({"subjct": "paul"}, "subjct"),
    ],
)
def test_what_is_no_question_is_refused_with_its_field(change: dict[str, str], field: str) -> None:
    answer = asked("ann", **{"sql": "SELECT 1", **change})
    assert answer.status_code == 400
    assert f'"{field}"' in answer.content.decode()


def test_an_opt_out_of_an_environment_holds_for_questions_from_there() -> None:
    # Given team, which stands in production and is closed to questions from test
    System.objects.update(environment="production")
    in_force(
        opt_out(
            4,
            resources={"dataset": "hr.team"},
            when={"from": "2026-01-01", "environments": ["test"]},
        )
    )
    # When a gateway of each says where a statement comes from
    answers = {
        place: asked("ann", "SELECT name FROM hr.team", environment=place).json()["decision"]
        for place in ("test", "production", "")
    }

    # Then it is refused to test alone, and the record says so
    assert answers == {"test": "deny", "production": "allow", "": "allow"}
    flush()
    refused = AuditRow.objects.filter(gateway="check", outcome="refused").latest("at")
    assert json.loads(refused.body)["environment"] == "test"
    assert asked("ann", "SELECT 1", environment="tset").status_code == 400


def test_an_opt_out_of_a_purpose_holds_for_it_and_where_none_is_said() -> None:
    # Given names that no model may be trained with
    in_force(
        opt_out(
            4,
            resources={"dataset": "hr.team", "columns": ["name"]},
            purposes=["ml_training"],
        )
    )

    # When they are asked for
    answers = {
        purpose: asked("ann", "SELECT name FROM hr.team", purpose=purpose).json()["decision"]
        for purpose in ("ml_training", "analytics", "")
    }

    # Then training is refused, and so is whoever does not say what for
    assert answers == {"ml_training": "deny", "analytics": "allow", "": "deny"}
    assert asked("ann", "SELECT id FROM hr.team", purpose="ml_training").json()["decision"] == (
        "allow"
    )


def test_a_name_of_a_second_system_takes_no_question_for_each_of_its_names(
    django_assert_num_queries: Any,
) -> None:
    # Given tables of one system that another calls by three names each
    for name in ("hr.person", "hr.team"):
        dataset = Dataset.objects.get(qualified_name__endswith=name)
        for number in range(3):
            alias = f"duckdb://lake/shop{number}.{name}"
            Alias.objects.create(dataset=dataset, qualified_name=alias, lookup_name=alias)
    System.objects.create(
        platform="duckdb", instance="lake", qualified_name="duckdb://lake",
        lookup_name="duckdb://lake",
    )  # fmt: skip

    # When they are looked up there
    tables = KnownTables("duckdb", "duckdb://lake", lambda _: True)
    with django_assert_num_queries(2 * 4):
        found = [tables.find(("shop1", "hr", name), None, None) for name in ("person", "team")]

    # Then each is known by the name that was said
    assert [one.here for one in found if one] == [
        "duckdb://lake/shop1.hr.person", "duckdb://lake/shop1.hr.team",
    ]  # fmt: skip


def test_what_is_null_over_graphql_was_not_said() -> None:
    question = """{ checkSql(sql: "SELECT email FROM hr.person", dialect: "postgres", purpose: null,
        environment: null, subject: null, defaultDb: null, estimate: null) { decision } }"""
    answer = client_of("ann").post("/graphql/", json.dumps({"query": question}), "application/json")
    assert answer.json()["data"]["checkSql"]["decision"] == "rewrite"
    assert flush()
    row = AuditRow.objects.latest("at")
    assert (row.purpose, "null" in row.body) == ("", False)


def many_systems(platform: str, count: int) -> None:
    """Further systems, which stand before that of the company."""
    own = System.objects.get(qualified_name=SYSTEM)
    System.objects.bulk_create(
        System(
            pk=own.pk - 1 - number, platform=platform, instance=f"further{number}",
            qualified_name=f"{platform}://further{number}",
            lookup_name=f"{platform}://further{number}",
        )
        for number in range(count)
    )  # fmt: skip


def test_a_system_is_known_however_many_speak_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given more systems of another dialect than a name is looked up in
    monkeypatch.setattr(known_tables, "_MOST_SYSTEMS", 20)
    many_systems("mysql", 30)

    # Then a name is found where its dialect is spoken
    assert asked("ann", "SELECT email FROM hr.person").json()["rewritten_sql"] == MASKED

    # But it is refused to guess among more systems that speak it than are looked through
    System.objects.filter(platform="mysql").update(platform="postgres")
    refused = asked("ann", "SELECT email FROM hr.person")
    assert (refused.status_code, refused.json()["field"]) == (400, "system")
    assert "may stand in more than 20 systems: name the system." in refused.json()["detail"]
    chosen = asked("ann", "SELECT email FROM hr.person", system=SYSTEM)
    assert chosen.json()["rewritten_sql"] == MASKED


def test_a_name_is_looked_up_in_all_systems_at_once(django_assert_num_queries: Any) -> None:
    many_systems("mysql", 50)
    tables = KnownTables("trino", "", lambda _: True)

    with django_assert_num_queries(5):
        found = tables.find(("hr", "person"), None, None)

    assert found is not None
    assert found.name == f"{SYSTEM}/shop.hr.person"
    assert [column.name for column in found.columns] == ["id", "email", "pay"]


def test_graphql_and_the_page_say_the_same() -> None:
    # Given a question over GraphQL
    question = """{ checkSql(sql: "SELECT email FROM hr.person", dialect: "postgres")
        { decision rewrittenSql policyEpoch masks } }"""
    answer = client_of("ann").post("/graphql/", json.dumps({"query": question}), "application/json")
    assert answer.json()["data"]["checkSql"]["rewrittenSql"] == MASKED

    # When the page is asked
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))
    empty = browser.get("/access/check/?sql=SELECT+1&dialect=duckdb")
    given = {"sql": "SELECT email FROM hr.person", "dialect": "postgres"}
    page = browser.post("/access/check/", given).content.decode()

    # Then it shows the verdict, the marked change and the opt-out
    assert ">SELECT 1</textarea>" in empty.content.decode()
    assert "You may run it in another form, over what you may see." in page
    assert '<mark id="change-1">(SELECT protected_rows.id' in page
    assert '<a class="small" href="/agreements/permission_policy:oo-2/">OO-2</a>' in page
    assert "Masked" in page
    refused = browser.post(
        "/access/check/", {"sql": "SELECT pay FROM hr.person", "dialect": "postgres"}
    )
    assert "You may not run it." in refused.content.decode()
    said = refused.content.decode()
    assert "/access/exceptions/new/?opt_out=permission_policy%3Aoo-" in said
    assert said.split("Opt-outs that touch it")[0].count("Ask ") == 1

    # And the dialect offered first is that of most datasets
    first = browser.get("/access/check/").content.decode()
    assert '<option value="postgres" selected>' in first
    assert browser.post("/access/check/", {"sql": "", "dialect": "postgres"}).status_code == 400


def test_the_page_tells_a_refusal_from_a_question_that_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AccessRefused(Verdict(False, "not_a_gateway", "You may not ask.", "an administrator"))

    monkeypatch.setattr("governance.permissions.web.check_sql.check_query", refused)
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))
    page = browser.post("/access/check/", {"sql": "SELECT 1", "dialect": "postgres"})

    assert page.status_code == 403
    assert "You may not ask." in page.content.decode()


def test_the_page_says_at_once_that_a_column_is_not_known() -> None:
    # Given somebody who may read all of a table
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))

    # When they check a statement with a column that the table does not have
    given = {"sql": "SELECT nope FROM hr.team", "dialect": "postgres"}
    page = browser.post("/access/check/", given).content.decode()

    # Then the answer itself says so, and which
    assert "You may run it, but it names columns that the catalog does not know." in page
    assert "You may run it as it is." not in page
    assert "The catalog knows no column nope " in page


def test_a_view_is_read_through_to_its_tables() -> None:
    table("shop.hr.paid", ["id", "pay"], "SELECT id, pay FROM hr.person")
    assert asked("ann", "SELECT pay FROM hr.paid").json()["reasons"][0]["columns"] == ["pay"]
    ids = asked("ann", "SELECT id FROM hr.paid").json()
    assert (ids["decision"], "protected_rows" in ids["rewritten_sql"]) == ("rewrite", True)


def test_fields_are_protected_that_the_catalog_lists_in_a_type_alone() -> None:
    # Given a table of which only the columns are listed, and opt-outs from fields in them
    held = table("lake.hr.held", ["id", "extra", "doc"], at="duckdb://lake")
    extra = "STRUCT(a VARCHAR, b STRUCT(c INTEGER, d VARCHAR))"
    for name, kind in (("extra", extra), ("doc", "JSON")):
        Column.objects.filter(dataset=held, name=name).update(physical_type=kind)
    in_force(
        opt_out(4, resources={"dataset": "hr.held", "columns": ["extra.a"]}),
        opt_out(5, effect="mask(all)", resources={"dataset": "hr.held", "columns": ["extra.b.d"]}),
        opt_out(6, resources={"dataset": "hr.held", "columns": ["doc.pay"]}),
    )

    def answer(sql: str) -> tuple[str, list[str]]:
        given = asked("ann", sql, dialect="duckdb").json()
        return given["decision"], [one for reason in given["reasons"] for one in reason["columns"]]

    # When they are read, on their own or with what is around them
    # Then denied fields are refused, masked ones masked, and the others shown
    assert answer("SELECT id FROM hr.held") == ("allow", [])
    assert answer("SELECT extra.a FROM hr.held") == ("deny", ["extra.a"])
    assert answer("SELECT extra.b.d, extra.b.c FROM hr.held") == ("rewrite", [])
    assert answer("SELECT extra FROM hr.held") == ("deny", ["extra", "extra.a"])
    # And where nobody knows what is in a column, it is protected as a whole
    assert answer("SELECT doc ->> 'name' FROM hr.held") == ("deny", ["doc", "doc.pay"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 50_000,
        '{"sql": 5, "dialect": "duckdb"}',
        '{"sql": ["a"], "dialect": "duckdb"}',
        b"\xff",
    ],
)
def test_rubbish_is_answered_with_a_clear_error(body: str | bytes) -> None:
    answer = client_of("ann").post(URL, body, "application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["status"] == 400


def test_a_body_that_is_too_large_is_told_as_a_problem() -> None:
    body = '{"sql": "' + "x" * 6_000_000 + '", "dialect": "duckdb"}'
    answer = client_of("ann").post(URL, body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "5 MB" in answer.json()["detail"]


def test_the_answer_carries_how_right_and_how_late_the_data_is() -> None:
    # Given teams that are roughly right, are to be there within an hour, and are two days old
    changed = now() - dt.timedelta(days=2)
    Dataset.objects.filter(name="team").update(
        consistency="eventual", finality_lag="P3D", expected_latency="PT1H",
        source_modified_at=changed,
    )  # fmt: skip

    # When somebody reads them, allowed as it is or rewritten beside another table, or writes there
    read = asked("ann", "SELECT id FROM hr.team").json()["notices"]
    both = asked("ann", "SELECT t.id, p.email FROM hr.team t, hr.person p").json()["notices"]
    written = asked("ann", "DELETE FROM hr.team").json()["notices"]

    # Then the answer says so once where they are read
    said = (
        "postgres://warehouse/shop.hr.team: Roughly right, final on the 3rd day. New data shows"
        f" within 1 hour. It changed last on {changed:%d %B %Y, %H:%M} UTC, longer ago than that."
    )
    assert [(one["code"], one["sentence"]) for one in read] == [("freshness", said)]
    assert [one["sentence"] for one in both if one["code"] == "freshness"] == [said]
    assert not [one for one in written if one["code"] == "freshness"]


def test_a_filter_looks_up_what_the_warehouse_calls_by_a_name_of_its_own() -> None:
    # Given deals of another system, attached to the warehouse, filtered by a table of its own
    lake = "duckdb://lake"
    deals = table("crm.deal", ["id", "owner"], at="postgres://sales")
    table("core.staff", ["id", "location"], at=lake)
    kept = "owner IN (SELECT id FROM core.staff WHERE location = {user.location})"
    in_force(opt_out(4, effect="row_filter", expr=kept, resources={"dataset": "crm.deal"}))
    name = f"{lake}/Crm.deal"
    more = {"dialect": "duckdb", "system": lake}

    # Then before anybody says so, the warehouse knows no deals, and none are shown in their system
    assert asked("ann", "SELECT id FROM crm.deal", **more).json()["decision"] == "deny"
    alone = {"dialect": "postgres", "system": "postgres://sales"}
    refused = asked("ann", "SELECT id FROM crm.deal", **alone).json()["reasons"][0]
    assert refused["code"] == "stricter"

    # When they are known there by a second name
    Alias.objects.create(dataset=deals, qualified_name=name, lookup_name=lookup_key(name))

    # Then the filter is carried in the warehouse, and still not in their own system
    found = asked("ann", "SELECT id FROM crm.deal", **more).json()
    assert (found["decision"], found["reasons"]) == ("rewrite", [])
    assert (
        "FROM crm.deal AS protected_rows WHERE (protected_rows.owner IN" in found["rewritten_sql"]
    )
    assert "FROM core.staff AS lookup_rows" in found["rewritten_sql"]
    assert asked("ann", "SELECT id FROM crm.deal", **alone).json()["decision"] == "deny"


def test_the_page_names_opt_outs_that_change_only_what_is_not_used() -> None:
    # Given one that masks a column of which the statement asks nothing
    in_force(opt_out(4, effect="mask(all)", resources={"dataset": "hr.person", "columns": ["id"]}))
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))

    # When the rewritten statement is shown
    given = {"sql": "SELECT email FROM hr.person", "dialect": "postgres"}
    page = browser.post("/access/check/", given).content.decode()

    # Then its number is there and not its key, in a list that is numbered as the statement is
    assert '<a class="small" href="/agreements/permission_policy:oo-4/">OO-4</a>' in page
    assert ">permission_policy:" not in page
    assert '<ol class="stack-small numbered" aria-label="What was changed">' in page

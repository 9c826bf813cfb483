"""The door for Trino: what it needs of us, what it must never get, and bodies that are wrong."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from governance.audit.chain import decode, without_place
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Keeping
from governance.permissions.engine import Exempt, Floors, Subjects, World
from governance.permissions.gateways.application import GatewayDoors, alone
from governance.permissions.gateways.keeping import Keeper
from governance.permissions.types import Effect, Mask, Purpose
from tests.governance.permissions.gateways.asking import (
    Door,
    Given,
    dataset,
    person,
    rule,
    standing,
    table,
    trino_body,
)

ANN, BOSS, BOT = person(1, "ann"), person(2, "boss", "admins"), person(3, "dashboards")
PAY = dataset(1, "hr.pay.salary", "id", "name", "amount")
ORDERS = dataset(2, "shop.public.orders", "id", "total")


def door(*rules, **rest) -> Door:
    """A lake with two tables, Ann who is opted out, her boss who is not."""
    world = World(1, (ANN, BOSS, BOT), (PAY, ORDERS), rules, floors=Floors())
    return Door(standing(world, administrators=frozenset({2}), **rest))


def ask(at: Door, user: str, operation: str, **action) -> bool:
    """The answer of the endpoint for one operation."""
    status, said = at.trino("allow", trino_body(user, operation, **action))
    assert status == 200
    return said["result"]


def reads(at: Door, user: str, name: str, *columns: str) -> bool:
    """Whether somebody may select columns."""
    resource = table(name)
    resource["table"]["columns"] = list(columns)
    return ask(at, user, "SelectFromColumns", resource=resource)


def test_the_engine_itself_is_open_to_whoever_is_known() -> None:
    # Given an opt-out from everything
    at = door(rule("all", "*"))

    # Then its own tables are read, and nothing else
    for name in (
        "system.jdbc.tables", "system.runtime.queries", "shop.information_schema.columns",
    ):  # fmt: skip
        assert reads(at, "ann", name, "a")
        assert not reads(at, "stranger", name, "a")
        _, filters = at.trino(
            "row_filters", trino_body("ann", "GetRowFilters", resource=table(name))
        )
        assert filters["result"] == []
    assert not reads(at, "ann", "shop.public.orders", "id")
    assert not reads(at, "ann", "shop.public.orders")
    assert ask(at, "ann", "ExecuteQuery")
    assert not ask(at, "stranger", "ExecuteQuery")
    assert not ask(at, "ann", "InsertIntoTable", resource=table("system.runtime.queries"))


def test_queries_are_ones_own() -> None:
    at = door()
    own, others = {"user": {"user": "ann"}}, {"user": {"user": "boss"}}
    assert ask(at, "ann", "KillQueryOwnedBy", resource=own)
    assert not ask(at, "ann", "KillQueryOwnedBy", resource=others)
    assert ask(at, "boss", "ViewQueryOwnedBy", resource=own)
    body = trino_body("ann", "FilterViewQueryOwnedBy", filterResources=[others, own, own])
    assert at.trino("batch", body)[1]["result"] == [1, 2]


def test_only_those_trusted_with_it_ask_as_somebody_else() -> None:
    at = door()
    as_ann, as_nobody = {"user": {"user": "ann"}}, {"user": {"user": "nobody"}}
    assert ask(at, "dashboards", "ImpersonateUser", resource=as_ann)
    assert not ask(at, "dashboards", "ImpersonateUser", resource=as_nobody)
    assert not ask(at, "boss", "ImpersonateUser", resource=as_ann)
    assert ask(at, "ann", "ImpersonateUser", resource=as_ann)


def test_a_denied_column_denies_the_statement_and_hides_from_stars() -> None:
    # Given one column of a table closed, and groups asked for on another
    at = door(
        rule("amount", "hr.pay.salary", columns=("amount",)),
        rule("name", "hr.pay.salary", columns=("name",), effect=Effect.MIN_GROUP, group_of=5),
    )

    # Then reading it is refused, counting rows is not, and a star leaves it out
    assert not reads(at, "ann", "hr.pay.salary", "id", "AMOUNT")
    assert not reads(at, "ann", "hr.pay.salary", "name")
    assert reads(at, "ann", "hr.pay.salary", "id")
    assert reads(at, "ann", "hr.pay.salary")
    assert reads(at, "boss", "hr.pay.salary", "id", "amount", "name")
    body = trino_body(
        "ann", "FilterColumns", filterResources=[table("hr.pay.salary", "id", "name", "amount")]
    )
    assert at.trino("batch", body)[1]["result"] == [0]
    single = table("hr.pay.salary", "amount")
    assert not ask(at, "ann", "FilterColumns", resource=single)


def test_groups_of_a_least_size_close_the_whole_table() -> None:
    at = door(rule("group", "hr.pay.salary", effect=Effect.MIN_GROUP, group_of=10))
    assert not reads(at, "ann", "hr.pay.salary", "id")
    assert not reads(at, "ann", "hr.pay.salary")
    body = trino_body("ann", "GetRowFilters", resource=table("hr.pay.salary"))
    assert at.trino("row_filters", body)[1]["result"] == [{"expression": "false"}]


def test_what_tells_of_a_table_is_closed_where_anything_of_it_is() -> None:
    at = door(rule("name", "hr.pay.salary", columns=("name",), effect=Effect.MASK, mask=Mask.ALL))
    assert reads(at, "ann", "hr.pay.salary", "name")
    assert not reads(at, "ann", "hr.pay.salary$partitions", "partition")
    assert not reads(at, "ann", "hr.pay.salary", "$path")
    assert reads(at, "boss", "hr.pay.salary$partitions", "partition")
    assert reads(at, "ann", "shop.public.orders$files", "file_path")


def test_code_that_reads_past_its_tables_is_closed_to_whoever_is_opted_out() -> None:
    # Given an opt-out of which the catalog lists no table yet
    at = door(rule("later", "hr.secret.*"))
    query = {"function": {"catalogName": "pg", "schemaName": "system", "functionName": "query"}}
    plain = {"function": {"catalogName": "pg", "schemaName": "public", "functionName": "f"}}
    built_in = {"function": {"catalogName": "system", "schemaName": "builtin", "functionName": "a"}}
    assert not ask(at, "ann", "ExecuteFunction", resource=query)
    assert not ask(at, "ann", "ExecuteProcedure", resource=plain)
    assert ask(at, "ann", "ExecuteFunction", resource=plain)
    assert ask(at, "ann", "ExecuteFunction", resource=built_in)
    assert ask(at, "boss", "ExecuteFunction", resource=query)


@pytest.mark.parametrize("pattern", ["hr.new.*", "hr.new.pay*", "new.pay", "trino://lake/hr.*"])
def test_a_schema_holds_what_nobody_listed(pattern: str) -> None:
    # Given an opt-out from tables of a schema of which the catalog lists none
    at = door(rule("later", pattern))
    new, free, other = (
        {"schema": {"catalogName": catalog, "schemaName": name}}
        for catalog, name in (("hr", "new"), ("shop", "public"), ("shop", "archive"))
    )

    # Then whoever it concerns neither drops the schema nor gives it to somebody else
    for operation in ("DropSchema", "SetSchemaAuthorization"):
        assert not ask(at, "ann", operation, resource=new)
        assert ask(at, "boss", operation, resource=new)
        assert ask(at, "ann", operation, resource=free)
    # And nobody takes what is in it out of its protection, or into it who may not write there
    assert not ask(at, "ann", "RenameSchema", resource=new, targetResource=other)
    assert not ask(at, "boss", "RenameSchema", resource=new, targetResource=other)
    assert not ask(at, "ann", "RenameSchema", resource=free, targetResource=new)
    assert ask(at, "boss", "RenameSchema", resource=free, targetResource=new)
    assert ask(at, "ann", "RenameSchema", resource=free, targetResource=other)
    # And the record says which opt-out it was
    assert at.recorded[0].rules == ("permission_policy:later",)


def test_an_opt_out_that_goes_by_no_schema_closes_none() -> None:
    at = door(rule("pay", "*.salary", "trino://lake/*.salary", "shop.*.salary", "salary"))
    shop = {"schema": {"catalogName": "shop", "schemaName": "public"}}
    assert ask(at, "ann", "DropSchema", resource=shop)
    assert ask(at, "ann", "RenameSchema", resource=shop, targetResource=shop)


def test_procedures_of_a_table_that_may_read_another_are_closed_to_whoever_is_opted_out() -> None:
    # Given an opt-out from another table than the one that is written
    at = door(rule("pay", "hr.pay.salary"))

    def runs(user: str, name: str | None, of: str = "shop.public.orders") -> bool:
        function = {"function": {"functionName": name}} if name else {}
        return ask(at, user, "ExecuteTableProcedure", resource={**table(of), **function})

    # Then whoever it concerns maintains tables, and runs nothing else on them
    assert runs("ann", "OPTIMIZE")
    assert runs("ann", "expire_snapshots")
    assert not any(runs("ann", name) for name in ("ADD_FILES_FROM_TABLE", "add_files", None))
    assert not runs("ann", "optimize", of="hr.pay.salary")
    # And others run whatever they may write
    assert runs("boss", "add_files_from_table")


def test_views_with_the_rights_of_who_made_them_show_nothing_that_anybody_is_opted_out_from():
    at = door(rule("pay", "hr.pay.salary"))
    pay, orders = table("hr.pay.salary", "id"), table("shop.public.orders", "id")
    assert not ask(at, "boss", "CreateViewWithSelectFromColumns", resource=pay)
    assert ask(at, "boss", "CreateViewWithSelectFromColumns", resource=orders)
    assert reads(at, "boss", "hr.pay.salary", "id")
    target = table("hr.pay.free")
    assert not ask(at, "boss", "RenameTable", resource=pay, targetResource=target)


def test_purposes_come_from_the_context_or_from_the_gateway() -> None:
    # Given data that is closed to marketing alone
    closed = rule("ads", "shop.*", purposes=frozenset({Purpose.MARKETING}))
    resource = table("shop.public.orders", "id")

    def answers(at: Door, **rest) -> bool:
        body = trino_body("ann", "SelectFromColumns", resource=resource, **rest)
        return at.trino("allow", body)[1]["result"]

    # Then no purpose and an unknown one are the strictest
    assert not answers(door(closed))
    assert not answers(door(closed), properties={"purpose": "because"})
    assert answers(door(closed), properties={"purpose": "analytics", "cluster": "adhoc"})
    assert answers(door(closed, purpose="analytics"))
    assert not answers(door(closed, purpose="analytics"), properties={"purpose": "marketing"})


def test_catalogs_are_named_after_their_systems() -> None:
    # Given a catalog of Trino whose tables lie in a database of their own
    at = door(rule("crm", "postgres://warehouse/larkfield.crm.contact"))
    assert not reads(at, "ann", "crm.crm.contact", "id")
    assert reads(at, "ann", "other.crm.contact", "id")


def test_groups_are_those_of_our_directory() -> None:
    members = Subjects(groups=frozenset({"ignored"}), exempt=Exempt())
    at = door(rule("group", "shop.*", subjects=members))
    assert reads(at, "ann", "shop.public.orders", "id")


def test_a_confidential_table_is_in_no_list_listed_or_not() -> None:
    # Given a secret by its name, of which the catalog lists one table of many
    at = door(rule("secret", "hr.pay.*", confidential=True))
    tables = [table(f"hr.pay.t{n}") for n in range(100)] + [table(f"hr.x.t{n}") for n in range(100)]
    tables += [table("hr.pay.salary"), table("shop.public.orders")]

    # When a list is filtered for somebody opted out and for somebody who is not
    _, ann = at.trino("batch", trino_body("ann", "FilterTables", filterResources=tables))
    _, boss = at.trino("batch", trino_body("boss", "FilterTables", filterResources=tables))

    # Then the one sees the rest and the other everything
    assert ann["result"] == [*range(100, 200), 201]
    assert boss["result"] == list(range(202))
    few = trino_body("ann", "FilterTables", filterResources=tables[98:102])
    assert at.trino("batch", few)[1]["result"] == [2, 3]
    assert not ask(at, "ann", "ShowColumns", resource=table("hr.pay.t1"))
    assert ask(at, "ann", "ShowColumns", resource=table("hr.x.t1"))


def test_a_hundred_thousand_tables_come_in_one_body() -> None:
    at = door(rule("secret", "hr.pay.*", confidential=True))
    tables = [table(f"lake.schema_{n % 500}.a_table_with_a_name_{n}") for n in range(100_000)]
    tables.append(table("hr.pay.salary"))
    body = trino_body("ann", "FilterTables", filterResources=tables)
    assert len(body) > 8_000_000
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
    status, said, _ = at.post("/gw/a-gateway-of-tests/v1/data/trino/batch", pieces)
    assert (status, said["result"]) == (200, list(range(100_000)))


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("allow", b""),
        ("allow", b"{"),
        ("allow", b"null"),
        ("allow", b"[]"),
        ("allow", b'{"input": {}}'),
        ("allow", trino_body("ann", "SelectFromColumns")[:-9]),
        ("allow", trino_body("ann", "SelectFromColumns")),
        ("allow", trino_body("ann", "SelectFromColumns", resource={"table": {"tableName": 1}})),
        ("allow", trino_body("ann", "SelectFromColumns", resource={"catalog": {"name": "a"}})),
        ("allow", trino_body("ann", "RenameTable", resource=table("a.b.c"))),
        ("allow", b'{"input": {"context": {"identity": {"user": 7}}, "action": {}}}'),
        ("allow", b"[" * 100_000),
        ("allow", b'{"input": {"context": {"identity": {"user": "\\ud800"}}, "action": {}}}'),
        ("allow", b'{"input": {"context": {"identity": {"user": "\xed\xa0\x80"}}, "action": {}}}'),
        ("allow", b'{"input": {"context": {"identity": {"user": "a\x00b"}}, "action": {}}}'),
        ("batch", trino_body("ann", "FilterTables")),
        ("batch", trino_body("ann", "FilterTables", filterResources=[{"catalog": {"name": "a"}}])),
        ("batch", trino_body("ann", "FilterColumns", filterResources=[])),
        ("row_filters", trino_body("ann", "GetRowFilters")),
        ("column_mask", trino_body("ann", "GetColumnMask", resource=table("a.b.c"))),
        ("batch_column_masks", trino_body("ann", "GetColumnMask", filterResources=[table("a.b.c")])),  # noqa: E501
        ("something_else", trino_body("ann", "ExecuteQuery")),
    ],
)  # fmt: skip
def test_a_body_that_asks_nothing_is_refused_and_never_allowed(endpoint: str, body: bytes) -> None:
    status, said = door().trino(endpoint, body)
    assert status == 400
    assert said["title"]
    assert "result" not in said


def test_bodies_that_are_too_large_are_refused_before_they_are_read() -> None:
    at, path = door(), "/gw/a-gateway-of-tests/v1/data/trino/allow"
    assert at.post(path, b"", {"content-length": "99999999"})[0] == 413
    assert at.post(path, [b" " * 700_000, b" " * 700_000])[0] == 413


def test_unknown_operations_and_wrong_endpoints_are_denied_clearly() -> None:
    at = door()
    status, said = at.trino("allow", trino_body("boss", "DropEverything", resource={}))
    assert (status, said["result"]) == (200, False)
    assert "DropEverything" in said["reason"]
    assert at.trino("batch", trino_body("boss", "ExecuteQuery"))[1]["result"] == []
    resource = table("shop.public.orders")
    wrong = trino_body("boss", "SelectFromColumns", resource=resource)
    assert at.trino("row_filters", wrong)[1]["result"] == [{"expression": "false"}]


def test_an_address_that_is_no_gateways_is_refused() -> None:
    body = trino_body("ann", "ExecuteQuery")
    assert door().trino("allow", body, secret="guessed")[0] == 403
    assert door().post("/gw/", body)[0] == 403
    path = "/gw/a-gateway-of-tests/v1/data/trino/allow"
    assert door().post(path, b"", method="GET")[0] == 405


def test_nothing_is_answered_before_something_was_read() -> None:
    class Nothing(Keeper):
        def start(self) -> None:
            """Looks at nothing."""

    at = Door(Nothing())
    assert at.trino("allow", trino_body("ann", "ExecuteQuery"))[0] == 503
    assert at.post("/gw/ready", b"", method="GET")[0] == 503


def test_without_the_database_answers_close_by_class() -> None:
    # Given data marked as public, data marked as confidential, and data marked as nothing
    data = (
        dataset(1, "a.b.public", labels=frozenset({"7"})),
        dataset(2, "a.b.confidential", labels=frozenset({"8"})),
        dataset(3, "a.b.both", labels=frozenset({"7", "8"})),
        dataset(4, "a.b.neither"),
    )
    world = World(1, (ANN,), data)
    marked = {"open_labels": frozenset({"7"}), "closed_labels": frozenset({"8"})}

    def open_after(age: float) -> list[str]:
        at = Door(standing(world, age=age, **marked))
        names = [one.name.rpartition(".")[2] for one in data] + ["unlisted"]
        return [name for name in names if reads(at, "ann", f"a.b.{name}", "x")]

    # Then all is decided at first, then what is public, then nothing
    assert open_after(1.0) == ["public", "confidential", "both", "neither", "unlisted"]
    assert open_after(301.0) == ["public"]
    at = Door(standing(world, age=301.0, **marked))
    lists = trino_body("ann", "FilterTables", filterResources=[table(f"a.b.{n}") for n in
                       ("public", "confidential", "unlisted")])  # fmt: skip
    assert at.trino("batch", lists)[1]["result"] == [0]


def test_each_call_is_recorded_once() -> None:
    at = door(rule("secret", "hr.pay.*", confidential=True), rule("total", "shop.*"))
    tables = [table("hr.pay.salary"), table("shop.public.orders")]
    _, said = at.trino("batch", trino_body("ann", "FilterTables", filterResources=tables))
    reads(at, "ann", "shop.public.orders", "id")
    reads(at, "boss", "shop.public.orders", "id")
    reads(at, "ann", "a.b.c", "id")
    batch, one, boss, free = at.recorded
    assert said["decision_id"] == "d1"
    assert (batch.asked, batch.allowed, batch.outcome) == (2, 1, AccessOutcome.PARTIAL)
    assert batch.resources == ("hr.pay.salary", "shop.public.orders")
    assert (one.person, one.action, one.outcome) == (1, "SelectFromColumns", AccessOutcome.REFUSED)
    assert (one.columns, one.rules) == (("id",), ("permission_policy:total",))
    assert one.datasets == (2,)
    # What an opt-out covers is durable before the answer, whomever it concerns
    keeping = [record.keeping for record in at.recorded]
    assert keeping == [Keeping.LISTING, Keeping.RESTRICTED, Keeping.RESTRICTED, Keeping.OPEN]
    assert (boss.outcome, free.outcome) == (AccessOutcome.ALLOWED, AccessOutcome.ALLOWED)


def test_whatever_is_answered_about_a_dataset_is_recorded_with_it() -> None:
    # Given an opt-out that hides pay, and somebody who left
    left = replace(person(9, "left"), is_active=False)
    world = World(1, (ANN, BOSS, left), (PAY, ORDERS), (rule("x", "hr.pay.*", confidential=True),))
    at = Door(standing(world))

    def datasets(user: str, operation: str, endpoint: str = "allow", **action: Any) -> set[int]:
        at.trino(endpoint, trino_body(user, operation, **action))
        return set(at.recorded[-1].datasets)

    # When it is refused because it is hidden, or because of who asks, or by what it is called else
    pay, orders = table("hr.pay.salary", "id"), table("shop.public.orders", "id")
    assert datasets("ann", "SelectFromColumns", resource=pay) == {1}
    assert datasets("ann", "DropTable", resource=pay) == {1}
    assert datasets("left", "SelectFromColumns", resource=orders) == {2}
    assert datasets("ann", "SelectFromColumns", resource=table("hr.pay.salary$files", "x")) == {1}
    # Or it is shown, renamed to, changed with its schema, or stands far back in a list
    assert datasets("ann", "ShowColumns", resource=pay) == {1}
    assert datasets("ann", "RenameTable", resource=orders, targetResource=pay) == {1, 2}
    schema = {"schema": {"catalogName": "shop", "schemaName": "public"}}
    assert datasets("ann", "DropSchema", resource=schema) == {2}
    assert datasets("ann", "ShowTables", resource=schema) == set()
    many = [*(table(f"a.b.t{number}") for number in range(300)), pay, orders, pay]
    assert datasets("ann", "FilterTables", "batch", filterResources=many) == {1, 2}
    assert at.recorded[-1].datasets == (1, 2)
    assert at.recorded[-1].keeping is Keeping.LISTING

    # Then each record names it; where nothing is hidden from anybody long lists say how many
    at = Door(standing(World(1, (ANN,), (PAY, ORDERS))))
    assert datasets("ann", "FilterTables", "batch", filterResources=many[-200:]) == {1, 2}
    assert datasets("ann", "FilterTables", "batch", filterResources=many) == set()
    assert at.recorded[-1].asked == len(many)


def test_whatever_a_name_holds_is_recorded_so_that_a_database_can_keep_it() -> None:
    # Given names with characters that PostgreSQL has no text for, or that a terminal obeys
    at = door(rule("total", "shop.*"))
    user, name = "a\x00nn\x1b[31m", "shop.public.or\x00ders\r\n"
    assert not reads(at, user, name, "i\x00d")
    # Then what is hashed and kept says so in characters that it can hold
    body = without_place(at.recorded[:1])
    assert b"\\u0000" not in body
    assert decode(body).username == "a\N{SYMBOL FOR NULL}nn\x1b[31m"
    assert decode(body).columns == ("i\N{SYMBOL FOR NULL}d",)


def test_what_cannot_be_recorded_is_not_answered() -> None:
    async def full(record: AccessRecord) -> str:
        raise AuditUnavailable("The disk is full.")

    at = door()
    held = Given(standing(World(1, (ANN,), (ORDERS,))))
    at.application = GatewayDoors(alone, held, full)
    status, said = at.trino("allow", trino_body("ann", "ExecuteQuery"))
    assert (status, said["title"]) == (503, "The disk is full.")


def test_the_context_is_read_as_far_as_it_is_needed() -> None:
    body = msgspec.json.decode(trino_body("ann", "ExecuteQuery"))
    context = body["input"]["context"]
    context |= {"softwareStack": {"trinoVersion": "999"}, "queryId": None, "new": [1]}
    context["identity"]["extraCredentials"] = {"purpose": "audit"}
    assert door().trino("allow", msgspec.json.encode(body))[1]["result"] is True


def test_the_instant_is_not_the_clock_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an opt-out that ends in an hour
    held = standing(World(1, (ANN,), (ORDERS,), ()))
    began = held.now()

    # When somebody sets the clock
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0 <= held.now() - began < 60

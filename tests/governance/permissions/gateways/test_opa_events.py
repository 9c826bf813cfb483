"""One event of OPA's decision log as a record: what is understood, what is left out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from governance.audit.types import AccessRecord, Keeping
from governance.permissions.engine import World
from governance.permissions.gateways.logs.events import event_of, record_of
from governance.permissions.gateways.registered import GatewayRecord, mapped
from governance.permissions.trial.selectors.recorded import data_action
from tests.governance.permissions.gateways.asking import NOW, dataset, person, rule, standing

GATEWAY = GatewayRecord(
    9, "site", "", "production", mapped("trino://lake"), uses=frozenset({"logs"})
)
HELD = standing(
    World(
        5,
        (person(1, "ann"), person(2, "boss", "admins")),
        (dataset(1, "memory.hr.plan", "id"), dataset(2, "memory.hr.free", "id")),
        (rule("plan", "hr.plan"),),
    )
)
WHEN = dt.datetime.fromtimestamp(NOW - 3_600, dt.UTC)


def question(operation: str, **action: Any) -> dict[str, Any]:
    """What Trino asks an OPA."""
    return {
        "context": {"identity": {"user": "ann", "groups": []}, "queryId": "q7",
                    "softwareStack": {"trinoVersion": "476"}},
        "action": {"operation": operation, **action},
    }  # fmt: skip


def table(name: str, *columns: str) -> dict[str, Any]:
    """A table of the lake."""
    said = {"catalogName": "memory", "schemaName": "hr", "tableName": name}
    return {"table": {**said, "columns": list(columns)} if columns else said}


def record(**event: Any) -> AccessRecord:
    """The record of an event that has all that OPA sends, and more."""
    whole = {
        "decision_id": "4ca636c1-55e4-417a-b1d8-4aceb67960d1",
        "labels": {"id": "opa-1", "version": "1.22.3", "region": "eu"},
        "bundles": {"main": {"revision": "rev-7", "etag": "x"}},
        "path": "trino/allow", "timestamp": WHEN.isoformat(), "metrics": {"x": 1},
        "nd_builtin_cache": {}, "req_id": 3, "something_new": [1, {"a": None}],
        "requested_by": "10.0.0.1:4711", **event,
    }  # fmt: skip
    return record_of(event_of(msgspec.Raw(msgspec.json.encode(whole))), GATEWAY, HELD)


def test_a_question_of_trino_is_about_a_person_a_dataset_and_an_action() -> None:
    found = record(input=question("SelectFromColumns", resource=table("free", "id")), result=True)
    assert (found.gateway, found.username, found.person) == ("opa:site", "ann", 1)
    assert (found.action, found.outcome, found.code) == ("SelectFromColumns", "allowed", "foreign")
    assert (found.datasets, found.resources, found.columns) == (
        (2,), ("trino://lake/memory.hr.free",), ("id",),
    )  # fmt: skip
    assert (found.policy_version, found.rules, found.environment) == (0, (), "production")
    assert (found.query_id, found.request_id) == (
        "q7", "opa:4ca636c1-55e4-417a-b1d8-4aceb67960d1",
    )  # fmt: skip
    assert found.decided == int(WHEN.timestamp() * 1e6)
    assert found.note == "Decided by OPA opa-1 1.22.3, trino/allow, by main at rev-7."
    assert found.keeping is Keeping.OPEN
    # and it is replayed as what Concord's own door for Trino would have been asked
    assert data_action(found.gateway, found.action) == "read"
    assert data_action(found.gateway, "InsertIntoTable") == "write"
    assert data_action(found.gateway, "FilterTables") is None
    assert data_action(found.gateway, "GetRowFilters") is None
    assert data_action(found.gateway, "download") == "export"
    assert data_action(found.gateway, "data/other/allow") is None


@pytest.mark.parametrize(
    ("operation", "action", "result", "outcome", "asked", "allowed"),
    [
        ("SelectFromColumns", {"resource": table("plan")}, False, "refused", 1, 0),
        ("SelectFromColumns", {"resource": table("plan")}, None, "refused", 1, 0),
        (
            "SelectFromColumns",
            {"resource": table("plan")},
            {"allow": True, "x": 1},
            "allowed",
            1,
            1,
        ),
        ("FilterTables", {"filterResources": [table("plan"), table("free")]}, [1], "partial", 2, 1),
        ("FilterTables", {"filterResources": [table("plan")]}, [], "refused", 1, 0),
        ("FilterTables", {"filterResources": [table("free")]}, [0], "allowed", 1, 1),
        ("GetRowFilters", {"resource": table("free")}, [], "allowed", 1, 1),
        ("GetRowFilters", {"resource": table("free")}, [{"expression": "a = 1"}], "partial", 1, 1),
        ("GetColumnMask", {"resource": table("free")}, None, "allowed", 1, 1),
        ("GetColumnMask", {"resource": table("free")}, {"expression": "NULL"}, "partial", 1, 1),
        ("ExecuteQuery", {}, {"reason": "x"}, "partial", 1, 1),
    ],
)
def test_what_was_answered(
    operation: str, action: Any, result: Any, outcome: str, asked: int, allowed: int
) -> None:
    found = record(input=question(operation, **action), result=result)
    assert (found.outcome, found.asked, found.allowed) == (outcome, asked, allowed)
    if operation == "GetRowFilters" and result:
        assert found.filters == ("a = 1",)
    if operation == "GetColumnMask" and result:
        assert found.masks == ("NULL",)
    wanted = Keeping.LISTING if operation.startswith("Filter") else None
    assert wanted in (None, found.keeping)
    assert outcome != "refused" or operation.startswith("Filter") or (
        found.keeping is Keeping.RESTRICTED
    )  # fmt: skip


def test_an_error_and_an_undefined_answer_are_refusals() -> None:
    asked = question("SelectFromColumns", resource=table("free"))
    assert record(input=asked, error={"code": "x"}).outcome == "refused"
    assert record(input=asked).outcome == "refused"


@pytest.mark.parametrize(
    ("hidden", "username", "datasets"),
    [
        ({"erased": ["/input/context/identity/user"]}, "", (2,)),
        ({"masked": ["/input/context/identity"]}, "", (2,)),
        ({"masked": ["/input/action/resource/table/tableName"]}, "ann", ()),
        ({"erased": ["/input"]}, "", ()),
        ({"erased": ["/input/context/queryId"]}, "ann", (2,)),
    ],
)
def test_what_was_erased_or_replaced_is_not_what_was_asked(
    hidden: Any, username: str, datasets: tuple[int, ...]
) -> None:
    found = record(
        input=question("SelectFromColumns", resource=table("free")), result=True, **hidden
    )
    assert (found.username, found.datasets) == (username, datasets)
    assert (found.person is None) == (not username)
    (pointer,) = next(iter(hidden.values()))
    assert f"Not said: {pointer}" in found.note


def test_a_result_that_was_replaced_is_none() -> None:
    found = record(
        input=question("SelectFromColumns", resource=table("free")), result="***",
        masked=["/result"],
    )  # fmt: skip
    assert found.outcome == "partial"
    assert found.note.endswith("The result is not what was answered.")


def test_a_question_of_anything_else_is_read_as_far_as_it_says_something() -> None:
    found = record(
        input={"subject": {"id": "boss"}, "action": {"name": "view"},
               "resource": {"id": "trino://lake/memory.hr.PLAN"}, "purpose": "marketing"},
        result=True, path="apps/allow",
    )  # fmt: skip
    assert (found.username, found.person, found.action) == ("boss", 2, "view")
    assert (found.datasets, found.purpose) == ((1,), "marketing")
    assert data_action(found.gateway, found.action) == "read"
    nothing = record(input=[1, 2], result=True, path="x/y")
    assert (nothing.username, nothing.action, nothing.datasets) == ("", "x/y", ())


@pytest.mark.parametrize(
    "timestamp", ["", "yesterday", "2099-01-01T00:00:00Z", "2026-01-01T00:00:00", "-1"]
)
def test_an_instant_that_cannot_be_is_none(timestamp: str) -> None:
    assert record(input={}, timestamp=timestamp).decided == 0


@pytest.mark.parametrize(
    "raw", [b"3", b'"x"', b"{}", b'{"decision_id": 7}', b'{"decision_id": ""}',
            b'{"decision_id": "a", "erased": "x"}'],
)  # fmt: skip
def test_an_event_that_cannot_be_read_says_why(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expected|missing|length"):
        event_of(msgspec.Raw(raw))


def test_a_list_names_every_dataset_that_it_holds() -> None:
    many = [*(table(f"t{number}") for number in range(300)), table("free"), table("plan")]
    asked = question("FilterTables", filterResources=many)
    assert record(input=asked, result=[300]).datasets == (2, 1)


def test_ids_that_are_no_uuids_tell_decisions_apart_as_well() -> None:
    keys = {
        event_of(msgspec.Raw(msgspec.json.encode({"decision_id": one}))).key
        for one in ("a", "b", "a", "4ca636c1-55e4-417a-b1d8-4aceb67960d1",
                    "4CA636C1-55E4-417A-B1D8-4ACEB67960D1")
    }  # fmt: skip
    assert len(keys) == 3

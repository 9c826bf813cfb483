"""Names that are written otherwise in an engine than in the catalog: the same answer as by its own,
and what goes around a table by a name of its own making."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from governance.permissions.engine import Resources, Rule, World, compile_index
from governance.permissions.gateways.asgi import Refused
from governance.permissions.gateways.authzen import requests
from governance.permissions.gateways.envoy.routes import PathRefused, Routes, route_of
from governance.permissions.gateways.ranger.policies import RangerPolicies
from governance.permissions.gateways.ranger.tables import tables_of
from governance.permissions.gateways.registered import GatewayRecord, mapped
from governance.permissions.gateways.rules.rendering import TrinoRules
from governance.permissions.types import DataAction, Effect, Mask, Purpose
from tests.governance.permissions.gateways.asking import (
    ACTING,
    NOW,
    Door,
    dataset,
    person,
    rule,
    standing,
    table,
    trino_body,
)

PAY = "hr.pay.salary"
ODD = ("order date", "a.b", "50%")
LABELED = frozenset({"7"})
SALARY = replace(
    dataset(1, PAY),
    columns={"id": frozenset(), **{f'"{one}"': LABELED for one in ODD}},
)
CAFE = replace(dataset(2, "hr.pay.café"), labels=frozenset({"7"}))
PEOPLE = (person(1, "ann"), person(2, "boss", "admins"))


def labeled(effect: Effect = Effect.DENY, **rest: Any) -> Rule:
    """An opt-out from what has a label."""
    return replace(rule("label", effect=effect, **rest), resources=Resources(labels=LABELED))


def door(*rules: Rule) -> Door:
    """A lake with a table of odd columns, one of an odd name, and one person who is opted out."""
    return Door(standing(World(1, PEOPLE, (SALARY, CAFE), rules)))


def allowed(at: Door, operation: str, name: str, *columns: str, **properties: Any) -> bool:
    """What Trino is answered about a table for Ann."""
    resource = table(name, *columns)
    if properties:
        resource["table"]["properties"] = properties
    status, said = at.trino("allow", trino_body("ann", operation, resource=resource))
    assert status == 200
    return said["result"]


@pytest.mark.parametrize("column", ODD)
@pytest.mark.parametrize("by", ["label", "name", "quoted name", "pattern"])
def test_a_column_of_an_odd_name_is_the_one_of_the_catalog(column: str, by: str) -> None:
    # given an opt-out that covers it, whichever way it says so
    rules = {
        "label": labeled(),
        "name": rule("oo-1", "*.salary", columns=(column,)),
        "quoted name": rule("oo-1", "*.salary", columns=(f'"{column}"',)),
        "pattern": rule("oo-1", "*.salary", columns=(f"{column[:2]}*",)),
    }
    at = door(rules[by])

    # then Trino does not read it, and lists the others
    assert not allowed(at, "SelectFromColumns", PAY, column)
    assert allowed(at, "SelectFromColumns", PAY, "id")
    body = trino_body("ann", "FilterColumns", filterResources=[table(PAY, "id", column)])
    assert at.trino("batch", body)[1]["result"] == [0]

    # and nor does a client of AuthZEN, with quotes or, where no dot makes it a path, without
    written = [f'"{column}"'] if "." in column else [f'"{column}"', column]
    for path in written:
        asked = {
            "subject": {"type": "user", "id": "ann"},
            "action": {"name": "read"},
            "resource": {"type": "column", "id": f"trino://lake/{PAY}#{path}"},
        }
        assert at.authzen("evaluation", asked)[1]["decision"] is False


def test_a_column_of_an_odd_name_is_masked() -> None:
    at = door(labeled(Effect.MASK, mask=Mask.EMPTY))
    held = {"catalogName": "hr", "schemaName": "pay", "tableName": "salary"}
    columns = [
        {"column": {**held, "columnName": one, "columnType": "varchar"}} for one in ("id", *ODD)
    ]
    body = trino_body("ann", "GetColumnMask", filterResources=columns)
    found = at.trino("batch_column_masks", body)[1]["result"]
    assert [one["index"] for one in found] == [1, 2, 3]


@pytest.mark.parametrize("effect", [Effect.DENY, Effect.MASK])
def test_documents_call_a_column_as_its_engine_does(effect: Effect) -> None:
    mask = Mask.ALL if effect is Effect.MASK else None
    index = compile_index(
        World(1, PEOPLE, (SALARY,), (labeled(effect, mask=mask),)), clock=lambda: NOW
    )
    gateway = GatewayRecord(7, "lake", "", "", mapped("trino://lake"))
    about: dict[str, Any] = {
        "index": index, "at": NOW, "purpose": None, "environment": None,
        "tables": tables_of(gateway, index),
        "types": lambda pks: {1: {f'"{one}"': "varchar" for one in ODD}},
    }  # fmt: skip

    # a file of rules
    (said,) = [one for one in TrinoRules(**about).written()["tables"] if "columns" in one]
    named = {one["name"]: one for one in said["columns"]}
    assert set(ODD) <= set(named)
    if mask:
        assert '"order date"' in named["order date"]["mask"]
        assert '""' not in named["order date"]["mask"]

    # and policies of Ranger
    policies = RangerPolicies(**about).written()
    found = {
        value
        for one in policies
        if one.get("denyPolicyItems") or one.get("dataMaskPolicyItems")
        for value in one["resources"]["column"]["values"]
    }
    assert set(ODD) <= found
    assert not any('"' in one for one in found)


@pytest.mark.parametrize(
    "name",
    [
        "presto://lake/hr.pay.cafe\u0301", 'trino://lake/hr.pay."café"', " trino://lake/hr.pay.café",
        "TRINO://LAKE/HR.PAY.CAFÉ", 'trino://"lake"/hr.pay.café ', 'pay."café"',
    ],
)  # fmt: skip
def test_data_is_what_it_is_however_a_client_calls_it(name: str) -> None:
    at = door(labeled())
    asked = {
        "subject": {"type": "user", "id": "ann"},
        "action": {"name": "read"},
        "resource": {"type": "dataset", "id": name},
    }
    assert at.authzen("evaluation", asked)[1]["decision"] is False
    assert at.recorded[-1].datasets == (2,)


def test_a_table_is_found_in_another_normal_form() -> None:
    at = door(labeled())
    assert not allowed(at, "SelectFromColumns", "hr.pay.cafe\u0301", "id")
    assert not allowed(at, "SelectFromColumns", "hr.pay.café", "id")


def test_a_catalog_is_mapped_in_whatever_case_it_was_given() -> None:
    gateway = GatewayRecord(
        7, "lake", "", "", mapped("trino://lake"), {"crm": mapped("postgres://w/larkfield")}
    )
    assert gateway.name_of("CRM", "public", "t")[0] == "postgres://w/larkfield.public.t"


def test_no_table_is_laid_over_the_files_of_another() -> None:
    # given somebody whom an opt-out from one table concerns
    at = door(rule("oo-1", "*.salary"))
    place = "s3://lake/hr/pay"

    # then they make tables, but not where files are already
    for operation in ("CreateTable", "CreateMaterializedView", "SetTableProperties"):
        assert allowed(at, operation, "hr.own.mine", format="ORC", location=None)
        for name in ("external_location", "location", "partition_projection_location_template"):
            assert not allowed(at, operation, "hr.own.mine", **{name: place})

    # and whoever none concerns does
    assert allowed(door(), "CreateTable", "hr.own.mine", external_location=place)


def test_a_table_of_a_table_is_hidden_and_closed_with_it() -> None:
    at = door(rule("oo-1", "*.salary", confidential=True))
    named = [table(f"{PAY}{end}") for end in ("", "$files", "$a$files", f"{'$a' * 12}$files")]
    named.append(table("hr.pay.other$files"))
    body = trino_body("ann", "FilterTables", filterResources=named)
    assert at.trino("batch", body)[1]["result"] == [4]
    for name in (f"{PAY}$files", f"{PAY}$a$files"):
        body = trino_body("ann", "FilterColumns", filterResources=[table(name, "a")])
        assert at.trino("batch", body)[1]["result"] == []
        assert not allowed(at, "SelectFromColumns", name, "a")


@pytest.mark.parametrize("name", ["salary: *", "salary:", "salary : +x:y", "salary@7", "a$b: c"])
def test_a_search_in_the_name_of_a_table_is_one_of_the_table(name: str) -> None:
    at = door(rule("oo-1", "*.salary"), rule("oo-2", "pay.a"))
    resource = {"table": {**table(PAY, "id")["table"], "tableName": name}}
    body = trino_body("ann", "SelectFromColumns", resource=resource)
    assert at.trino("allow", body)[1]["result"] is False
    resource["table"]["tableName"] = name.replace("salary", "free").replace("a$b", "free$b")
    body = trino_body("ann", "SelectFromColumns", resource=resource)
    assert at.trino("allow", body)[1]["result"] is True


def test_a_query_in_the_place_of_a_table_is_for_whoever_no_opt_out_concerns() -> None:
    resource = {"table": {**table(PAY, "id")["table"], "tableName": "select id from salary"}}
    body = trino_body("ann", "SelectFromColumns", resource=resource)
    assert door(rule("oo-1", "*.salary")).trino("allow", body)[1]["result"] is False
    assert door().trino("allow", body)[1]["result"] is True


@pytest.mark.parametrize("name", [PAY, "hr.pay.unlisted"])
@pytest.mark.parametrize(
    "rest",
    [
        {"actions": frozenset({DataAction.WRITE})},
        {"purposes": frozenset({Purpose.ML_TRAINING})},
        {"effect": Effect.MASK, "mask": Mask.ALL, "columns": ("a.b",)},
    ],
    ids=["of writing", "of a purpose", "of a column"],
)
def test_what_is_hidden_is_closed(name: str, rest: dict[str, Any]) -> None:
    # given a confidential opt-out that does not itself close it for reading
    secret = rule("oo-1", "hr.pay.*", confidential=True, **rest)
    at = Door(standing(World(1, PEOPLE, (SALARY,), (secret,)), purpose=Purpose.ANALYTICS))

    # then nobody whom it hides the table from reads it, nor writes it
    assert not allowed(at, "SelectFromColumns", name, "id")
    assert not allowed(at, "InsertIntoTable", name)
    asked = {
        "subject": {"type": "user", "id": "ann"},
        "action": {"name": "read"},
        "resource": {"type": "column", "id": f"trino://lake/{name}#id"},
        "context": {"purpose": Purpose.ANALYTICS},
    }
    said = at.authzen("evaluation", asked)[1]
    assert said["decision"] is False
    asked["subject"] = {"type": "user", "id": "boss"}
    assert at.authzen("evaluation", asked)[1]["decision"] is True


def test_a_path_that_is_nearly_one_of_data_does_not_pass_as_one_of_none() -> None:
    # given routes for data, one before them and one after them that let anything pass
    routes = Routes(
        map(
            route_of,
            (
                {"path": "/D/open/{file+}"},
                {"path": "/d/{schema}/{table}", "dataset": "trino://lake/lake.{schema}.{table}"},
                {
                    "path": "/d/{schema}/{table}.csv",
                    "dataset": "trino://lake/lake.{schema}.{table}",
                },
                {"path": "/**"},
            ),
        )
    )

    # then what a service may read as data is not let pass, and the rest is
    for path in ("/D/hr/pay", "/d/hr/pay.v2", "/d/hr/pay.", "/d/hr/pay.CSV", "/d/h.r/pay.csv"):
        with pytest.raises(PathRefused):
            routes.meant(path)
    for path in ("/D/open/any.js", "/d/hr", "/d/hr/pay/more", "/static/hr/pay.v2", "/"):
        assert not routes.meant(path).name
    assert routes.meant("/d/hr/pay.csv").name == "trino://lake/lake.hr.pay"


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["9" * 5_000, "9" * 30, f"1-{'9' * 19}"])
def test_a_request_of_an_endless_number_is_none(number: str) -> None:
    with pytest.raises(Refused) as refused:
        requests._rows(number, ACTING)
    assert refused.value.status == 404

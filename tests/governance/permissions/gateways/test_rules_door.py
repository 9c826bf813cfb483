"""Trino's file of rules: what it says, when it is another one, and that it is never wider."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.permissions.engine import DatedException, World, compile_index
from governance.permissions.gateways.ranger.tables import EngineTable
from governance.permissions.gateways.registered import GatewayRecord, mapped
from governance.permissions.gateways.rules import door as rules
from governance.permissions.gateways.rules.patterns import NOBODY, literal, none_of, one_of, people
from governance.permissions.gateways.rules.rendering import TrinoRules
from governance.permissions.types import DataAction
from tests.governance.permissions.gateways.asking import NOW, dataset, rule
from tests.governance.permissions.gateways.fetching import (
    Away,
    Fetching,
    salaries,
    without_database,
)
from tests.governance.permissions.worlds import INSTANTS, worlds

SECRET = "a-file-of-tests"
GATEWAY = GatewayRecord(
    7, "files", "", "", mapped("trino://lake"), uses=frozenset({"rules"}),
    impersonators=frozenset({"boss"}),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    without_database(monkeypatch)


def company(**rest: Any) -> World:
    """The salaries, and a table that is not written."""
    plain = salaries(**rest)
    return replace(
        plain,
        datasets=(*plain.datasets, dataset(5, "memory.hr.log", "id")),
        rules=(*plain.rules, rule("log", "hr.log", actions=frozenset({DataAction.WRITE}))),
    )


class Reading(Fetching):
    """Reads the file as Trino does."""

    def __init__(self, world: World) -> None:
        super().__init__(world, GATEWAY, SECRET)

    def get(
        self, secret: str = SECRET, name: str = "trino.json", method: str = "GET", known: str = ""
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer; no body where there is none."""
        headers = [(b"if-none-match", known.encode())] if known else []
        return self.fetched(f"rules/{name}", secret=secret, method=method, headers=headers)


def of_java(expression: str) -> re.Pattern[str]:
    """An expression of Java's as Python has it."""
    text = re.sub(r"\\x\{([0-9a-f]+)\}", lambda one: re.escape(chr(int(one[1], 16))), expression)
    return re.compile(text.replace(r"\z", r"\Z"))


def rule_for(said: Mapping[str, Any], user: str, table: EngineTable) -> Mapping[str, Any]:
    """The first rule that fits, as Trino looks for it; nothing where none does."""
    asked = {"user": user, "catalog": table.catalog, "schema": table.schema, "table": table.name}
    for one in said["tables"]:
        if all(of_java(one.get(name, "(?s).*")).fullmatch(value) for name, value in asked.items()):
            return one
    return {"privileges": []}


def test_a_file_has_a_version_and_a_tag() -> None:
    reading = Reading(company())
    status, said, told = reading.get()
    assert (status, said["policy_version"] // 10**6, said["is_shortened"]) == (200, 5, False)
    assert told["etag"] == f'"{said["policy_version"]}"'
    assert reading.get(known=told["etag"])[:2] == (304, None)
    assert reading.get(known=f'"1", W/{told["etag"]}')[0] == 304
    assert reading.get(known='"1"')[0] == 200
    # and it is known who has read which version
    report = reading.application.reports._waiting[7, "rules", "10.1.2.3"]
    assert report.version == 5
    # when what holds changes, then so does the file
    reading.held = replace(
        reading.held, index=compile_index(replace(company(), version=6, rules=()))
    )
    changed = reading.get(known=told["etag"])
    assert (changed[0], changed[1]["policy_version"] // 10**6) == (200, 6)
    # and another process says the same
    assert Reading(company()).get()[1] == said


def test_the_first_rule_that_fits_says_what_somebody_may() -> None:
    said = Reading(company()).get()[1]["rules"]
    found = {
        (user, name): rule_for(said, user, EngineTable("memory", "hr", name))
        for user in ("ann", "boss", "stranger")
        for name in ("plan", "pay", "secret", "free", "log", "unlisted")
    }
    whole, all_of_it = ["SELECT", "INSERT", "DELETE", "UPDATE"], ["OWNERSHIP", "GRANT_SELECT"]
    assert {key: one["privileges"] for key, one in found.items() if key[0] == "ann"} == {
        ("ann", "plan"): [], ("ann", "pay"): whole, ("ann", "secret"): [],
        ("ann", "free"): [*whole, *all_of_it], ("ann", "log"): ["SELECT"], ("ann", "unlisted"): [],
    }  # fmt: skip
    assert {key[1]: one["privileges"] for key, one in found.items() if key[0] == "boss"} == {
        "plan": whole, "pay": whole, "secret": whole, "log": whole,
        "free": [*whole, *all_of_it], "unlisted": [*whole, "OWNERSHIP"],
    }  # fmt: skip
    assert not any(one["privileges"] for key, one in found.items() if key[0] == "stranger")
    pay = found["ann", "pay"]
    assert pay["filter"] == "(\"name\" = 'x')"
    (masked,) = [one for one in pay["columns"] if one["name"] == "name"]
    assert masked["mask"].startswith("CAST(")
    assert {"name": "$path", "allow": False} in pay["columns"]
    assert said["impersonation"] == [{"original_user": "boss", "new_user": "(?:ann|boss)"}]
    assert said["functions"][1] == {"user": "boss", "privileges": ["EXECUTE"]}
    assert said["procedures"] == [{"user": "boss", "privileges": ["EXECUTE"]}]


def test_an_exception_takes_somebody_out_until_it_ends() -> None:
    exception = DatedException(
        "1", "permission_policy:plan", NOW - 10, NOW + 60, people=frozenset({1})
    )
    reading = Reading(company(exceptions=(exception,)))
    plan = EngineTable("memory", "hr", "plan")
    _, first, told = reading.get()
    assert "SELECT" in rule_for(first["rules"], "ann", plan)["privileges"]
    reading.at = NOW + 61
    status, later, _ = reading.get(known=told["etag"])
    assert status == 200
    assert rule_for(later["rules"], "ann", plan)["privileges"] == []
    assert later["policy_version"] // 10**6 == first["policy_version"] // 10**6


def test_what_would_be_too_much_is_said_shorter_and_more_strictly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MOST_BYTES", 1_000)
    said = Reading(company()).get()[1]
    assert said["is_shortened"] is True
    for name in ("plan", "pay", "free", "unlisted"):
        table = EngineTable("memory", "hr", name)
        assert rule_for(said["rules"], "ann", table)["privileges"] == []
        assert "SELECT" in rule_for(said["rules"], "boss", table)["privileges"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"secret": "another"}, 403),
        ({"name": "other.json"}, 404),
        ({"method": "POST"}, 405),
    ],
)
def test_what_is_no_reading_is_refused(asked: dict[str, str], status: int) -> None:
    assert Reading(company()).get(**asked)[0] == status


def test_a_gateway_of_another_use_and_a_service_that_is_not_ready_give_no_rules() -> None:
    reading = Reading(company())
    reading.belongs_to(replace(GATEWAY, uses=frozenset({"ask", "ranger"})))
    assert reading.get()[0] == 403
    reading.application._rules._keeper = Away(reading.held)
    assert reading.get()[0] == 503


# --- expressions -----------------------------------------------------------------------------

_NAMES = st.text(st.sampled_from("ab.*+?()[]{}|\\^$ \n'\"-üE\U0001f600"), min_size=1, max_size=6)


@given(_NAMES, _NAMES)
def test_a_name_as_an_expression_means_itself_alone(one: str, other: str) -> None:
    expression = literal(one)
    assert (of_java(expression).fullmatch(other) is not None) == (one == other)
    assert expression.isascii()
    assert expression.strip() == expression
    assert re.fullmatch(r"(?:[A-Za-z0-9_]|\\x\{[0-9a-f]+\})+", expression)


@given(st.sets(_NAMES, max_size=6), st.sets(_NAMES, max_size=6))
def test_people_are_said_by_themselves_or_by_the_others(some: set[str], others: set[str]) -> None:
    everybody = some | others
    said = of_java(people(some, everybody))
    assert {one for one in everybody if said.fullmatch(one)} == some
    assert {one for one in everybody if of_java(one_of(some)).fullmatch(one)} == some
    assert {one for one in everybody if of_java(none_of(some)).fullmatch(one)} == everybody - some
    assert one_of([]) == NOBODY


# --- law: never wider than the engine --------------------------------------------------------


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(worlds(), st.sampled_from([None, "marketing"]), st.sampled_from(INSTANTS))
def test_nothing_is_wider_than_the_engine(world: World, purpose: str | None, at: float) -> None:
    # given any world at any instant, each dataset a table of its own
    world = replace(
        world,
        datasets=tuple(
            replace(one, name=f"pg://w/c.hr.t{one.id}.pay.salary") for one in world.datasets
        ),
    )
    index = compile_index(world, clock=lambda: at)
    tables = {one.id: EngineTable("c", "hr", f"t{one.id}") for one in world.datasets}
    said = TrinoRules(
        index=index, at=at, purpose=purpose, environment="production", tables=tables,
        types=lambda pks: {},
    ).written()  # fmt: skip
    # when anybody uses any column, then it is allowed only where the engine allows it
    for one in index.parts.persons.values():
        for record in world.datasets:
            held = rule_for(said, one.name, tables[record.id])
            columns = {column["name"]: column for column in held.get("columns", ())}
            asked = (one.id, DataAction.READ, record.id)
            about = (purpose, "production", at)
            if "SELECT" in held["privileges"]:
                assert index.see(one.id, record.id, at).allowed
            for column in ("id", "salary", "name", "address", "unlisted"):
                decision = index.decide(*asked, (column,), *about)
                effect = decision.effect_on(column)
                shown = columns.get(column, {})
                if "SELECT" in held["privileges"] and shown.get("allow", True):
                    assert decision.allowed
                    assert not effect.denied
                    assert not effect.min_group
                    assert effect.mask is None or "mask" in shown
                    assert not decision.filters or "filter" in held
                if "INSERT" in held["privileges"]:
                    assert index.decide(one.id, DataAction.WRITE, record.id, None, *about).allowed
    stranger = rule_for(said, "nobody at all", next(iter(tables.values())))
    assert stranger["privileges"] == []

"""Downloads for plugins of Ranger: versions, 304, edges, and what is never said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.permissions.engine import (
    DatedException,
    Exempt,
    Resources,
    Subjects,
    World,
    compile_index,
)
from governance.permissions.gateways import making
from governance.permissions.gateways.ranger.policies import ACCESS, RangerPolicies
from governance.permissions.gateways.ranger.tables import EngineTable, tables_of
from governance.permissions.gateways.registered import GatewayRecord, mapped
from governance.permissions.types import DataAction
from tests.governance.permissions.gateways.asking import NOW, dataset, person, rule
from tests.governance.permissions.gateways.fetching import (
    Away,
    Fetching,
    salaries,
    without_database,
)
from tests.governance.permissions.worlds import INSTANTS, worlds

SECRET = "a-plugin-of-tests"
GATEWAY = GatewayRecord(
    7, "lake", "", "", mapped("trino://lake"), {"crm": mapped("postgres://w/larkfield")},
    frozenset({"dashboards"}), frozenset({"ranger"}),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    without_database(monkeypatch)


class Downloads(Fetching):
    """Asks as a plugin does."""

    def __init__(self, world: World) -> None:
        super().__init__(world, GATEWAY, SECRET)

    def get(self, path: str, secret: str = SECRET, **query: Any) -> tuple[int, Any]:
        """Status and body of an answer; no body where there is none."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self.fetched(f"service/{path}", secret=secret, query=asked)[:2]


def test_the_name_of_a_plugin_is_one_that_can_be_written() -> None:
    # given a plugin that has policies and says it is called what no text of a database holds
    door = Downloads(salaries())
    version = door.get("plugins/policies/download/lake")[1]["policyVersion"]
    # when it asks
    known = {"lastKnownVersion": version, "pluginId": "trino@ho%00st%ED%A0%80-lake"}
    assert door.get("plugins/policies/download/lake", **known) == (304, None)
    # then it is noted by what is left of it, and a version of other digits is none
    (report,) = door.application._ranger.reports._waiting.values()
    assert report.instance == "trino@ho_st___-lake"
    assert door.get("plugins/policies/download/lake", lastKnownVersion="%C2%B2")[0] == 200


def denied(document: Any, user: str) -> set[tuple[str, ...]]:
    """The tables that some policy denies to a user, with the accesses."""
    return {
        (table, *sorted(one["type"] for one in item["accesses"] if one["type"] == "select"))
        for policy in document["policies"]
        for item in policy.get("denyPolicyItems", ())
        if user in item["users"]
        for resources in (policy["resources"], *policy["additionalResources"])
        for table in resources["table"]["values"]
    }


def test_a_document_is_sent_once_and_again_when_it_changes() -> None:
    # given a plugin that asks for the first time
    door = Downloads(salaries())
    status, said = door.get("plugins/policies/download/lake", lastKnownVersion=-1)
    version = said["policyVersion"]
    assert (status, said["serviceName"], said["serviceDef"]["name"]) == (200, "lake", "trino")
    assert version // 10**6 == 5
    # when it asks again, then nothing changed, at every address and with roles and the like
    known = {"lastKnownVersion": version, "pluginId": "trino@host-lake"}
    assert door.get("plugins/policies/download/lake", **known) == (304, None)
    assert door.get("plugins/secure/policies/download/lake", **known) == (304, None)
    assert door.get("roles/download/lake", lastKnownRoleVersion=version) == (304, None)
    assert door.get("gds/download/lake", lastKnownGdsVersion=-1) == (304, None)
    # and it is known which version it has
    assert door.application.reports._waiting[7, "ranger", "trino@host-lake"].version == 5
    # and teams are roles
    roles = door.get("roles/download/lake")[1]
    assert [(one["name"], one["users"]) for one in roles["rangerRoles"]] == [
        ("admins", [{"name": "boss", "isAdmin": False}]),
        ("staff", [{"name": "ann", "isAdmin": False}]),
    ]
    assert door.get("xusers/download/lake")[1]["userGroupMapping"]["ann"] == ["staff"]
    assert door.get("tags/download/lake")[1]["tagVersion"] == version
    # when what holds changes, then it is sent
    door.held = replace(door.held, index=compile_index(replace(salaries(), version=6, rules=())))
    status, said = door.get("plugins/policies/download/lake", **known)
    assert (status, said["policyVersion"] // 10**6) == (200, 6)
    assert denied(said, "ann") == set()


def test_documents_rest_for_some_times_as_long_as_it_took_to_make_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "RESTS", 1e6)
    door = Downloads(salaries())
    version = door.get("plugins/policies/download/lake")[1]["policyVersion"]
    door.held = replace(door.held, index=compile_index(replace(salaries(), version=6)))
    known = {"lastKnownVersion": version}
    assert door.get("plugins/policies/download/lake", **known) == (304, None)


def test_another_process_says_the_same() -> None:
    one, other = (Downloads(salaries()).get("plugins/policies/download/lake")[1] for _ in range(2))
    assert {**one, "policyUpdateTime": 0} == {**other, "policyUpdateTime": 0}


def test_what_is_denied_masked_and_filtered_is_said_of_people() -> None:
    said = Downloads(salaries()).get("plugins/policies/download/lake")[1]
    may = {
        (user, name, column, access): allows(
            said["policies"], user, EngineTable("memory", "hr", name), column, access
        )
        for user in ("ann", "boss", "stranger")
        for name, column in (("plan", "id"), ("pay", "name"), ("pay", "new"), ("secret", "id"),
                             ("free", "id"), ("unlisted", "id"))
        for access in ("select", "show", "insert")
    }  # fmt: skip
    assert {key[1:] for key, answer in may.items() if key[0] == "ann" and answer} == {
        ("plan", "id", "show"),
        ("pay", "name", "select"), ("pay", "name", "show"), ("pay", "name", "insert"),
        ("pay", "new", "show"), ("pay", "new", "insert"),
        ("free", "id", "select"), ("free", "id", "show"), ("free", "id", "insert"),
    }  # fmt: skip
    assert all(answer for key, answer in may.items() if key[0] == "boss")
    assert not any(answer for key, answer in may.items() if key[0] == "stranger")
    filters = [one for one in said["policies"] if one["policyType"] == 2]
    assert [one["rowFilterPolicyItems"][0]["rowFilterInfo"] for one in filters] == [
        {"filterExpr": "(\"name\" = 'x')"}
    ]
    masks = [one for one in said["policies"] if one["policyType"] == 1]
    assert masks[0]["resources"]["column"]["values"] == ["name"]
    assert masks[0]["dataMaskPolicyItems"][0]["users"] == ["ann"]
    assert masks[0]["dataMaskPolicyItems"][0]["dataMaskInfo"]["valueExpr"].endswith("AS {type})")


def test_an_exception_takes_somebody_out_until_it_ends() -> None:
    # given an exception that ends in a minute
    exception = DatedException(
        "1", "permission_policy:plan", NOW - 10, NOW + 60, people=frozenset({1})
    )
    door = Downloads(salaries(exceptions=(exception,)))
    first = door.get("plugins/policies/download/lake")[1]
    assert "plan" not in {one[0] for one in denied(first, "ann")}
    # when the minute is over, then another document is there, of the same state
    door.at = NOW + 61
    status, said = door.get(
        "plugins/policies/download/lake", lastKnownVersion=first["policyVersion"]
    )
    assert status == 200
    assert ("plan", "select") in denied(said, "ann")
    assert said["policyVersion"] // 10**6 == first["policyVersion"] // 10**6


@pytest.mark.parametrize(
    ("path", "secret", "status"),
    [
        ("plugins/policies/download/lake", "another", 403),
        ("plugins/policies/download/other", SECRET, 403),
        ("plugins/policies/download", SECRET, 400),
        ("plugins/policies/lake", SECRET, 400),
        ("plugins/nothing/download/lake", SECRET, 400),
        ("", SECRET, 400),
    ],
)
def test_nothing_makes_a_plugin_drop_its_policies(path: str, secret: str, status: int) -> None:
    # given what is no download, then it is refused by a status at which plugins keep what they have
    found, said = Downloads(salaries()).get(path, secret)
    assert found == status != 404
    assert "RANGER_ERROR" not in str(said)


def test_a_service_that_is_not_ready_answers_503() -> None:
    door = Downloads(salaries())
    door.application._ranger._keeper = Away(door.held)
    status, said = door.get("plugins/policies/download/lake")
    assert (status, said["title"]) == (503, "Not yet.")


def test_a_gateway_of_another_use_gets_no_policies() -> None:
    door = Downloads(salaries())
    door.belongs_to(replace(GATEWAY, uses=frozenset({"ask", "bundle"})))
    assert door.get("plugins/policies/download/lake")[0] == 403


def test_tables_are_found_by_the_names_of_the_engine() -> None:
    index = compile_index(
        World(
            1,
            datasets=(
                dataset(1, "memory.hr.plan"),
                dataset(2, "crm.hr.plan"),  # another catalog has taken that name
                replace(dataset(3, "x"), name="postgres://w/larkfield.hr.pay"),
                replace(dataset(4, "x"), name="postgres://other/larkfield.hr.pay"),
                replace(dataset(5, "x"), name="trino://lake/only.two"),
            ),
        )
    )
    assert tables_of(GATEWAY, index) == {
        1: EngineTable("memory", "hr", "plan"), 3: EngineTable("crm", "hr", "pay"),
    }  # fmt: skip


# --- law: never wider than the engine --------------------------------------------------------


def allows(policies: list[Any], user: str, table: EngineTable, column: str, access: str) -> bool:
    """What Ranger's engine says: some policy allows, and none denies."""
    allowed = False
    for policy in policies:
        if policy["policyType"] != ACCESS:
            continue
        if not any(
            _matches(one, table, column)
            for one in (policy["resources"], *policy["additionalResources"])
        ):
            continue
        for item in policy.get("denyPolicyItems", ()):
            if user in item["users"] and access in {one["type"] for one in item["accesses"]}:
                return False
        for item in policy.get("policyItems", ()):
            allowed |= user in item["users"] and access in {one["type"] for one in item["accesses"]}
    return allowed


def _matches(resource: Any, table: EngineTable, column: str) -> bool:
    if set(resource) != {"catalog", "schema", "table", "column"}:
        return False
    given = {"catalog": table.catalog, "schema": table.schema, "table": table.name,
             "column": column}  # fmt: skip
    return all(
        (given[name] in one["values"] or one["values"] == ["*"]) != one["isExcludes"]
        for name, one in resource.items()
    )


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
    policies = RangerPolicies(
        index=index, at=at, purpose=purpose, environment="production", tables=tables,
        types=lambda pks: {},
    ).written()  # fmt: skip
    # when anybody uses any column, then it is allowed only where the engine allows it
    for one in index.parts.persons.values():
        for record in world.datasets:
            for column in ("id", "salary", "name"):
                asked = (
                    one.id, DataAction.READ, record.id, (column,), purpose, "production", at,
                )  # fmt: skip
                decision = index.decide(*asked)
                effect = decision.effect_on(column)
                table = tables[record.id]
                if allows(policies, one.name, table, column, "select"):
                    assert decision.allowed
                    assert not effect.denied
                    assert not effect.min_group
                if allows(policies, one.name, table, column, "insert"):
                    assert index.decide(
                        one.id, DataAction.WRITE, record.id, (column,), purpose, "production", at
                    ).allowed
                assert (
                    _shown(policies, one.name, table, column, 1)
                    or effect.mask is None
                    or (not allows(policies, one.name, table, column, "select"))
                )
                assert (
                    _shown(policies, one.name, table, column, 2)
                    or not decision.filters
                    or (not allows(policies, one.name, table, column, "select"))
                )


def _shown(policies: list[Any], user: str, table: EngineTable, column: str, kind: int) -> bool:
    """Whether a mask (1) or a filter (2) holds for somebody, and only one."""
    name = {1: "dataMaskPolicyItems", 2: "rowFilterPolicyItems"}[kind]
    found = 0
    for policy in policies:
        if policy["policyType"] != kind:
            continue
        resource = {"column": {"values": ["*"], "isExcludes": False}, **policy["resources"]}
        if _matches(resource, table, column):
            found += sum(user in item["users"] for item in policy[name])
    assert found <= 1
    return found == 1


def test_an_opt_out_of_nobody_is_no_policy() -> None:
    world = World(
        1, (person(1, "ann", "admins"),), (dataset(1, "memory.hr.plan"),),
        (replace(rule("plan", "hr.plan"), subjects=Subjects(
            everybody=True, exempt=Exempt(groups=frozenset({"admins"}))),
            resources=Resources(names=("hr.plan",))),),
    )  # fmt: skip
    said = Downloads(world).get("plugins/policies/download/lake")[1]
    assert not any("denyPolicyItems" in one for one in said["policies"])

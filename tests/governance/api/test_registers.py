"""Flows, duties, seats and committees: REST and GraphQL say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Person
from catalog.types import TeamKind
from governance.models import (
    Accountability,
    Committee,
    Flow,
    Seat,
)
from tests.factories import (
    AdministratorFactory,
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.api.conftest import cost_of, everything
from tests.governance.proposals.world import World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"


def flow_of(owner: Person, **more: Any) -> Flow:
    return Flow.objects.create(
        source=SystemFactory(), target=SystemFactory(), entity="lead", method="export",
        cadence="daily", owner=owner, **more,
    )  # fmt: skip


def test_a_flow_is_registered_changed_and_removed_over_rest(world: World, rest: Rest) -> None:
    client, team = rest("Hugo"), TeamFactory(name="Pipelines")
    crm, warehouse = SystemFactory(), SystemFactory()
    stated = {"entity": "lead", "method": "export", "cadence": "daily"}
    owner = {"username": world.colleague.username}

    made = client.post(
        f"{ROOT}/council/flows/",
        {**stated, **owner, "source": crm.pk, "target": warehouse.pk, "owner_team": team.pk},
        format="json",
    )

    assert made.status_code == 201
    one = f"{ROOT}/council/flows/{made.json()['id']}/"
    assert client.get(one).json() == {
        **stated, "id": made.json()["id"], "source": crm.qualified_name,
        "target": warehouse.qualified_name, "owner": world.colleague.username,
        "owner_team": "Pipelines", "note": "",
    }  # fmt: skip
    changed = client.put(one, {**stated, **owner, "cadence": "hourly"}, format="json").json()
    assert (changed["cadence"], changed["owner_team"]) == ("hourly", None)
    other = SystemFactory().pk
    assert len(client.get(f"{ROOT}/council/flows/?system={crm.pk}").json()["results"]) == 1
    assert client.get(f"{ROOT}/council/flows/?system={other}").json()["results"] == []
    assert client.get(f"{ROOT}/council/flows/?q=invoice").json()["results"] == []
    assert client.delete(one).json()["field"] == "reason"
    assert client.delete(f"{one}?reason=Gone").status_code == 204
    assert not Flow.objects.exists()


def test_a_flow_is_registered_changed_and_removed_over_graphql(world: World, graphql: Ask) -> None:
    crm, warehouse = SystemFactory(), SystemFactory()
    shown = "id cadence source { qualifiedName } owner { username } ownerTeam { name }"
    stated = f'entity: "lead", method: "export", username: "{world.colleague.username}"'

    made = graphql(
        "Hugo",
        f"mutation R($s: ID!, $t: ID!) {{ registerFlow(source: $s, target: $t, {stated},"
        f' cadence: "daily") {{ flow {{ {shown} }} }} }}',
        s=crm.pk, t=warehouse.pk,
    )["data"]["registerFlow"]["flow"]  # fmt: skip

    pk = made.pop("id")
    assert made == {
        "cadence": "daily", "source": {"qualifiedName": crm.qualified_name},
        "owner": {"username": world.colleague.username}, "ownerTeam": None,
    }  # fmt: skip
    changed = graphql(
        world.colleague,
        f"mutation C($id: ID!) {{ changeFlow(flow: $id, {stated}, cadence: \"hourly\")"
        " { flow { cadence } } }",
        id=pk,
    )  # fmt: skip
    assert changed["data"]["changeFlow"] == {"flow": {"cadence": "hourly"}}
    found = graphql(
        "Peta",
        "query F($id: ID!, $s: ID!) { flow(id: $id) { entity } flows(system: $s) { totalCount }"
        ' other: flows(query: "invoice") { totalCount } }',
        id=pk, s=crm.pk,
    )["data"]  # fmt: skip
    assert (found["flow"]["entity"], found["flows"]["totalCount"]) == ("lead", 1)
    assert found["other"]["totalCount"] == 0
    removed = graphql(
        "Hugo", 'mutation D($id: ID!) { removeFlow(flow: $id, reason: "Gone") { flow { id } } }',
        id=pk,
    )  # fmt: skip
    assert removed["data"]["removeFlow"] == {"flow": None}
    assert not Flow.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"username": ""}, "username"), ({"source": 0}, "source"), ({"owner_team": 0}, "owner_team")],
    ids=["nobody", "no system", "no team"],
)
def test_a_refused_flow_names_the_field_that_was_sent(
    world: World, rest: Rest, graphql: Ask, wrong: dict[str, Any], field: str
) -> None:
    given = {
        "entity": "lead", "method": "export", "cadence": "daily", "source": SystemFactory().pk,
        "target": SystemFactory().pk, "username": world.colleague.username,
    } | wrong  # fmt: skip
    client = rest("Hugo")
    graphql("Hugo", "{ policyEpoch }")  # which makes the token
    before = everything()

    by_rest = client.post(f"{ROOT}/council/flows/", given, format="json")
    words = {"source", "target", "username", "owner_team"}
    texts = "".join(f", {key}: {json.dumps(given[key])}" for key in given if key not in words)
    team = f", ownerTeam: {given['owner_team']}" if "owner_team" in given else ""
    by_graphql = graphql(
        "Hugo",
        f"mutation {{ registerFlow(source: {given['source']}, target: {given['target']},"
        f" username: {json.dumps(given['username'])}{texts}{team}) {{ flow {{ id }} }} }}",
    )["errors"][0]

    assert by_rest.status_code == 400
    assert field in (by_rest.json().get("field"), *by_rest.json().get("fields", ()))
    assert by_graphql["extensions"] == {"code": "invalid_input", "field": field}
    assert everything() == before


def test_flows_cost_as_many_queries_for_many_as_for_few(
    world: World, rest: Rest, graphql: Ask
) -> None:
    client = rest("Peta")
    question = """{ flows { edges { node { source { qualifiedName } target { qualifiedName }
        owner { username } ownerTeam { name } } } } }"""
    graphql("Peta", "{ policyEpoch }")  # which makes the token
    flow_of(PersonFactory(), owner_team=TeamFactory())

    def cost() -> tuple[int, int]:
        return (
            cost_of(lambda: client.get(f"{ROOT}/council/flows/")),
            cost_of(lambda: graphql("Peta", question)),
        )

    cost()  # the first use of a token is written down
    few = cost()
    for _ in range(20):
        flow_of(PersonFactory(), owner_team=TeamFactory())

    assert cost() == few
    assert len(client.get(f"{ROOT}/council/flows/").json()["results"]) == 21


def test_duties_are_stated_and_withdrawn_and_fill_the_matrix(
    world: World, rest: Rest, graphql: Ask
) -> None:
    ownership = OwnershipFactory()
    team = TeamFactory(name="Platform", kind=TeamKind.OPERATIONS)
    steward, name = rest(ownership.person), ownership.dataset.qualified_name
    address = f"{ROOT}/council/accountability/"

    made = steward.post(
        address, {"dataset": ownership.dataset_id, "team": team.pk, "duty": "Backups"},
        format="json",
    )  # fmt: skip

    duty = {"id": made.json()["id"], "team": "Platform", "text": "Backups"}
    assert (made.status_code, made.json()) == (201, duty)
    [row] = steward.get(f"{address}?q={ownership.dataset.name}").json()["results"]
    assert (row["dataset"], row["name"]) == (ownership.dataset_id, name)
    assert {one["group"]: one["duties"] for one in row["groups"]} == {
        "development": [], "operations": [duty], "security_governance": [], "data_science": [],
        "data_engineering": [],
    }  # fmt: skip
    assert row["gaps"] == ["development", "security_governance", "data_science",
                           "data_engineering"]  # fmt: skip
    asked = graphql(
        "Peta",
        "query A($id: ID!) { dataset(id: $id) { accountability { group duties { team text } } } }",
        id=ownership.dataset_id,
    )["data"]["dataset"]["accountability"]
    assert asked[1] == {
        "group": "operations", "duties": [{"team": "Platform", "text": "Backups"}],
    }  # fmt: skip
    refused = graphql(
        "Peta", "mutation W($id: ID!) { withdrawDuty(duty: $id) { duty { id } } }", id=duty["id"]
    )["errors"][0]
    assert refused["extensions"]["code"] == "not_steward"
    assert steward.delete(f"{address}{duty['id']}/").status_code == 204
    assert not Accountability.objects.exists()


def test_the_matrix_is_paged_and_costs_the_same_for_many_datasets(
    world: World, rest: Rest, graphql: Ask
) -> None:
    client, address = rest("Peta"), f"{ROOT}/council/accountability/"
    question = """{ datasets(first: 100) { edges { node { accountability {
        group duties { team } } } } } }"""
    graphql("Peta", "{ policyEpoch }")  # which makes the token

    def filled(count: int) -> None:
        for _ in range(count):
            team = TeamFactory(kind=TeamKind.DATA_SCIENCE)
            Accountability.objects.create(dataset=DatasetFactory(), team=team, duty="Models")

    def cost() -> tuple[int, int]:
        return (
            cost_of(lambda: client.get(address)),
            cost_of(lambda: graphql("Peta", question)),
        )

    filled(1)
    cost()  # the first use of a token is written down
    few = cost()
    filled(20)

    assert cost() == few
    first = client.get(f"{address}?page_size=20").json()
    assert len(first["results"]) == 20
    assert len(client.get(first["next"]).json()["results"]) == 4  # three are the world's


def test_bodies_are_made_and_changed_by_both(world: World, rest: Rest, graphql: Ask) -> None:
    chair = rest("Inés")
    made = chair.post(
        f"{ROOT}/council/committees/",
        {"name": "Operations", "purpose": "Flows.", "kinds": ["infrastructure"]},
        format="json",
    )
    assert (made.status_code, made.json()["slug"]) == (201, "operations")
    seat = chair.post(
        f"{ROOT}/council/seats/",
        {"name": "Flow keeper", "kind": "hub", "committee": "operations", "is_chair": True},
        format="json",
    )
    assert (seat.status_code, seat.json()["slug"], seat.json()["sitter"]) == (
        201, "flow-keeper", None,
    )  # fmt: skip
    assert Seat.objects.get(slug="flow-keeper").committee == Committee.objects.get()
    assert chair.get(f"{ROOT}/council/committees/operations/").json()["seat_count"] == 1
    changed = graphql(
        "Inés",
        """mutation { changeSeat(seat: "flow-keeper", isVoting: false) { seat { isVoting isChair } }
        changeCommittee(committee: "operations", purpose: "Nightly flows.") {
            committee { purpose kinds seatCount } } }""",
    )["data"]
    assert changed["changeSeat"]["seat"] == {"isVoting": False, "isChair": True}
    assert changed["changeCommittee"]["committee"] == {
        "purpose": "Nightly flows.", "kinds": ["infrastructure"], "seatCount": 1,
    }  # fmt: skip
    patched = chair.patch(
        f"{ROOT}/council/seats/flow-keeper/", {"veto_classes": ["security"]}, format="json"
    )
    assert patched.json()["veto_classes"] == ["security"]
    unknown = chair.patch(
        f"{ROOT}/council/seats/flow-keeper/", {"domains": ["nowhere"]}, format="json"
    )
    assert (unknown.status_code, unknown.json()["field"]) == (400, "domains")
    closed = chair.delete(f"{ROOT}/council/seats/flow-keeper/?reason=Gone")
    assert closed.status_code == 200
    assert Seat.objects.get(slug="flow-keeper").closed_at is not None
    shown = graphql(
        "Peta",
        '{ committees { edges { node { slug } } } committee(slug: "operations") { name }'
        ' seat(slug: "bu-analyst") { sitter }'
        ' memberships(seat: "bu-analyst") { edges { node { person { username } } } } }',
    )["data"]
    peta = world.council.people["Peta"].username
    assert shown["committees"]["edges"] == [{"node": {"slug": "operations"}}]
    assert (shown["committee"]["name"], shown["seat"]["sitter"]) == ("Operations", peta)
    assert shown["memberships"]["edges"] == [{"node": {"person": {"username": peta}}}]


def test_whoever_administers_keeps_the_council_too(world: World, graphql: Ask) -> None:
    made = graphql(
        AdministratorFactory(),
        'mutation { createSeat(name: "Guest", kind: "spoke", isVoting: false, domains: [])'
        " { seat { slug isVoting domains } } }",
    )["data"]["createSeat"]["seat"]

    assert made == {"slug": "guest", "isVoting": False, "domains": []}

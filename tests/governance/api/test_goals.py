"""Goals over REST and GraphQL: both say the same, with the same refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Team, TeamMembership
from catalog.types import DatasetKind
from governance.culture.services.goals import create_goal
from governance.culture.types import GoalDraft, GoalMeasure
from governance.models import Goal
from tests.factories import DatasetFactory, TeamFactory, administrator
from tests.governance.api.conftest import cost_of, everything
from tests.governance.proposals.world import MONDAY, World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
GOALS = "/api/v1/goals/"
DUE = "2026-12-31"


def team_of(world: World) -> Team:
    team = TeamFactory(name="Sales operations")
    TeamMembership.objects.create(team=team, person=world.council.people["Hugo"])
    return team


def stated(team: Team) -> dict[str, Any]:
    metric = DatasetFactory(kind=DatasetKind.METRIC)
    return {
        "text": "Every lead is answered within a day", "metric": "Leads without an answer",
        "measure": "metric", "dataset": metric.pk, "team": team.pk, "levers": "A rota.",
        "baseline": 40, "target": 0, "unit": "leads", "due": DUE,
    }  # fmt: skip


def literal(given: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {json.dumps(value)}" for name, value in given.items())


def test_a_goal_is_set_measured_changed_and_withdrawn_over_rest(world: World, rest: Rest) -> None:
    client, team = rest("Hugo"), team_of(world)

    made = client.post(GOALS, stated(team), format="json")

    assert made.status_code == 201, made.json()
    one = f"{GOALS}{made.json()['id']}/"
    assert made.json()["standing"] == {
        "state": "no_data", "value": None, "measured_at": None, "share": None, "expected": 0.0,
        "days_left": made.json()["standing"]["days_left"],
    }  # fmt: skip
    recorded = client.post(f"{one}measurements/", {"value": 10, "note": "Query"}, format="json")
    assert (recorded.status_code, recorded.json()["source"]) == (201, "recorded")
    found = client.get(f"{GOALS}?team={team.pk}&state=on_track&q=LEAD").json()["results"]
    assert [(goal["standing"]["value"], goal["standing"]["share"]) for goal in found] == [
        (10.0, 0.75)
    ]
    values = client.get(f"{one}measurements/").json()["results"]
    assert [(value["value"], value["note"]) for value in values] == [(10.0, "Query")]
    again = {"text": "Leads are answered", "levers": "A rota.", "target": 5, "due": DUE}
    changed = client.put(one, {**again, "reason": "Weekends"}, format="json").json()
    assert (changed["text"], changed["target"]) == ("Leads are answered", 5.0)
    assert client.delete(one).json()["field"] == "reason"
    assert client.delete(f"{one}?reason=Gone").status_code == 204
    assert client.get(GOALS).json()["results"] == []
    assert client.get(one).json()["withdrawn_reason"] == "Gone"


def test_a_goal_is_set_measured_changed_and_withdrawn_over_graphql(
    world: World, graphql: Ask
) -> None:
    team = team_of(world)
    given = {**stated(team), "dataset": str(stated(team)["dataset"]), "team": str(team.pk)}
    shown = "goal { id text measuredBy standing { state value } team { name } }"

    made = graphql("Hugo", f"mutation {{ setGoal({literal(given)}) {{ {shown} }} }}")

    goal = made["data"]["setGoal"]["goal"]
    pk = goal.pop("id")
    assert goal["standing"] == {"state": "no_data", "value": None}
    assert goal["team"] == {"name": "Sales operations"}
    measured = graphql(
        "Hugo", f"mutation {{ recordGoalMeasurement(goal: {pk}, value: 10) {{ {shown} }} }}"
    )["data"]["recordGoalMeasurement"]["goal"]
    assert measured["standing"] == {"state": "on_track", "value": 10.0}
    again = {"text": "Leads", "levers": "A rota.", "target": 5, "due": DUE, "reason": "So"}
    changed = graphql(
        "Hugo", f"mutation {{ changeGoal(goal: {pk}, {literal(again)}) {{ {shown} }} }}"
    )
    assert changed["data"]["changeGoal"]["goal"]["text"] == "Leads"
    found = graphql(
        "Peta",
        f'{{ goals(state: "on_track", team: {team.pk}) {{ totalCount edges {{ node {{ text'
        " measurements { value recordedBy { username } } team { goals { target } } } } }"
        f" goal(id: {pk}) {{ target }} }}",
    )["data"]
    assert found["goals"]["totalCount"] == 1
    node = found["goals"]["edges"][0]["node"]
    hugo = world.council.people["Hugo"].username
    assert node["measurements"] == [{"value": 10.0, "recordedBy": {"username": hugo}}]
    assert (node["team"]["goals"], found["goal"]) == ([{"target": 5.0}], {"target": 5.0})
    gone = graphql("Hugo", f'mutation {{ withdrawGoal(goal: {pk}, reason: "Gone") {{ {shown} }} }}')
    assert gone["data"]["withdrawGoal"]["goal"]["id"] == pk
    assert Goal.objects.get().withdrawn_reason == "Gone"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"metric": ""}, "metric"), ({"measure": "mood"}, "measure"), ({"levers": ""}, "levers"),
     ({"target": 40}, "target"), ({"due": "2020-01-01"}, "due")],
    ids=["specific", "measurable", "actionable", "results-based", "time-bound"],
)  # fmt: skip
def test_each_of_the_five_parts_is_asked_for_at_every_door(
    world: World, rest: Rest, graphql: Ask, wrong: dict[str, Any], field: str
) -> None:
    given = stated(team_of(world)) | wrong
    client = rest("Hugo")
    graphql("Hugo", "{ policyEpoch }")  # which makes the token
    before = everything()

    by_rest = client.post(GOALS, given, format="json")
    ids = {name: str(given[name]) for name in ("dataset", "team")}
    by_graphql = graphql(
        "Hugo", f"mutation {{ setGoal({literal(given | ids)}) {{ goal {{ id }} }} }}"
    )["errors"][0]

    assert (by_rest.status_code, by_rest.json()["field"]) == (400, field)
    assert by_graphql["extensions"] == {"code": "invalid_input", "field": field}
    assert by_graphql["message"] == by_rest.json()["detail"]
    assert everything() == before


def test_strangers_to_the_team_are_refused_at_every_door(
    world: World, rest: Rest, graphql: Ask
) -> None:
    given = stated(team_of(world))

    by_rest = rest("Peta").post(GOALS, given, format="json")
    ids = {name: str(given[name]) for name in ("dataset", "team")}
    by_graphql = graphql(
        "Peta", f"mutation {{ setGoal({literal(given | ids)}) {{ goal {{ id }} }} }}"
    )["errors"][0]

    assert (by_rest.status_code, by_rest.json()["code"]) == (403, "not_member")
    assert by_graphql["extensions"]["code"] == "not_member"
    assert not Goal.objects.exists()


def test_goals_cost_as_many_queries_for_many_as_for_few(
    world: World, rest: Rest, graphql: Ask
) -> None:
    client = rest("Peta")
    question = """{ goals { edges { node { text measuredBy standing { state } team { name }
        dataset { qualifiedName } measurements { value } } } } }"""
    graphql("Peta", question)

    def cost() -> tuple[int, int]:
        return cost_of(lambda: client.get(GOALS)), cost_of(lambda: graphql("Peta", question))

    def add(count: int) -> None:
        for _ in range(count):
            given = stated(TeamFactory())
            create_goal(
                acting=administrator(),
                draft=GoalDraft(
                    text=given["text"], metric=given["metric"], measure=GoalMeasure.METRIC,
                    dataset_id=given["dataset"], team_id=given["team"], levers="A rota.",
                    baseline=40, target=0, due=MONDAY.date().replace(year=MONDAY.year + 1),
                ),
            )  # fmt: skip

    add(2)
    cost()  # the first use of a token is written down, and new datasets are taken in
    few = cost()
    add(5)
    cost()

    assert cost() == few
    assert len(client.get(GOALS).json()["results"]) == 7

"""Goals of teams (R-023): five parts or none, and data that says where they stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import ProgrammingError, transaction

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Event, ExampleQuery, KnownProblem, Person, Profile, Team, TeamMembership
from catalog.selectors.principals import principal_of
from catalog.types import DatasetKind, EmploymentKind, Principal, TestStatus
from governance.culture.progress import Line, state_of
from governance.culture.selectors.goals import counted, get_goal, goals, measurements, standing
from governance.culture.services.goals import (
    change_goal,
    create_goal,
    measure_goals,
    record_measurement,
    withdraw_goal,
)
from governance.culture.types import GoalDraft, GoalMeasure, GoalState
from governance.models import Goal, GoalMeasurement, OpennessMeasure
from tests.factories import (
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
    administrator,
    principal,
)

NOW = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(db: None) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def team_with_member() -> tuple[Team, Person]:
    team, person = TeamFactory(name="Billing"), PersonFactory()
    TeamMembership.objects.create(team=team, person=person)
    return team, person


def draft(team: Team, **changed: Any) -> GoalDraft:
    metric = DatasetFactory(kind=DatasetKind.METRIC)
    whole = GoalDraft(
        text="Invoices are matched within a week",
        metric="Invoices older than a week and not matched",
        measure=GoalMeasure.METRIC,
        dataset_id=metric.pk,
        team_id=team.pk,
        levers="Match twice a day.",
        baseline=100,
        target=0,
        unit="invoices",
        due=(NOW + 100 * DAY).date(),
    )
    return replace(whole, **changed)


def test_a_whole_goal_is_set_by_a_member_and_told() -> None:
    team, person = team_with_member()

    goal = create_goal(acting=principal_of(person), draft=draft(team))

    assert (goal.team, goal.starts_on, goal.created_by) == (team, NOW.date(), person)
    told = Event.objects.get(subject_type="goal")
    assert (told.payload["what"], told.actor_id) == ("set", person.pk)
    assert goal.history.count() == 1  # type: ignore[attr-defined]
    assert standing(get_goal(principal(), goal.pk)).state is GoalState.NO_DATA


@pytest.mark.parametrize(
    ("missing", "field", "fix"),
    [
        ({"text": " "}, "text", "Write what the team wants to reach first"),
        ({"metric": ""}, "metric", "Write what is measured first"),
        ({"measure": ""}, "measure", "Bind the goal to what measures it"),
        ({"dataset_id": None}, "dataset", "Choose the metric of the catalog"),
        ({"measure": "query"}, "query", "Choose the example query"),
        ({"measure": "figure"}, "figure", "Choose a figure: rows, bytes"),
        ({"measure": "figure", "figure": "rows", "dataset_id": None}, "dataset", "the figure is"),
        ({"team_id": None}, "team", "Choose the team that owns the goal"),
        ({"levers": ""}, "levers", "what the team can do about it"),
        ({"baseline": None}, "baseline", "Say where the team stands today"),
        ({"target": None}, "target", "Say what the team wants to reach"),
        ({"target": 100}, "target", "stands already: aim at another value"),
        ({"target": float("nan")}, "target", "Say what the team wants to reach"),
        ({"due": None}, "due", "Say by which day"),
        ({"due": NOW.date()}, "due", "choose a later one"),
        ({"due": NOW.date() + 4000 * DAY}, "due", "choose an earlier one"),
    ],
    ids=["S text", "S metric", "M nothing", "M metric", "M query", "M figure", "M dataset",
         "A team", "A levers", "R baseline", "R target", "R same", "R no number", "T day", "T past",
         "T far"],
)  # fmt: skip
def test_a_goal_that_misses_a_part_is_refused_with_the_fix(
    missing: dict[str, Any], field: str, fix: str
) -> None:
    team, person = team_with_member()

    with pytest.raises(InvalidInput, match=fix) as refused:
        create_goal(acting=principal_of(person), draft=draft(team, **missing))

    assert refused.value.field == field
    assert (Goal.objects.count(), Event.objects.count()) == (0, 0)


def test_only_the_team_the_chair_and_administrators_set_goals() -> None:
    team, _ = team_with_member()

    with pytest.raises(AccessRefused, match="Only members of Billing"):
        create_goal(acting=principal(), draft=draft(team))
    assert Goal.objects.count() == 0
    create_goal(acting=administrator(), draft=draft(team))
    assert Goal.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "value", "measured", "state"),
    [
        (0, None, None, GoalState.NO_DATA),
        (50, 50.0, 50, GoalState.ON_TRACK),
        (50, 60.0, 50, GoalState.ON_TRACK),
        (50, 60.1, 50, GoalState.BEHIND),
        (50, 120.0, 50, GoalState.BEHIND),
        (50, 0.0, 10, GoalState.REACHED),
        (99, -5.0, 99, GoalState.REACHED),
        (101, 1.0, 101, GoalState.OVERDUE),
        (101, None, None, GoalState.OVERDUE),
        (101, 0.0, 101, GoalState.REACHED),
    ],
)
def test_the_state_follows_a_straight_line_and_less_can_be_better(
    day: int, value: float | None, measured: int | None, state: GoalState
) -> None:
    start = dt.date(2026, 1, 1)
    line = Line(100, 0, start, start + 100 * DAY)

    found = state_of(
        line, start + day * DAY, value, None if measured is None else start + measured * DAY
    )

    assert found is state


def test_an_old_measurement_is_none() -> None:
    start = dt.date(2026, 1, 1)
    line = Line(0, 10, start, start + 400 * DAY)

    assert state_of(line, start + 100 * DAY, 5, start) is GoalState.ON_TRACK
    assert state_of(line, start + 101 * DAY, 5, start) is GoalState.NO_DATA


def test_a_recorded_value_moves_the_goal(clock: Any) -> None:
    team, person = team_with_member()
    acting = principal_of(person)
    goal = create_goal(acting=acting, draft=draft(team))
    clock.move_to(NOW + 50 * DAY)

    record_measurement(acting=acting, goal_id=goal.pk, value=80, note="By hand")
    assert standing(get_goal(acting, goal.pk)).state is GoalState.BEHIND
    clock.move_to(NOW + 51 * DAY)
    record_measurement(acting=acting, goal_id=goal.pk, value=40)

    now = standing(get_goal(acting, goal.pk))
    assert (now.state, now.value, now.days_left) == (GoalState.ON_TRACK, 40, 49)
    assert (now.share, now.expected) == (0.6, 0.51)
    assert [one.value for one in measurements(acting, goal.pk)] == [40, 80]
    for wrong, error, field in (
        ({"value": 1}, Conflict, "measured_at"),
        ({"value": None, "measured_at": NOW}, InvalidInput, "value"),
        ({"value": 1, "measured_at": NOW + 60 * DAY}, InvalidInput, "measured_at"),
    ):
        with pytest.raises(error) as refused:
            record_measurement(acting=acting, goal_id=goal.pk, **wrong)  # type: ignore[arg-type]
        assert refused.value.field == field
    with pytest.raises(AccessRefused):
        record_measurement(acting=principal(), goal_id=goal.pk, value=0)
    assert goal.measurements.count() == 2


def test_a_program_that_imports_records_values() -> None:
    team, person = team_with_member()
    goal = create_goal(acting=principal_of(person), draft=draft(team))
    program = principal_of(PersonFactory(employment_kind=EmploymentKind.SERVICE))

    record_measurement(acting=program, goal_id=goal.pk, value=0)

    assert standing(get_goal(principal(), goal.pk)).state is GoalState.REACHED


def test_measurements_stay_as_they_were() -> None:
    team, person = team_with_member()
    goal = create_goal(acting=principal_of(person), draft=draft(team))
    record_measurement(acting=principal_of(person), goal_id=goal.pk, value=5)

    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        GoalMeasurement.objects.update(value=0)
    assert GoalMeasurement.objects.get().value == 5


def test_a_figure_is_measured_again_on_new_data(clock: Any) -> None:
    team, person = team_with_member()
    dataset = DatasetFactory()
    Profile.objects.create(dataset=dataset, taken_at=NOW - DAY, rows=100)
    stated = {
        "measure": "figure", "figure": "rows", "dataset_id": dataset.pk, "baseline": 100,
        "target": 200, "unit": "",
    }  # fmt: skip
    goal = create_goal(acting=principal_of(person), draft=draft(team, **stated))

    assert (goal.unit, standing(get_goal(principal(), goal.pk)).value) == ("rows", 100)
    assert measure_goals() == 0
    clock.move_to(NOW + 10 * DAY)
    Profile.objects.create(dataset=dataset, taken_at=NOW + 9 * DAY, rows=210)
    assert measure_goals() == 1

    now = standing(get_goal(principal(), goal.pk))
    assert (now.state, now.value, now.measured_at) == (GoalState.REACHED, 210, NOW + 9 * DAY)
    with pytest.raises(Conflict, match="Concord computes this figure"):
        record_measurement(acting=principal_of(person), goal_id=goal.pk, value=1)


@pytest.mark.parametrize(
    ("figure", "value"),
    [("openness", 75.0), ("described", 50.0), ("failed_tests", 1.0), ("open_questions", 1.0),
     ("open_problems", 2.0)],
)  # fmt: skip
def test_what_concord_computes_for_a_team(figure: str, value: float) -> None:
    team, person = team_with_member()
    told, bare = DatasetFactory(declared_description="Orders."), DatasetFactory()
    elsewhere = DatasetFactory()
    for dataset in (told, bare):
        OwnershipFactory(dataset=dataset, person=None, team=team)
        OwnershipFactory(dataset=dataset, person=None, team=team, kind="steward")
        KnownProblem.objects.create(dataset=dataset, author=person, text="Gaps")
    for dataset in (told, elsewhere):
        dataset.test_results.create(
            name="t", status=TestStatus.FAILED, severity="error", executed_at=NOW
        )
        dataset.questions.create(author=person, text="Why?")
    OpennessMeasure.objects.create(
        day=NOW.date(), measured_at=NOW, people=2, datasets=2, columns=0, pairs=4, open_pairs=3,
        denied_pairs=1, column_pairs=0, open_column_pairs=0, reasons=[],
    )  # fmt: skip
    stated = {"measure": "figure", "figure": figure, "baseline": 1000}

    goal = create_goal(acting=principal_of(person), draft=draft(team, **stated))

    assert standing(get_goal(principal(), goal.pk)).value == value


def test_a_goal_is_changed_and_withdrawn_with_a_reason() -> None:
    team, person = team_with_member()
    acting = principal_of(person)
    goal = create_goal(acting=acting, draft=draft(team))
    stated = {"text": goal.text, "levers": "Thrice a day.", "target": 10.0, "due": goal.due}

    with pytest.raises(InvalidInput, match="why the goal changes"):
        change_goal(acting=acting, goal_id=goal.pk, reason="", **stated)
    with pytest.raises(AccessRefused):
        change_goal(acting=principal(), goal_id=goal.pk, reason="So", **stated)
    assert Goal.objects.get().target == 0
    change_goal(acting=acting, goal_id=goal.pk, reason="Zero is not to be had.", **stated)

    assert (Goal.objects.get().target, Goal.objects.get().levers) == (10, "Thrice a day.")
    told = Event.objects.filter(subject_type="goal").latest("pk").payload["detail"]
    assert told == "to 0 by 10 December 2026, now to 10 by 10 December 2026: Zero is not to be had."
    withdraw_goal(acting=acting, goal_id=goal.pk, reason="Another team does it.")
    assert list(goals(acting)) == []
    assert get_goal(acting, goal.pk).withdrawn_reason == "Another team does it."
    with pytest.raises(Conflict, match="was withdrawn"):
        record_measurement(acting=acting, goal_id=goal.pk, value=1)


def test_a_query_measures_until_it_is_deleted() -> None:
    team, person = team_with_member()
    query = ExampleQuery.objects.create(
        dataset=DatasetFactory(), author=person, question="How many?", sql="SELECT 1"
    )
    stated = {"measure": "query", "query_id": query.pk, "dataset_id": None}
    goal = create_goal(acting=principal_of(person), draft=draft(team, **stated))

    query.delete()

    assert Goal.objects.get().query is None
    assert standing(get_goal(principal(), goal.pk)).state is GoalState.NO_DATA


def test_goals_are_found_by_team_state_and_words_and_counted() -> None:
    team, person = team_with_member()
    acting = principal_of(person)
    first = create_goal(acting=acting, draft=draft(team))
    other = create_goal(
        acting=administrator(), draft=draft(TeamFactory(), text="Calls are answered", metric="x")
    )
    record_measurement(acting=acting, goal_id=first.pk, value=0)

    assert list(goals(acting, team_id=team.pk)) == [first]
    assert list(goals(acting, state="reached")) == [first]
    assert list(goals(acting, query="CALLS")) == [other]
    assert counted(goals(acting)) == {GoalState.REACHED: 1, GoalState.NO_DATA: 1}
    assert list(goals(Principal.anonymous())) == []
    with pytest.raises(NotFound):
        get_goal(Principal.anonymous(), first.pk)
    with pytest.raises(InvalidInput, match="A state is one of on_track"):
        goals(acting, state="fine")

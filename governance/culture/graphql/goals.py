"""Goals in GraphQL (R-023)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql import loaders
from catalog.graphql.arguments import number
from catalog.graphql.extension import extend
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import plan, principal_of, relation
from catalog.graphql.types import DatasetType, TeamType
from catalog.selectors import directory
from catalog.selectors.datasets import visible_datasets
from governance.culture.models import Goal, GoalMeasurement
from governance.culture.selectors.goals import (
    all_measurements,
    get_goal,
    goals,
    measured_by,
    standing,
)
from governance.culture.selectors.scorecard import Scorecard, scorecard
from governance.culture.services.goals import (
    change_goal,
    create_goal,
    record_measurement,
    withdraw_goal,
)
from governance.culture.types import GoalDraft, GoalState
from governance.proposals.graphql.types import person_at

TEXT = graphene.String(required=True)
LATER = graphene.String(required=True, default_value="")


class GoalMeasurementType(DjangoObjectType):
    """One value of a goal's measure."""

    class Meta:
        model = GoalMeasurement
        name = "GoalMeasurement"
        convert_choices_to_enum = False
        fields = ["id", "measured_at", "value", "source", "note"]

    recorded_by = person_at("recorded_by_id", "Who recorded it; null where Concord computed it.")


class StandingType(graphene.ObjectType):
    """Where a goal stands: `share` of the way by the newest measurement, `expected` by today."""

    class Meta:
        name = "GoalStanding"

    state = TEXT
    value = graphene.Float()
    measured_at = graphene.DateTime()
    share = graphene.Float()
    expected = graphene.Float(required=True)
    days_left = graphene.Int(required=True)


class GoalType(DjangoObjectType):
    """What a team wants to reach, by which day, and how far it is."""

    class Meta:
        model = Goal
        name = "Goal"
        convert_choices_to_enum = False
        fields = [
            "id", "text", "metric", "measure", "figure", "levers", "baseline", "target", "unit",
            "starts_on", "due", "withdrawn_at", "withdrawn_reason",
        ]  # fmt: skip

    measured_by = graphene.String(required=True, description="What measures it, in words.")
    standing = graphene.Field(graphene.NonNull(StandingType), description="As of today.")
    team = relation(
        TeamType, loaders.one(directory.teams, "team_id"), many=False, description="Whose it is."
    )
    dataset = relation(
        DatasetType, loaders.one(visible_datasets, "dataset_id"), many=False,
        description="The metric, or what the query or figure is about.",
    )  # fmt: skip
    measurements = relation(
        GoalMeasurementType, loaders.many(all_measurements, "goal_id", order=["-measured_at"]),
        description="Its values, the newest first.",
    )  # fmt: skip

    @staticmethod
    def resolve_measured_by(goal: Goal, info: GraphQLResolveInfo) -> str:
        """See `selectors.goals.measured_by`."""
        return measured_by(goal)

    @staticmethod
    def resolve_standing(goal: Goal, info: GraphQLResolveInfo) -> Any:
        """See `selectors.goals.standing`."""
        return standing(goal)


extend(
    TeamType,
    "goals",
    relation(
        GoalType, loaders.many(goals, "team_id", order=["due", "pk"]),
        description="What the team wants to reach, the nearest day first.",
    ),
)  # fmt: skip
GoalConnection = connection(GoalType)


class GoalCountType(graphene.ObjectType):
    """How many goals are in a state."""

    class Meta:
        name = "GoalCount"

    state = TEXT
    count = graphene.Int(required=True)


class TeamConflictType(graphene.ObjectType):
    """An open conflict."""

    class Meta:
        name = "TeamConflict"

    id = graphene.ID(required=True)
    title = TEXT


class ScorecardType(graphene.ObjectType):
    """A team in numbers, of what the reader may see; shares are null where there is nothing to
    share. `conflicts` are the newest six."""

    class Meta:
        name = "Scorecard"

    goals = graphene.List(graphene.NonNull(GoalCountType), required=True)
    datasets = graphene.Int(required=True)
    described = graphene.Int(required=True)
    described_share = graphene.Float()
    tests_passed = graphene.Int(required=True)
    tests_failed = graphene.Int(required=True)
    passed_share = graphene.Float()
    open_questions = graphene.Int(required=True)
    open_problems = graphene.Int(required=True)
    conflict_count = graphene.Int(required=True)
    conflicts = graphene.List(graphene.NonNull(TeamConflictType), required=True)

    @staticmethod
    def resolve_goals(card: Scorecard, info: GraphQLResolveInfo) -> Any:
        """By state."""
        return [
            {"state": state.value, "count": card.goals[state]}
            for state in GoalState
            if card.goals.get(state)
        ]

    @staticmethod
    def resolve_conflicts(card: Scorecard, info: GraphQLResolveInfo) -> Any:
        """The newest first."""
        return [{"id": one.pk, "title": one.title} for one in card.conflicts]


class GoalQuery(graphene.ObjectType):
    """What there is to ask about goals."""

    goals = graphene.Field(
        GoalConnection, **PAGE,
        team=graphene.ID(description="Of one team."),
        state=graphene.String(
            required=True, default_value="",
            description="on_track, behind, reached, overdue or no_data; all if empty.",
        ),
        query=graphene.String(
            required=True, default_value="", description="Words of text, metric or team."
        ),
        required=True, description="The goals of teams that were not withdrawn.",
    )  # fmt: skip
    scorecard = graphene.Field(
        ScorecardType, team=graphene.ID(required=True), required=True,
        description="A team in numbers: goals, quality of its data, open conflicts.",
    )  # fmt: skip
    goal = graphene.Field(
        GoalType, id=graphene.ID(required=True), description="One goal, withdrawn ones as well."
    )

    @staticmethod
    def resolve_goals(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        state: str,
        query: str,
        team: str | None = None,
    ) -> Any:
        """Narrowed by team, state and words."""
        team_id = None if team is None else number(team, "team")
        rows = goals(principal_of(info), team_id=team_id, state=state, query=query)
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_scorecard(root: Any, info: GraphQLResolveInfo, team: str) -> Any:
        """See `selectors.scorecard.scorecard`."""
        return scorecard(principal_of(info), number(team, "team"))

    @staticmethod
    def resolve_goal(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = get_goal(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found


class GoalPayload(graphene.ObjectType):
    """The goal after the change."""

    goal = graphene.Field(GoalType, required=True)


class GoalMutation(graphene.ObjectType):
    """How goals are set, followed and given up."""

    set_goal = graphene.Field(
        GoalPayload, text=LATER, metric=LATER, measure=LATER, query=graphene.ID(),
        dataset=graphene.ID(), figure=LATER, team=graphene.ID(), levers=LATER,
        baseline=graphene.Float(), target=graphene.Float(), unit=LATER, due=graphene.Date(),
        required=True,
        description="Set a goal; one that misses one of its five parts is refused with the fix.",
    )  # fmt: skip
    change_goal = graphene.Field(
        GoalPayload, goal=graphene.ID(required=True), text=TEXT, levers=TEXT,
        target=graphene.Float(required=True), due=graphene.Date(required=True), reason=TEXT,
        required=True, description="State it anew; its measure and baseline stay.",
    )  # fmt: skip
    withdraw_goal = graphene.Field(
        GoalPayload, goal=graphene.ID(required=True), reason=TEXT, required=True,
        description="Give it up.",
    )  # fmt: skip
    record_goal_measurement = graphene.Field(
        GoalPayload, goal=graphene.ID(required=True), value=graphene.Float(required=True),
        measured_at=graphene.DateTime(), note=LATER, required=True,
        description="Record what its query or metric gave; now unless told when.",
    )  # fmt: skip

    @staticmethod
    def resolve_set_goal(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.goals.create_goal`."""
        named = {
            f"{name}_id": number(given.pop(name), name) if given.get(name) is not None else None
            for name in ("query", "dataset", "team")
        }
        stated: dict[str, Any] = {**named, **given}
        draft = GoalDraft(**stated)
        made = create_goal(acting=principal_of(info), draft=draft)
        return _shown(info, made.pk)

    @staticmethod
    def resolve_change_goal(
        root: Any,
        info: GraphQLResolveInfo,
        goal: str,
        text: str,
        levers: str,
        target: float,
        due: dt.date,
        reason: str,
    ) -> Any:
        """See `services.goals.change_goal`."""
        changed = change_goal(
            acting=principal_of(info),
            goal_id=number(goal, "goal"),
            text=text,
            levers=levers,
            target=target,
            due=due,
            reason=reason,
        )
        return _shown(info, changed.pk)

    @staticmethod
    def resolve_withdraw_goal(root: Any, info: GraphQLResolveInfo, goal: str, reason: str) -> Any:
        """See `services.goals.withdraw_goal`."""
        goal_id = number(goal, "goal")
        withdraw_goal(acting=principal_of(info), goal_id=goal_id, reason=reason)
        return _shown(info, goal_id)

    @staticmethod
    def resolve_record_goal_measurement(
        root: Any,
        info: GraphQLResolveInfo,
        goal: str,
        value: float,
        note: str,
        measured_at: dt.datetime | None = None,
    ) -> Any:
        """See `services.goals.record_measurement`."""
        goal_id = number(goal, "goal")
        record_measurement(
            acting=principal_of(info),
            goal_id=goal_id,
            value=value,
            measured_at=measured_at,
            note=note,
        )
        return _shown(info, goal_id)


def _shown(info: GraphQLResolveInfo, goal_id: int) -> dict[str, Any]:
    found = get_goal(principal_of(info), goal_id)
    plan(info, [found], "goal")
    return {"goal": found}

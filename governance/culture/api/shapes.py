"""Shapes of goals, reports and reach over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Dataset
from governance.culture.models import (
    Goal,
    GoalMeasurement,
    ReportAnswer,
    SelfServiceMeasure,
)
from governance.culture.selectors.first_steps import FirstSteps, SuggestedTerm
from governance.culture.selectors.goals import Standing, measured_by, standing
from governance.culture.selectors.reach import DepartmentReach, Reach
from governance.culture.selectors.reports import ReportCounts
from governance.culture.selectors.scorecard import Scorecard
from governance.culture.types import GoalMeasure, GoalState, ReportPlace


class StandingSerializer(serializers.Serializer[Standing]):
    """Where a goal stands: `share` of the way from baseline to target by the newest measurement,
    `expected` of it by today."""

    state = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    measured_at = serializers.DateTimeField(allow_null=True)
    share = serializers.FloatField(allow_null=True)
    expected = serializers.FloatField()
    days_left = serializers.IntegerField()


class GoalSerializer(serializers.ModelSerializer[Goal]):
    """A goal with where it stands."""

    team = serializers.SlugRelatedField[Any](slug_field="name", read_only=True)
    measured_by = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Goal
        fields = [
            "id", "text", "metric", "measure", "measured_by", "query", "dataset", "figure", "team",
            "levers", "baseline", "target", "unit", "starts_on", "due", "standing", "withdrawn_at",
            "withdrawn_reason",
        ]  # fmt: skip

    def get_measured_by(self, goal: Goal) -> str:
        """What tells how far it is, in words."""
        return measured_by(goal)

    @extend_schema_field(StandingSerializer)
    def get_standing(self, goal: Goal) -> Any:
        """As of today."""
        return StandingSerializer(standing(goal)).data


class GoalCountSerializer(serializers.Serializer[Any]):
    """How many goals are in a state."""

    state = serializers.CharField()
    count = serializers.IntegerField()


class TeamConflictSerializer(serializers.Serializer[Any]):
    """An open conflict."""

    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()


class ScorecardSerializer(serializers.Serializer[Any]):
    """A team in numbers, of what the reader may see; shares are null where there is nothing to
    share. `conflicts` are the newest six."""

    team = serializers.CharField(source="team.name")
    goals = serializers.SerializerMethodField()
    datasets = serializers.IntegerField()
    described = serializers.IntegerField()
    described_share = serializers.FloatField(allow_null=True)
    tests_passed = serializers.IntegerField()
    tests_failed = serializers.IntegerField()
    passed_share = serializers.FloatField(allow_null=True)
    open_questions = serializers.IntegerField()
    open_problems = serializers.IntegerField()
    conflict_count = serializers.IntegerField()
    conflicts = TeamConflictSerializer(many=True)

    @extend_schema_field(GoalCountSerializer(many=True))
    def get_goals(self, card: Scorecard) -> list[dict[str, Any]]:
        """By state."""
        return [
            {"state": state.value, "count": card.goals[state]}
            for state in GoalState
            if card.goals.get(state)
        ]


class GoalInSerializer(serializers.Serializer[Any]):
    """A goal to be set. What is missing is refused by the service, which says what to do: here
    nothing is required."""

    text = serializers.CharField(required=False, default="", allow_blank=True)
    metric = serializers.CharField(required=False, default="", allow_blank=True)
    measure = serializers.CharField(
        required=False, default="", allow_blank=True, help_text=f"{', '.join(GoalMeasure)}."
    )
    query = serializers.IntegerField(required=False, default=None, allow_null=True)
    dataset = serializers.IntegerField(required=False, default=None, allow_null=True)
    figure = serializers.CharField(required=False, default="", allow_blank=True)
    team = serializers.IntegerField(required=False, default=None, allow_null=True)
    levers = serializers.CharField(required=False, default="", allow_blank=True)
    baseline = serializers.FloatField(required=False, default=None, allow_null=True)
    target = serializers.FloatField(required=False, default=None, allow_null=True)
    unit = serializers.CharField(required=False, default="", allow_blank=True)
    due = serializers.DateField(required=False, default=None, allow_null=True)


class GoalChangeSerializer(serializers.Serializer[Any]):
    """A goal stated anew, and why; what measures it and its baseline stay."""

    text = serializers.CharField(allow_blank=True)
    levers = serializers.CharField(allow_blank=True)
    target = serializers.FloatField(allow_null=True)
    due = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class MeasurementSerializer(serializers.ModelSerializer[GoalMeasurement]):
    """One value of a goal's measure."""

    recorded_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = GoalMeasurement
        fields = ["measured_at", "value", "source", "note", "recorded_by"]


class MeasurementInSerializer(serializers.Serializer[Any]):
    """A value that the goal's query or metric gave; now unless told when."""

    value = serializers.FloatField()
    measured_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    note = serializers.CharField(required=False, default="", allow_blank=True)


class DataReportInSerializer(serializers.Serializer[Any]):
    """Data that somebody could not get: a dataset by id, or what `words` say."""

    place = serializers.CharField(help_text=f"{', '.join(ReportPlace)}.")
    dataset = serializers.IntegerField(required=False, default=None, allow_null=True)
    words = serializers.CharField(required=False, default="", allow_blank=True)


class AskedForSerializer(serializers.Serializer[Any]):
    """Reports without an answer that ask for the same; `report` is one to answer them all by."""

    report = serializers.IntegerField()
    dataset = serializers.CharField(source="dataset.qualified_name", default=None, allow_null=True)
    words = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class ReportCountsSerializer(serializers.Serializer[ReportCounts]):
    """How many reports came and how many wait; `oldest` is the day of the first of these."""

    reported = serializers.IntegerField()
    unanswered = serializers.IntegerField()
    oldest = serializers.DateField(allow_null=True)


class ReportAnswerInSerializer(serializers.Serializer[Any]):
    """An answer to a report and all that ask for the same."""

    report = serializers.IntegerField()
    subject = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class ReportAnswerSerializer(serializers.ModelSerializer[ReportAnswer]):
    """What the council answered, for everybody."""

    dataset = serializers.SlugRelatedField[Any](
        slug_field="qualified_name", read_only=True, allow_null=True
    )
    answered_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    report_count = serializers.IntegerField()

    class Meta:
        model = ReportAnswer
        fields = ["id", "subject", "dataset", "text", "answered_at", "answered_by", "report_count"]


class DepartmentSerializer(serializers.Serializer[Any]):
    """Openness and use of a group of five people at least; `department` is empty where several
    small ones are counted together, `level` is managers, others or everybody."""

    department = serializers.CharField()
    level = serializers.CharField()
    people = serializers.IntegerField()
    open_share = serializers.FloatField()
    used = serializers.IntegerField()
    used_share = serializers.FloatField()


class DepartmentReachSerializer(serializers.Serializer[DepartmentReach]):
    """How many people of a department used a consumer of data in each month."""

    department = serializers.CharField()
    people = serializers.IntegerField()
    used = serializers.ListField(child=serializers.IntegerField())


class SelfServiceSerializer(serializers.ModelSerializer[SelfServiceMeasure]):
    """Reads of data on a day: without anybody's approval, by an approved exception, refused."""

    class Meta:
        model = SelfServiceMeasure
        fields = ["day", "by_itself", "approved", "refused"]


class ReachSerializer(serializers.Serializer[Reach]):
    """The months by their first day, departments, and the share of them reached in each month."""

    months = serializers.ListField(child=serializers.DateField())
    departments = DepartmentReachSerializer(many=True)
    shares = serializers.ListField(child=serializers.FloatField())


class ConsumerSerializer(serializers.ModelSerializer[Dataset]):
    """A dashboard, notebook or model, with the people and departments it reached in 90 days."""

    person_count = serializers.IntegerField(
        allow_null=True, help_text="Null for one to four, of whom it would tell."
    )
    departments = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = ["id", "kind", "qualified_name", "person_count", "departments"]

    def get_departments(self, dataset: Dataset) -> list[str]:
        """Those of which five people used it, by name; others are the empty name."""
        return list(self.context["using"].get(dataset.pk, ()))


class FirstStepsSerializer(serializers.Serializer[FirstSteps]):
    """What the company has on its way to a first agreement; `waiting` is the proposal of a first
    word, where one is open."""

    has_dataset = serializers.BooleanField()
    has_term = serializers.BooleanField()
    has_data_state = serializers.BooleanField()
    waiting = serializers.CharField()
    effective_at = serializers.DateTimeField(allow_null=True)


class SuggestedTermSerializer(serializers.Serializer[SuggestedTerm]):
    """A word made of a column or dataset, whom it concerns, and who of the domain can agree."""

    dataset = serializers.CharField(source="dataset.qualified_name")
    column = serializers.CharField()
    document = serializers.DictField()
    is_local = serializers.BooleanField()
    reopen_hours = serializers.IntegerField()
    sentence = serializers.CharField()
    second_people = serializers.SerializerMethodField()
    asked = serializers.ListField(child=serializers.CharField())

    def get_second_people(self, found: SuggestedTerm) -> list[str]:
        """By user name; one of them is enough."""
        return [person.username for person in found.second_people]


class FirstTermInSerializer(serializers.Serializer[Any]):
    """A first word to be proposed; what is left empty is as it was suggested."""

    dataset = serializers.IntegerField()
    column = serializers.CharField(required=False, default="", allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, default="", allow_blank=True
    )
    definition = serializers.CharField(required=False, default="", allow_blank=True)
    example = serializers.CharField(required=False, default="", allow_blank=True)


class FirstDomainInSerializer(serializers.Serializer[Any]):
    """The domain that a dataset belongs to, by name; `username` is needed for a new one."""

    dataset = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    username = serializers.CharField(required=False, default="", allow_blank=True)

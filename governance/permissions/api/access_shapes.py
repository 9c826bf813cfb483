"""Shapes of opt-outs in force, answers about access and openness over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.models import OpennessMeasure
from governance.permissions.api.views import (
    BreakGlassTemplateSerializer,
    OptOutExceptionSerializer,
)
from governance.permissions.selectors.answers import ClosedTo
from governance.permissions.services.emergencies import EVERYBODY
from governance.permissions.types import EmergencyEffect
from governance.permissions.wording import answer_in_words


class OptOutSerializer(serializers.Serializer[Any]):
    """One opt-out in force; `reason` is empty where it is withheld."""

    key = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    effect = serializers.CharField()
    effect_in_words = serializers.CharField()
    whom = serializers.CharField()
    what = serializers.CharField()
    reason = serializers.CharField()
    is_reason_withheld = serializers.BooleanField()
    category = serializers.CharField()
    owner = serializers.CharField()
    ask = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    review_by = serializers.DateField()
    warning = serializers.CharField()
    decision = serializers.CharField()
    holds_now = serializers.BooleanField()
    dataset_count = serializers.IntegerField()


class ColumnAnswerSerializer(serializers.Serializer[Any]):
    """What holds for one column."""

    path = serializers.CharField()
    words = serializers.CharField()
    is_denied = serializers.BooleanField()
    numbers = serializers.ListField(child=serializers.CharField())


class BecauseSerializer(serializers.Serializer[Any]):
    """One opt-out that applies; no columns means all."""

    opt_out = OptOutSerializer(source="entry")
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.CharField()


class LiftedSerializer(serializers.Serializer[Any]):
    """An opt-out that an exception lifts."""

    exception = serializers.IntegerField(source="exception_id")
    number = serializers.CharField()
    reason = serializers.CharField()


class EndedSerializer(serializers.Serializer[Any]):
    """A declassification: columns that no longer inherit labels, on what basis, who answers."""

    key = serializers.CharField()
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    labels = serializers.ListField(child=serializers.CharField())
    basis = serializers.CharField()
    group_of = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    owner = serializers.CharField()
    review_by = serializers.DateField()
    is_review_due = serializers.BooleanField()


class CountedClassSerializer(serializers.Serializer[Any]):
    """A column whose suggested class counts until it is reviewed, and the protocol that says so."""

    path = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    confidence = serializers.FloatField()
    why = serializers.ListField(child=serializers.CharField())
    key = serializers.CharField()
    title = serializers.CharField()


class AccessSerializer(serializers.Serializer[Any]):
    """What somebody may do with a dataset, and why not more."""

    dataset = serializers.CharField(source="dataset.qualified_name")
    person = serializers.CharField(source="username")
    action = serializers.CharField()
    purpose = serializers.CharField()
    allowed = serializers.BooleanField(source="decision.allowed")
    code = serializers.CharField(source="decision.code")
    policy_version = serializers.IntegerField(source="decision.version")
    words = serializers.SerializerMethodField()
    everywhere = serializers.CharField(source="whole")
    columns = ColumnAnswerSerializer(many=True)
    because = BecauseSerializer(many=True)
    lifted = LiftedSerializer(many=True)
    declassified = EndedSerializer(many=True)
    suggested = CountedClassSerializer(many=True)

    def get_words(self, answer: Any) -> str:
        """The answer in three or four words."""
        return answer_in_words(answer.decision)


class ClosedToSerializer(serializers.Serializer[Any]):
    """Somebody who may read it not at all, or not as it is."""

    person = serializers.CharField(source="person.username")
    is_denied = serializers.BooleanField()
    numbers = serializers.SerializerMethodField()

    def get_numbers(self, one: ClosedTo) -> list[str]:
        """Of the opt-outs that say so."""
        return list(one.numbers)


class AudienceSerializer(serializers.Serializer[Any]):
    """Who may read a dataset, and the first of those who may not."""

    open = serializers.IntegerField()
    narrowed = serializers.IntegerField()
    denied = serializers.IntegerField()
    people = ClosedToSerializer(many=True)


class ClosedForMeSerializer(serializers.Serializer[Any]):
    """One opt-out that concerns the reader, with the first datasets that it touches."""

    opt_out = OptOutSerializer(source="entry")
    dataset_count = serializers.IntegerField()
    datasets = serializers.SerializerMethodField()

    def get_datasets(self, one: Any) -> list[str]:
        """By name."""
        return [dataset.qualified_name for dataset in one.datasets]


class MyAccessSerializer(serializers.Serializer[Any]):
    """What is closed or narrowed for the reader, their exceptions and requests."""

    closed = ClosedForMeSerializer(many=True)
    exceptions = OptOutExceptionSerializer(many=True)
    requests = OptOutExceptionSerializer(many=True)
    templates = BreakGlassTemplateSerializer(many=True)


class ClosedBySerializer(serializers.Serializer[Any]):
    """What one opt-out closes or narrows, in pairs of a person and a dataset."""

    key = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    people = serializers.IntegerField()
    datasets = serializers.IntegerField()
    pairs = serializers.IntegerField()


class OpennessSerializer(serializers.Serializer[Any]):
    """How open data is now; shares are 0 to 1."""

    people = serializers.IntegerField()
    datasets = serializers.IntegerField()
    columns = serializers.IntegerField()
    pairs = serializers.IntegerField()
    open_pairs = serializers.IntegerField()
    denied_pairs = serializers.IntegerField()
    column_pairs = serializers.IntegerField()
    open_column_pairs = serializers.IntegerField()
    share = serializers.FloatField()
    column_share = serializers.FloatField()
    reasons = ClosedBySerializer(many=True)


class PointSerializer(serializers.Serializer[Any]):
    """A process that decides, or an engine that asks (`door` trino). `instance` and `software`
    are empty for whoever does not administer Concord."""

    gateway = serializers.CharField()
    door = serializers.CharField()
    instance = serializers.CharField()
    software = serializers.CharField()
    version = serializers.IntegerField()
    epoch = serializers.IntegerField()
    since = serializers.DateTimeField()
    reported_at = serializers.DateTimeField()
    waiting = serializers.IntegerField()
    lost = serializers.IntegerField()
    state = serializers.CharField()


class ChangeInForceSerializer(serializers.Serializer[Any]):
    """An opt-out with how far it has come: `reached` of `points`."""

    key = serializers.CharField(source="entry.key")
    number = serializers.CharField(source="entry.number")
    title = serializers.CharField(source="entry.title")
    epoch = serializers.IntegerField()
    adopted_at = serializers.DateTimeField()
    points = serializers.IntegerField()
    reached = serializers.IntegerField()
    is_everywhere = serializers.BooleanField()
    everywhere_since = serializers.DateTimeField(allow_null=True)


class EnforcementSerializer(serializers.Serializer[Any]):
    """Where opt-outs are in force."""

    epoch = serializers.IntegerField()
    adopted_at = serializers.DateTimeField(allow_null=True)
    everywhere_since = serializers.DateTimeField(allow_null=True)
    counted = serializers.IntegerField()
    current = serializers.IntegerField()
    lagging = serializers.IntegerField()
    points = PointSerializer(many=True)
    changes = ChangeInForceSerializer(many=True)


class OpennessMeasureSerializer(serializers.ModelSerializer[OpennessMeasure]):
    """How open data was on a day."""

    class Meta:
        model = OpennessMeasure
        exclude = ["id"]


class ExposedSerializer(serializers.Serializer[Any]):
    """Classified columns of a dataset that no opt-out covers, with their classifications;
    `suggested` are those whose class is only suggested and not yet reviewed."""

    dataset = serializers.CharField(source="dataset.qualified_name")
    columns = serializers.SerializerMethodField()
    suggested = serializers.SerializerMethodField()

    def get_columns(self, one: Any) -> dict[str, list[str]]:
        """Classifications by path."""
        return {path: list(labels) for path, labels in one.columns}

    def get_suggested(self, one: Any) -> list[str]:
        """By path."""
        return sorted(one.suggested)


class EmergencyOptOutSerializer(serializers.Serializer[Any]):
    """Five fields: what (a dataset, or a column of it with all downstream), whom, effect, reason,
    until."""

    dataset = serializers.CharField(max_length=500)
    column = serializers.CharField(max_length=1_000, required=False, allow_blank=True, default="")
    concerned = serializers.CharField(max_length=200, required=False, default=EVERYBODY)
    effect = serializers.ChoiceField(
        choices=[effect.value for effect in EmergencyEffect], required=False, default="deny"
    )
    reason = serializers.CharField(max_length=4_000)
    until = serializers.DateField()

"""Shapes of what a draft of opt-outs would do."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.serializers.strict import StrictSerializer
from catalog.types import Environment
from governance.permissions.trial.services.replays import MOST_DAYS
from governance.permissions.types import DataAction, Expected, Purpose


class FlawSerializer(serializers.Serializer[Any]):
    """What is wrong with one opt-out; `others` take part in it."""

    flaw = serializers.CharField()
    sentence = serializers.CharField()
    opt_out = serializers.CharField()
    others = serializers.ListField(child=serializers.CharField())


class SummarySerializer(serializers.Serializer[Any]):
    """Pairs of a person and a dataset that differ, reading for any purpose at `at`."""

    at = serializers.DateTimeField()
    people = serializers.IntegerField()
    datasets = serializers.IntegerField()
    pairs = serializers.IntegerField()
    lost = serializers.IntegerField()
    gained = serializers.IntegerField()
    narrowed = serializers.IntegerField()
    widened = serializers.IntegerField()
    altered = serializers.IntegerField()
    hidden = serializers.IntegerField()
    shown = serializers.IntegerField()
    losing = serializers.IntegerField()
    gaining = serializers.IntegerField()


class TestSerializer(serializers.Serializer[Any]):
    """One test of an opt-out; `got` is empty where it cannot be run, and `why` says so."""

    opt_out = serializers.CharField()
    who = serializers.CharField()
    dataset = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    action = serializers.CharField()
    purpose = serializers.CharField()
    environment = serializers.CharField()
    expected = serializers.CharField()
    got = serializers.CharField()
    passed = serializers.BooleanField()
    why = serializers.CharField()
    note = serializers.CharField()


class TestAskedSerializer(StrictSerializer):
    """One test: who does what with which data, and what they are to get."""

    who = serializers.CharField(max_length=150, help_text="A user name.")
    dataset = serializers.CharField(max_length=2000)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=500), required=False, default=list, max_length=200
    )
    action = serializers.ChoiceField([one.value for one in DataAction], default="read")
    purpose = serializers.ChoiceField(
        [one.value for one in Purpose], default="any",
        help_text="Without one, the opt-outs of every purpose hold.",
    )  # fmt: skip
    environment = serializers.ChoiceField(
        [one.value for one in Environment], required=False, allow_null=True, default=None
    )
    expect = serializers.ChoiceField([one.value for one in Expected], default="open")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class TestsAskedSerializer(StrictSerializer):
    """Tests to be run on what is in force."""

    tests = TestAskedSerializer(many=True)


class TestRunSerializer(serializers.Serializer[Any]):
    """What came of each test, under which policy; `passed` where all came out as expected."""

    passed = serializers.BooleanField()
    tests = TestSerializer(many=True)
    policy_epoch = serializers.IntegerField()
    decision_id = serializers.CharField()


class DraftTrialSerializer(serializers.Serializer[Any]):
    """What a proposal would do; `regressions` are tests of other opt-outs that it would break."""

    proposal = serializers.CharField(source="proposal.key")
    policy_version = serializers.IntegerField(source="draft.base.version")
    difference = SummarySerializer(source="summary")
    flaws = FlawSerializer(many=True)
    tests = TestSerializer(many=True)
    regressions = TestSerializer(many=True)


class PairSerializer(serializers.Serializer[Any]):
    """A person and a dataset that differ: `change` is lost, gained, narrowed, widened,
    altered; and, in a pair beside it, hidden or shown."""

    person = serializers.CharField()
    department = serializers.CharField()
    dataset = serializers.CharField()
    domain = serializers.CharField()
    change = serializers.CharField()


class TallySerializer(serializers.Serializer[Any]):
    """How many answers would have been others for one person, dataset or purpose."""

    name = serializers.CharField()
    change = serializers.CharField()
    count = serializers.IntegerField()


class LeftOutSerializer(serializers.Serializer[Any]):
    """Rows of the log that asked for data and could not be asked again, and why."""

    why = serializers.CharField()
    count = serializers.IntegerField()


class TalliesSerializer(serializers.Serializer[Any]):
    """Answers that would have been others; people are named to who may read the whole log."""

    asked = serializers.IntegerField()
    left_out = LeftOutSerializer(many=True)
    different = serializers.IntegerField()
    people = serializers.IntegerField()
    datasets = serializers.IntegerField()
    people_withheld = serializers.BooleanField()
    by_person = TallySerializer(many=True)
    by_dataset = TallySerializer(many=True)
    by_purpose = TallySerializer(many=True)


class DraftReplaySerializer(serializers.Serializer[Any]):
    """One replay of the access log; `days_done` of `days` is its progress."""

    id = serializers.IntegerField(source="replay.pk")
    state = serializers.CharField(source="replay.state")
    days = serializers.IntegerField(source="replay.days")
    days_done = serializers.IntegerField(source="replay.days_done")
    requested_at = serializers.DateTimeField(source="replay.requested_at")
    finished_at = serializers.DateTimeField(source="replay.finished_at", allow_null=True)
    problem = serializers.CharField(source="replay.problem")
    is_old = serializers.BooleanField()
    tallies = TalliesSerializer(allow_null=True)


class ReplayAskedSerializer(serializers.Serializer[Any]):
    """How many of the last days to replay."""

    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)


class ShadowSerializer(serializers.Serializer[Any]):
    """One shadow beside live answers."""

    id = serializers.IntegerField(source="shadow.pk")
    started_at = serializers.DateTimeField(source="shadow.started_at")
    ends_at = serializers.DateTimeField(source="shadow.ends_at")
    ended_at = serializers.DateTimeField(source="shadow.ended_at", allow_null=True)
    dropped = serializers.IntegerField(source="shadow.dropped")
    is_running = serializers.BooleanField()
    is_old = serializers.BooleanField()
    tallies = TalliesSerializer()


class ShadowAskedSerializer(serializers.Serializer[Any]):
    """The last day of a shadow."""

    until = serializers.DateField()

"""What is sent and answered about brakes and leases over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.serializers.strict import StrictSerializer

_MOST = 2**63 - 1


class ClaimSerializer(StrictSerializer):
    """What an engine says that a statement will read."""

    bytes = serializers.IntegerField(required=False, allow_null=True, default=None)
    rows = serializers.IntegerField(required=False, allow_null=True, default=None)
    partitions = serializers.IntegerField(required=False, allow_null=True, default=None)


class ProgressSerializer(StrictSerializer):
    """What a query has done since it began."""

    bytes = serializers.IntegerField(min_value=0, max_value=_MOST)
    rows = serializers.IntegerField(min_value=0, max_value=_MOST)
    elapsed = serializers.FloatField(min_value=0, help_text="Seconds.")
    query_id = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="",
        help_text="How the engine calls it.",
    )  # fmt: skip


class StopSerializer(StrictSerializer):
    """Why a query is stopped by hand."""

    reason = serializers.CharField(max_length=500)


class LeaseAnswerSerializer(serializers.Serializer[Any]):
    """Whether a query may go on."""

    verdict = serializers.ChoiceField(choices=["continue", "stop"])
    state = serializers.ChoiceField(choices=["running", "ended", "stopped", "lost"])
    code = serializers.CharField()
    reason = serializers.CharField()
    brake = serializers.CharField(help_text="The key of the brake that stopped it.")
    lost_at = serializers.DateTimeField(
        allow_null=True, help_text="The lease is over then unless another heartbeat comes."
    )


class RunningLeaseSerializer(serializers.Serializer[Any]):
    """A query that runs."""

    id = serializers.UUIDField()
    subject = serializers.CharField(source="subject.username")
    holder = serializers.CharField(source="holder.username")
    gateway = serializers.CharField()
    query_id = serializers.CharField()
    granted_at = serializers.DateTimeField()
    beat_at = serializers.DateTimeField()
    bytes = serializers.IntegerField()
    rows = serializers.IntegerField()
    seconds = serializers.FloatField()
    estimate = serializers.JSONField()


class BrakeSerializer(serializers.Serializer[Any]):
    """A brake in force."""

    key = serializers.CharField(source="brake.key")
    name = serializers.CharField(source="brake.name")
    title = serializers.CharField(source="brake.title")
    refuses = serializers.BooleanField(source="brake.refuses")
    sentence = serializers.CharField()
    ask = serializers.CharField(source="brake.ask")
    since = serializers.DateTimeField()


class BudgetSerializer(serializers.Serializer[Any]):
    """A team's budget as it stands today."""

    brake = serializers.CharField(source="brake.key")
    team = serializers.CharField()
    bytes = serializers.IntegerField(source="use.bytes")
    rows = serializers.IntegerField(source="use.rows")
    queries = serializers.IntegerField(source="use.queries")
    running = serializers.IntegerField(source="use.running")
    cost = serializers.FloatField()
    most_bytes = serializers.IntegerField(source="brake.quota.bytes", allow_null=True)
    most_cost = serializers.FloatField(source="brake.quota.cost", allow_null=True)
    most_at_once = serializers.IntegerField(source="brake.quota.at_once", allow_null=True)
    resets_at = serializers.DateTimeField()


class RegisterSerializer(serializers.Serializer[Any]):
    """Brakes in force, budgets, and the queries that run."""

    brakes = BrakeSerializer(many=True, source="entries")
    budgets = BudgetSerializer(many=True)
    leases = RunningLeaseSerializer(many=True)
    resets_at = serializers.DateTimeField()

"""Ingestion: connectors, connections, runs and what runs could not use."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.serializers.datasets import values
from catalog.api.serializers.directory import PersonBriefSerializer
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.registries.connectors import Connector
from catalog.types import RunState, Severity


class ConnectorSerializer(serializers.Serializer[Connector]):
    """A kind of source, with the JSON schema of its settings."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField()
    accepts = serializers.ListField(
        child=serializers.CharField(), help_text="Names or endings of the files it takes."
    )
    needs_files = serializers.BooleanField()
    is_complete = serializers.BooleanField(
        help_text="Whether a run lists everything there is, so that what is missing is gone."
    )
    settings_schema = serializers.SerializerMethodField()

    def get_settings_schema(self, connector: Connector) -> dict[str, Any]:
        """JSON schema (draft 2020-12)."""
        return connector.settings.model_json_schema()


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """A source that Concord reads; settings never hold a secret, only its name."""

    settings: Any = serializers.DictField()

    class Meta:
        model = Connection
        fields = [
            "id", "name", "connector", "settings", "secret_name", "interval_minutes",
            "is_enabled", "next_run_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConnectionCreateSerializer(serializers.Serializer[Any]):
    """A connection to make; `settings` as the connector's schema says."""

    name = serializers.CharField(max_length=200)
    connector = serializers.CharField(max_length=50)
    settings = serializers.DictField(required=False, default=dict)
    secret_name = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="",
        help_text="The name of the secret, never the secret itself.",
    )  # fmt: skip
    interval_minutes = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="Null: it runs only when asked."
    )
    is_enabled = serializers.BooleanField(required=False, default=True)


class ConnectionChangeSerializer(serializers.Serializer[Any]):
    """What to change; the connector of a connection is fixed."""

    name = serializers.CharField(max_length=200, required=False)
    settings = serializers.DictField(required=False)
    secret_name = serializers.CharField(max_length=64, required=False, allow_blank=True)
    interval_minutes = serializers.IntegerField(required=False, allow_null=True)
    is_enabled = serializers.BooleanField(required=False)


class RunRequestSerializer(serializers.Serializer[Any]):
    """A run to ask for; files as multipart parts named `files`."""

    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Read and compare, but change nothing."
    )
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), required=False, default=list
    )


class RunSerializer(serializers.ModelSerializer[IngestionRun]):
    """A run with its counts."""

    connection_name = serializers.CharField(source="connection.name", read_only=True)
    state = serializers.ChoiceField(choices=values(RunState), read_only=True)
    requested_by = PersonBriefSerializer(read_only=True, allow_null=True)

    class Meta:
        model = IngestionRun
        fields = [
            "id", "connection", "connection_name", "state", "is_dry_run", "requested_by",
            "request_id", "created_at", "started_at", "finished_at", "total", "read", "created",
            "updated", "unchanged", "disappeared", "refused", "error",
        ]  # fmt: skip
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """A run with what a dry run would change: totals, and the first entries. For who may not
    import, `diff` is empty."""

    diff: Any = serializers.DictField(read_only=True)

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "diff"]
        read_only_fields = fields


class RunProblemSerializer(serializers.ModelSerializer[IngestionProblem]):
    """Something a run could not use, with the place and the fix."""

    severity = serializers.ChoiceField(choices=values(Severity), read_only=True)

    class Meta:
        model = IngestionProblem
        fields = ["id", "severity", "location", "message"]
        read_only_fields = fields

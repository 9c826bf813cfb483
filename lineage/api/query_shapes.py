"""What REST answers about queries that ran."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lineage.api.shapes import RunnerSerializer


class QuerySerializer(serializers.Serializer[Any]):
    """A statement with its literals masked, or with them where `has_literals` says so.

    Durations are milliseconds; `is_read` and `is_written` tell of the dataset asked for.
    """

    id = serializers.IntegerField()
    text = serializers.CharField()
    has_literals = serializers.BooleanField()
    dialect = serializers.CharField()
    system = serializers.CharField()
    connection = serializers.CharField()
    statement_type = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    is_read = serializers.BooleanField()
    is_written = serializers.BooleanField()
    runs = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    rows = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    total_ms = serializers.FloatField()
    mean_ms = serializers.FloatField()
    max_ms = serializers.FloatField()
    first_run_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    runners = RunnerSerializer(many=True)


class QueryPageSerializer(serializers.Serializer[Any]):
    """A page of queries, those that ran most often first; `count` is how many there are."""

    count = serializers.IntegerField()
    results = QuerySerializer(many=True)


class ColumnUseSerializer(serializers.Serializer[Any]):
    """Runs of queries that use a column, and how many of those for what."""

    column_id = serializers.IntegerField()
    path = serializers.CharField()
    runs = serializers.IntegerField()
    filtered = serializers.IntegerField()
    joined = serializers.IntegerField()
    grouped = serializers.IntegerField()


class JoinUseSerializer(serializers.Serializer[Any]):
    """A column of the dataset that queries join with one of another dataset."""

    column = serializers.CharField()
    other_id = serializers.IntegerField()
    other = serializers.CharField()
    other_column = serializers.CharField()
    queries = serializers.IntegerField()
    runs = serializers.IntegerField()


class FilterUseSerializer(serializers.Serializer[Any]):
    """A condition that queries put on a column, its literals masked."""

    column = serializers.CharField()
    condition = serializers.CharField()
    queries = serializers.IntegerField()
    runs = serializers.IntegerField()


class DayOfRunsSerializer(serializers.Serializer[Any]):
    """Runs on a day (UTC)."""

    day = serializers.DateField()
    runs = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]


class QueryUseSerializer(serializers.Serializer[Any]):
    """How queries use a dataset."""

    columns = ColumnUseSerializer(many=True)
    joins = JoinUseSerializer(many=True)
    filters = FilterUseSerializer(many=True)
    days = DayOfRunsSerializer(many=True)

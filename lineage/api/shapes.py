"""Shapes of lineage over REST: what goes out, and what comes in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.fields import TextField
from lineage.types import EdgeKind, EdgeSubtype


class NodeSerializer(serializers.Serializer[Any]):
    """A dataset in the graph."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    qualified_name = serializers.CharField()
    kind = serializers.CharField()
    system = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    disappeared = serializers.BooleanField()


class LinkSerializer(serializers.Serializer[Any]):
    """Data flows from `source` to `target` (dataset ids)."""

    source = serializers.IntegerField()  # type: ignore[assignment]
    target = serializers.IntegerField()
    is_direct = serializers.BooleanField()
    confidence = serializers.FloatField()


class ColumnNodeSerializer(serializers.Serializer[Any]):
    """A column in the graph."""

    id = serializers.IntegerField()
    path = serializers.CharField()
    physical_type = serializers.CharField()
    dataset_id = serializers.IntegerField()


class ColumnLinkSerializer(serializers.Serializer[Any]):
    """A column edge; `target_column` is null for the whole dataset."""

    id = serializers.IntegerField()
    source_id = serializers.IntegerField()
    source_column = ColumnNodeSerializer()
    target_id = serializers.IntegerField()
    target_column = ColumnNodeSerializer(allow_null=True)
    kind = serializers.CharField()
    subtype = serializers.CharField()
    confidence = serializers.FloatField()
    reason = serializers.CharField()
    transformation = serializers.CharField()
    masking = serializers.BooleanField()
    preparations = serializers.ListField(child=serializers.CharField())
    span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    since = serializers.DateTimeField()
    is_rollup = serializers.BooleanField()


class TraversalSerializer(serializers.Serializer[Any]):
    """What lies in one direction, level by level, with the sentence for it."""

    direction = serializers.CharField()
    sentence = serializers.CharField()
    truncated = serializers.BooleanField()
    levels = serializers.ListField(child=NodeSerializer(many=True))
    links = LinkSerializer(many=True)


class LineageSerializer(serializers.Serializer[Any]):
    """The lineage of a dataset; `column_edges` only when asked for."""

    dataset = NodeSerializer()
    traversals = TraversalSerializer(many=True)
    column_edges = ColumnLinkSerializer(many=True)


class AffectedSerializer(serializers.Serializer[Any]):
    """A dataset that a change reaches, with one shortest path."""

    node = NodeSerializer()
    effect = serializers.CharField()
    distance = serializers.IntegerField()
    path = NodeSerializer(many=True)
    columns = ColumnNodeSerializer(many=True)
    owners = serializers.ListField(child=serializers.CharField())


class OwnerToTellSerializer(serializers.Serializer[Any]):
    """Who answers for affected datasets, and for how many."""

    name = serializers.CharField()
    is_team = serializers.BooleanField()
    datasets = serializers.IntegerField()


class ImpactSerializer(serializers.Serializer[Any]):
    """What a change reaches."""

    start = NodeSerializer()
    column = ColumnNodeSerializer(allow_null=True)
    sentence = serializers.CharField()
    truncated = serializers.BooleanField()
    affected = AffectedSerializer(many=True)
    owners = OwnerToTellSerializer(many=True)


class ReachedColumnSerializer(serializers.Serializer[Any]):
    """A column and its distance in steps."""

    column = ColumnNodeSerializer()
    distance = serializers.IntegerField()
    direction = serializers.CharField()


class ColumnClosureSerializer(serializers.Serializer[Any]):
    """Everything that a column's values reach, or come from."""

    start = ColumnNodeSerializer()
    direction = serializers.CharField()
    truncated = serializers.BooleanField()
    columns = ReachedColumnSerializer(many=True)
    datasets = NodeSerializer(many=True)
    links = ColumnLinkSerializer(many=True)


class PathsSerializer(serializers.Serializer[Any]):
    """The shortest ways between two datasets, and everything on any way."""

    shortest = serializers.ListField(child=NodeSerializer(many=True))
    between = NodeSerializer(many=True)
    links = LinkSerializer(many=True)
    truncated = serializers.BooleanField()


class DrawnEdgeSerializer(serializers.Serializer[Any]):
    """An edge that somebody drew; the columns are empty where the datasets alone are joined."""

    id = serializers.IntegerField()
    source = NodeSerializer()  # type: ignore[assignment]
    source_column = serializers.CharField()
    target = NodeSerializer()
    target_column = serializers.CharField()
    kind = serializers.CharField()
    subtype = serializers.CharField()
    masking = serializers.BooleanField()
    transformation = serializers.CharField()
    reason = serializers.CharField()
    author = serializers.CharField()
    made_at = serializers.DateTimeField()


class RunnerSerializer(serializers.Serializer[Any]):
    """Who ran a query; `username` is empty for a user name that no person has."""

    name = serializers.CharField()
    username = serializers.CharField()
    runs = serializers.IntegerField()
    last_run_at = serializers.DateTimeField(allow_null=True)


class QueryRunsSerializer(serializers.Serializer[Any]):
    """When a query ran, how often and by whom."""

    id = serializers.IntegerField()
    runs = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]
    first_run_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    runners = RunnerSerializer(many=True)


class EvidenceStatementSerializer(serializers.Serializer[Any]):
    """A statement behind a flow; `span` marks the asked column in `sql`, in characters."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    dialect = serializers.CharField()
    sql = serializers.CharField()
    is_direct = serializers.BooleanField()
    confidence = serializers.FloatField()
    confidence_reason = serializers.CharField()
    since = serializers.DateTimeField()
    read_at = serializers.DateTimeField()
    connection = serializers.CharField()
    run_id = serializers.IntegerField(allow_null=True)
    run_at = serializers.DateTimeField(allow_null=True)
    columns = ColumnLinkSerializer(many=True)
    span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    drawn = DrawnEdgeSerializer(many=True)
    query = QueryRunsSerializer(allow_null=True)


class CarryingJobSerializer(serializers.Serializer[Any]):
    """A job that reads the one dataset and writes the other, with the run heard of last."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    namespace = serializers.CharField()
    last_run = serializers.UUIDField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_state = serializers.CharField()


class EvidenceSerializer(serializers.Serializer[Any]):
    """Why Concord believes a flow; `jobs` are the ten that carry it, the latest heard first."""

    source = NodeSerializer()  # type: ignore[assignment]
    target = NodeSerializer()
    statements = EvidenceStatementSerializer(many=True)
    jobs = CarryingJobSerializer(many=True)


class DrawnChangeSerializer(serializers.Serializer[Any]):
    """What happened to such an edge; `verb` is insert, update or delete."""

    at = serializers.DateTimeField()
    verb = serializers.CharField()
    by = serializers.CharField()
    why = serializers.CharField()
    source = NodeSerializer()  # type: ignore[assignment]
    source_column = serializers.CharField()
    target = NodeSerializer()
    target_column = serializers.CharField()
    kind = serializers.CharField()
    subtype = serializers.CharField()


class DrawnEdgesSerializer(serializers.Serializer[Any]):
    """What people drew into and out of a dataset, and the history of it."""

    edges = DrawnEdgeSerializer(many=True)
    changes = DrawnChangeSerializer(many=True)


class DrawEdgeSerializer(serializers.Serializer[Any]):
    """An edge to draw into the dataset of the address; columns are named by their paths."""

    source = serializers.IntegerField(min_value=1)  # type: ignore[assignment]
    source_column = serializers.CharField(required=False, default="", allow_blank=True)
    target_column = serializers.CharField(required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(
        choices=[kind.value for kind in EdgeKind], required=False, default=EdgeKind.DIRECT.value
    )
    subtype = serializers.ChoiceField(
        choices=[subtype.value for subtype in EdgeSubtype],
        required=False,
        default="",
        allow_blank=True,
    )
    masking = serializers.BooleanField(required=False, default=False)
    transformation = serializers.CharField(required=False, default="", allow_blank=True)
    reason = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why something is done."""

    reason = serializers.CharField()


class RewrittenStatementSerializer(serializers.Serializer[Any]):
    """A statement that names the column, and how it has to read after the change."""

    dataset = NodeSerializer()
    title = serializers.CharField()
    dialect = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    diff = serializers.ListField(child=serializers.CharField(allow_blank=True))
    doubts = serializers.ListField(child=serializers.CharField())
    checked = serializers.BooleanField()
    is_own = serializers.BooleanField()
    is_template = serializers.BooleanField()


class TouchedJobSerializer(serializers.Serializer[Any]):
    """A job that reads the dataset of the column, or something that the change reaches."""

    name = serializers.CharField()
    namespace = serializers.CharField()
    reads = NodeSerializer()


class ColumnChangeSerializer(serializers.Serializer[Any]):
    """What a change of a column takes; `touched` counts by kind of dataset."""

    change = serializers.CharField()
    to = serializers.CharField()
    impact = ImpactSerializer()
    touched = serializers.DictField(child=serializers.IntegerField())
    jobs = TouchedJobSerializer(many=True)
    statements = RewrittenStatementSerializer(many=True)
    left_out = serializers.IntegerField()


class SqlRequestSerializer(serializers.Serializer[Any]):
    """A script to read. `system` (platform://instance) says whose datasets its names mean."""

    sql = TextField(trim_whitespace=False)
    dialect = serializers.CharField(required=False, default="", allow_blank=True)
    system = serializers.CharField(required=False, default="", allow_blank=True)
    default_database = serializers.CharField(
        required=False, default=None, allow_null=True, allow_blank=True
    )
    default_db = serializers.CharField(
        required=False, default=None, allow_null=True, allow_blank=True
    )
    default_schema = serializers.CharField(
        required=False, default=None, allow_null=True, allow_blank=True
    )
    schema = serializers.DictField(required=False, default=None, allow_null=True)
    id = serializers.JSONField(required=False, default=None, allow_null=True)


class NamedTableSerializer(serializers.Serializer[Any]):
    """A table of the text, and the dataset that it means, if any."""

    name = serializers.CharField()
    dataset_id = serializers.IntegerField(allow_null=True)
    qualified_name = serializers.CharField(allow_null=True)


class SqlColumnEdgeSerializer(serializers.Serializer[Any]):
    """A column edge between names."""

    source_table = serializers.CharField(source="source_table.text")
    source_column = serializers.CharField()
    target_table = serializers.SerializerMethodField()
    target_column = serializers.CharField()
    kind = serializers.CharField()
    subtype = serializers.CharField()
    confidence = serializers.FloatField()
    reason = serializers.CharField()
    masking = serializers.BooleanField()
    preparations = serializers.ListField(child=serializers.CharField())
    transformation = serializers.CharField()
    span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    is_rollup = serializers.BooleanField()

    def get_target_table(self, edge: Any) -> str | None:
        """The table written, or null for a bare query."""
        return edge.target_table.text if edge.target_table else None


class SqlConditionSerializer(serializers.Serializer[Any]):
    """A column that decides which rows a table or the result has, or their order."""

    source_table = serializers.CharField(source="source_table.text")
    source_column = serializers.CharField()
    target_table = serializers.CharField(source="target_table.text", allow_null=True, default=None)
    subtype = serializers.CharField()
    confidence = serializers.FloatField()
    reason = serializers.CharField()
    preparations = serializers.ListField(child=serializers.CharField())


class SqlStatementSerializer(serializers.Serializer[Any]):
    """One statement as it was understood."""

    statement_type = serializers.CharField(source="statement.statement_type")
    sql = serializers.CharField(source="statement.sql")
    status = serializers.CharField(source="statement.status")
    reason = serializers.CharField(source="statement.reason", allow_null=True)
    confidence = serializers.FloatField(source="statement.confidence")
    sources = NamedTableSerializer(many=True)
    mentioned = NamedTableSerializer(many=True)
    targets = NamedTableSerializer(many=True)
    output_columns = serializers.ListField(
        child=serializers.CharField(), source="statement.output_columns"
    )
    column_edges = SqlColumnEdgeSerializer(many=True, source="statement.column_edges")
    conditions = SqlConditionSerializer(many=True, source="statement.indirect_edges")
    unresolved = serializers.ListField(child=serializers.CharField(), source="statement.unresolved")
    ambiguous = serializers.SerializerMethodField()
    temporary = serializers.SerializerMethodField()
    calls = serializers.SerializerMethodField()

    def get_ambiguous(self, reading: Any) -> dict[str, list[str]]:
        """Bare names that several tables may own, with these tables."""
        named = reading.statement.ambiguous
        return {each.name: [table.text for table in each.candidates] for each in named}

    def get_temporary(self, reading: Any) -> list[str]:
        """The targets that end with the session or the script."""
        return [table.text for table in reading.statement.temporary]

    def get_calls(self, reading: Any) -> list[str]:
        """The routines that it runs."""
        return [routine.text for routine in reading.statement.calls]


class SqlReadingSerializer(serializers.Serializer[Any]):
    """A script as a whole, in the form of `manage.py sql_lineage`, and its statements in order.

    A column edge is source table, source column, target table or null, target column, kind,
    subtype, confidence; `indirect_dataset` is table, column, subtype of what decides all rows.
    """

    id = serializers.JSONField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField())
    targets = serializers.ListField(child=serializers.CharField())
    column_edges = serializers.ListField(child=serializers.ListField())
    output_columns = serializers.ListField(child=serializers.CharField())
    indirect_dataset = serializers.ListField(child=serializers.ListField())
    mentioned = serializers.ListField(child=serializers.CharField())
    unresolved = serializers.ListField(child=serializers.CharField())
    assumed = serializers.ListField(child=serializers.CharField())
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    statements = SqlStatementSerializer(many=True)


class BatchSummarySerializer(serializers.Serializer[Any]):
    """How many events of a batch were taken."""

    received = serializers.IntegerField()
    successful = serializers.IntegerField()
    failed = serializers.IntegerField()
    retriable = serializers.IntegerField()
    non_retriable = serializers.IntegerField()


class FailedEventSerializer(serializers.Serializer[Any]):
    """An event of a batch that cannot be used; `index` counts from 0."""

    index = serializers.IntegerField()
    reason = serializers.CharField()
    retriable = serializers.BooleanField()


class PartialSuccessSerializer(serializers.Serializer[Any]):
    """A batch of which some events were taken, as OpenLineage specifies it."""

    status = serializers.CharField()
    summary = BatchSummarySerializer()
    failed_events = FailedEventSerializer(many=True)

"""GraphQL types of what traversals, impact, evidence and suggestions answer."""

from __future__ import annotations

import graphene

from lineage.classes import Evidence
from lineage.graphql.types import DrawnEdgeType, ImpactType, LineageLinkType, LineageNodeType


class LineageColumnType(graphene.ObjectType):
    """A column in a traversal."""

    class Meta:
        name = "LineageColumn"

    id = graphene.Int(required=True)
    path = graphene.String(required=True)
    physical_type = graphene.String(required=True)
    dataset_id = graphene.Int(required=True)


class ColumnLinkType(graphene.ObjectType):
    """A column edge; `targetColumn` is null where every row of the target depends on it."""

    class Meta:
        name = "LineageColumnLink"

    id = graphene.Int(required=True)
    source_id = graphene.Int(required=True)
    source_column = graphene.Field(LineageColumnType, required=True)
    target_id = graphene.Int(required=True)
    target_column = graphene.Field(LineageColumnType)
    kind = graphene.String(required=True)
    subtype = graphene.String(required=True)
    confidence = graphene.Float(required=True)
    reason = graphene.String(required=True)
    transformation = graphene.String(required=True)
    masking = graphene.Boolean(required=True)
    preparations = graphene.List(graphene.NonNull(graphene.String), required=True)
    is_rollup = graphene.Boolean(
        required=True, description="Whether it stands for edges of fields inside the columns."
    )
    span = graphene.List(
        graphene.NonNull(graphene.Int), description="Where the statement names the source column."
    )
    since = graphene.DateTime(required=True)


class ReachedColumnType(graphene.ObjectType):
    """A column and its distance in steps."""

    class Meta:
        name = "ReachedColumn"

    column = graphene.Field(LineageColumnType, required=True)
    distance = graphene.Int(required=True)
    direction = graphene.String(required=True, description="up or down.")


class ColumnClosureType(graphene.ObjectType):
    """Everything that a column's values reach, or come from."""

    class Meta:
        name = "ColumnLineage"

    start = graphene.Field(LineageColumnType, required=True)
    columns = graphene.List(graphene.NonNull(ReachedColumnType), required=True)
    datasets = graphene.List(graphene.NonNull(LineageNodeType), required=True)
    links = graphene.List(graphene.NonNull(ColumnLinkType), required=True)
    truncated = graphene.Boolean(required=True)


class PathsType(graphene.ObjectType):
    """The shortest ways between two datasets, and everything on any way."""

    class Meta:
        name = "LineagePaths"

    shortest = graphene.List(
        graphene.NonNull(graphene.List(graphene.NonNull(LineageNodeType))), required=True
    )
    between = graphene.List(graphene.NonNull(LineageNodeType), required=True)
    links = graphene.List(graphene.NonNull(LineageLinkType), required=True)
    truncated = graphene.Boolean(required=True)


class RunnerType(graphene.ObjectType):
    """Who ran a query; `username` is empty for a user name that no person has."""

    class Meta:
        name = "QueryRunner"

    name = graphene.String(required=True)
    username = graphene.String(required=True)
    runs = graphene.Float(required=True)
    last_run_at = graphene.DateTime()


class QueryRunsType(graphene.ObjectType):
    """When a query ran, how often and by whom."""

    class Meta:
        name = "QueryRuns"

    id = graphene.Int(required=True)
    runs = graphene.Float(required=True)
    errors = graphene.Float(required=True)
    first_run_at = graphene.DateTime()
    last_run_at = graphene.DateTime()
    runners = graphene.List(graphene.NonNull(RunnerType), required=True)


class EvidenceStatementType(graphene.ObjectType):
    """A statement behind a flow; `span` marks the asked column in `sql`, in characters."""

    class Meta:
        name = "EvidenceStatement"

    id = graphene.Int(required=True)
    kind = graphene.String(required=True)
    status = graphene.String(required=True)
    reason = graphene.String(required=True)
    dialect = graphene.String(required=True)
    sql = graphene.String(required=True)
    is_direct = graphene.Boolean(required=True)
    confidence = graphene.Float(required=True)
    confidence_reason = graphene.String(required=True)
    since = graphene.DateTime(required=True)
    read_at = graphene.DateTime(required=True)
    connection = graphene.String(required=True)
    run_id = graphene.Int()
    run_at = graphene.DateTime()
    columns = graphene.List(graphene.NonNull(ColumnLinkType), required=True)
    span = graphene.List(graphene.NonNull(graphene.Int))
    drawn = graphene.List(graphene.NonNull(DrawnEdgeType), required=True)
    query = graphene.Field(QueryRunsType)


class CarryingJobType(graphene.ObjectType):
    """A job that reads the one dataset and writes the other, with the run heard of last."""

    class Meta:
        name = "CarryingJob"

    id = graphene.Int(required=True)
    name = graphene.String(required=True)
    namespace = graphene.String(required=True)
    last_run = graphene.UUID()
    last_run_at = graphene.DateTime()
    last_state = graphene.String(required=True)


class EvidenceType(graphene.ObjectType):
    """Why Concord believes a flow; `jobs` are the ten that carry it, the latest heard first."""

    class Meta:
        name = "LineageEvidence"

    source = graphene.Field(LineageNodeType, required=True)
    target = graphene.Field(LineageNodeType, required=True)
    statements = graphene.List(graphene.NonNull(EvidenceStatementType), required=True)
    jobs = graphene.List(graphene.NonNull(CarryingJobType), required=True)


class RewrittenStatementType(graphene.ObjectType):
    """A statement that names the column, and how it has to read after the change."""

    class Meta:
        name = "RewrittenStatement"

    dataset = graphene.Field(LineageNodeType, required=True)
    title = graphene.String(required=True)
    dialect = graphene.String(required=True)
    before = graphene.String(required=True)
    after = graphene.String(required=True)
    diff = graphene.List(graphene.NonNull(graphene.String), required=True)
    doubts = graphene.List(graphene.NonNull(graphene.String), required=True)
    checked = graphene.Boolean(required=True)
    is_own = graphene.Boolean(required=True)
    is_template = graphene.Boolean(required=True)


class TouchedType(graphene.ObjectType):
    """How many datasets of a kind a change reaches."""

    class Meta:
        name = "TouchedKind"

    kind = graphene.String(required=True)
    count = graphene.Int(required=True)


class TouchedJobType(graphene.ObjectType):
    """A job that reads the dataset of the column, or something that the change reaches."""

    class Meta:
        name = "TouchedJob"

    name = graphene.String(required=True)
    namespace = graphene.String(required=True)
    reads = graphene.Field(LineageNodeType, required=True)


class ColumnChangeType(graphene.ObjectType):
    """What dropping, renaming or retyping a column takes."""

    class Meta:
        name = "ColumnChange"

    change = graphene.String(required=True)
    to = graphene.String(required=True)
    impact = graphene.Field(ImpactType, required=True)
    touched = graphene.List(graphene.NonNull(TouchedType), required=True)
    jobs = graphene.List(graphene.NonNull(TouchedJobType), required=True)
    statements = graphene.List(graphene.NonNull(RewrittenStatementType), required=True)
    left_out = graphene.Int(required=True)

    @staticmethod
    def resolve_touched(root: object, info: object) -> list[dict[str, object]]:
        """Pairs as objects."""
        return [{"kind": kind, "count": count} for kind, count in root.touched]  # type: ignore[attr-defined]


class PathStepType(graphene.ObjectType):
    """A column on the way of a classification."""

    class Meta:
        name = "ClassificationStep"

    column = graphene.Field(LineageColumnType, required=True)
    dataset = graphene.Field(LineageNodeType, required=True)


class SuggestionEvidenceType(graphene.ObjectType):
    """What speaks for a classification, or with a weight below 0 against it."""

    class Meta:
        name = "ClassificationEvidence"

    source = graphene.String(required=True)
    text = graphene.String(required=True)
    weight = graphene.Float(required=True)

    @staticmethod
    def resolve_source(root: Evidence, info: object) -> str:
        """Its word."""
        return root.source.value


class SuggestionType(graphene.ObjectType):
    """A classification that lineage, a name or counts of values suggest for a column."""

    class Meta:
        name = "ClassificationSuggestion"

    column = graphene.Field(LineageColumnType, required=True)
    dataset = graphene.Field(LineageNodeType, required=True)
    label_id = graphene.Int(required=True)
    label = graphene.String(required=True)
    strength = graphene.Float(required=True)
    weakened = graphene.List(graphene.NonNull(graphene.String), required=True)
    path = graphene.List(graphene.NonNull(PathStepType), required=True)
    sources = graphene.List(graphene.NonNull(graphene.String), required=True)
    evidence = graphene.List(graphene.NonNull(SuggestionEvidenceType), required=True)


class StoppedType(graphene.ObjectType):
    """A classification that does not flow on into a column, and why."""

    class Meta:
        name = "StoppedClassification"

    column = graphene.Field(LineageColumnType, required=True)
    dataset = graphene.Field(LineageNodeType, required=True)
    label = graphene.String(required=True)
    reason = graphene.String(required=True)


class SuggestionsType(graphene.ObjectType):
    """What is suggested, the strongest first."""

    class Meta:
        name = "ClassificationSuggestions"

    suggestions = graphene.List(graphene.NonNull(SuggestionType), required=True)
    stopped = graphene.List(graphene.NonNull(StoppedType), required=True)
    truncated = graphene.Boolean(required=True)

"""Plain values that carry lineage across package borders. No Django, no sqlglot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EdgeKind(StrEnum):
    """Whether a column's value comes from the source, or was only decided by it."""

    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"


class EdgeSubtype(StrEnum):
    """How the source takes part; the names are those of OpenLineage's column lineage facet."""

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    FILTER = "FILTER"
    SORT = "SORT"
    WINDOW = "WINDOW"
    CONDITIONAL = "CONDITIONAL"


class ConfidenceReason(StrEnum):
    """Why an edge is believed."""

    BY_SCHEMA = "BY_SCHEMA"
    """The source's schema is known and has the column, or a parsed statement names the table."""
    SINGLE_SOURCE = "SINGLE_SOURCE"
    """Only one source can own the column, but its schema is not known (confidence 0.9)."""
    GUESSED = "GUESSED"
    """One of n candidates (1/n), or a column that the known schema does not list."""
    TOKEN_SCAN = "TOKEN_SCAN"  # noqa: S105 - not a secret
    """The statement could not be parsed; names were read after FROM, JOIN and INTO (0.2)."""
    DECLARED = "DECLARED"
    """Somebody said so: a run event, a manifest or a person, not an SQL text."""


class StatementStatus(StrEnum):
    """How far a statement was understood."""

    PARSED = "PARSED"
    DEGRADED = "DEGRADED"
    """Tables are right, columns are missing; the reason says why."""
    UNPARSED = "UNPARSED"
    """Not understood; tables come from a scan of the words, at low confidence."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as its statement names it, default parts filled in, case folded.

    ``parts`` run from the outermost (database) to the table itself; one to four of them.
    """

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """One source column that an output column depends on.

    ``target_table`` is None for a bare SELECT. ``transformation`` is the SQL expression that
    reads the source, empty for an identity. ``span`` is the half-open character range, in the
    statement's ``sql``, of the reference that names the source column; None where a star or a
    natural join implies it.
    """

    source_table: TableName
    source_column: str
    target_table: TableName | None
    target_column: str
    kind: EdgeKind
    subtype: EdgeSubtype
    confidence: float
    reason: ConfidenceReason
    masking: bool
    transformation: str
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class DatasetEdge:
    """Rows of ``source`` reach ``target``."""

    source: TableName
    target: TableName | None
    confidence: float
    reason: ConfidenceReason


@dataclass(frozen=True, slots=True)
class IndirectDatasetEdge:
    """A source column that decides which rows the whole target has, or in which order."""

    source_table: TableName
    source_column: str
    target_table: TableName | None
    subtype: EdgeSubtype
    confidence: float
    reason: ConfidenceReason


@dataclass(frozen=True, slots=True)
class StatementLineage:
    """What one statement reads and writes.

    ``sources_read`` are the tables whose rows can reach the result; ``sources_mentioned`` adds
    those that are only named, such as tables of a common table expression nobody uses.
    ``output_columns`` are the names of the result that are known, in order; ``unresolved``
    names the references, such as ``t.*`` of an unknown table, that could not be followed.
    ``dataset_edges`` pairs each target with the tables that reach it. ``reason`` is one sentence,
    given unless the status is PARSED. ``confidence`` is the mean over the column edges, where an
    unresolved reference counts as zero.
    """

    statement_type: str
    sql: str
    targets: tuple[TableName, ...]
    sources_read: tuple[TableName, ...]
    sources_mentioned: tuple[TableName, ...]
    output_columns: tuple[str, ...]
    column_edges: tuple[ColumnEdge, ...]
    indirect_edges: tuple[IndirectDatasetEdge, ...]
    unresolved: tuple[str, ...]
    status: StatementStatus
    reason: str | None
    confidence: float
    dataset_edges: tuple[DatasetEdge, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptLineage:
    """The statements of a script, in order."""

    statements: tuple[StatementLineage, ...]

"""Plain values that carry lineage across package borders. No Django, no sqlglot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from catalog.types import FurtherRecord


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
    """A source said so: a run event or a manifest, not an SQL text."""
    MANUAL = "MANUAL"
    """A person said so, with their reason."""


STATED = frozenset({ConfidenceReason.DECLARED, ConfidenceReason.MANUAL})
"""Believed because somebody said it, not because an SQL text was read."""


class StatementStatus(StrEnum):
    """How far a statement was understood."""

    PARSED = "PARSED"
    DEGRADED = "DEGRADED"
    """Tables are right, columns are missing; the reason says why."""
    UNPARSED = "UNPARSED"
    """Not understood; tables come from a scan of the words, at low confidence."""


class TableKind(StrEnum):
    """What a name in a statement stands for."""

    TABLE = "TABLE"
    """A table or view, or anything else that is read like one."""
    FILE = "FILE"
    """Files at a path or address, read or written in place of a table."""
    STAGE = "STAGE"
    """A named place for files inside a database, such as Snowflake's ``@stage``."""


class JobRunState(StrEnum):
    """States of a run, named as OpenLineage's event types; OTHER was only heard of."""

    START = "START"
    RUNNING = "RUNNING"
    OTHER = "OTHER"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"


class JobUse(StrEnum):
    """What a job does with a dataset."""

    READS = "reads"
    WRITES = "writes"


class Preparation(StrEnum):
    """What an expression does to the data on its way (R-062)."""

    NORMALIZE = "NORMALIZE"
    """One spelling, type or unit for equal values: TRIM, LOWER, CAST, DATE_TRUNC, ROUND."""
    DEDUPLICATE = "DEDUPLICATE"
    """Equal rows become one: DISTINCT, UNION, the first of a ROW_NUMBER."""
    ANONYMIZE = "ANONYMIZE"
    """The value can no longer be read: hashes, masks, encryption."""


class ReviewVerdict(StrEnum):
    """What a steward says to a suggested classification; CHANGED put another one in its place."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CHANGED = "changed"


class ColumnChange(StrEnum):
    """What is about to happen to a column."""

    DROP = "drop"
    RENAME = "rename"
    RETYPE = "retype"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as its statement names it, default parts filled in, case folded.

    ``parts`` run from the outermost (database) to the table itself; one to four of them. Files
    and stages have one part, as written.
    """

    parts: tuple[str, ...]
    kind: TableKind = TableKind.TABLE

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
    preparations: tuple[Preparation, ...] = ()
    is_rollup: bool = False
    """Whether it stands for edges of fields inside the target, which are told as well."""
    is_field: bool = False
    """Whether the target is a field inside a column, for which another edge stands."""

    @property
    def source_root(self) -> str:
        """The column itself where ``source_column`` is a field inside it (``payload.user.id``)."""
        return self.source_column.partition(".")[0]


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
    preparations: tuple[Preparation, ...] = ()


@dataclass(frozen=True, slots=True)
class AmbiguousColumn:
    """A bare name that several tables may own, none of them surely."""

    name: str
    candidates: tuple[TableName, ...]


@dataclass(frozen=True, slots=True)
class StatementLineage:
    """What one statement reads and writes.

    ``sources_read`` are the tables whose rows can reach the result; ``sources_mentioned`` adds
    those that are only named, such as tables of a common table expression nobody uses.
    ``output_columns`` are the names of the result that are known, in order; ``unresolved``
    names the references, such as ``t.*`` of an unknown table, that could not be followed.
    ``dataset_edges`` pairs each target with the tables that reach it. ``reason`` is one sentence,
    given unless the status is PARSED; there it says what was assumed of a template's macros.
    ``confidence`` is the mean over the column edges, where an unresolved reference counts as
    zero. ``temporary`` are the targets that end with the session
    or are dropped by the same script; ``calls`` are the routines that the statement runs.
    ``filled_before`` are those of the sources that statements inside this one filled themselves.
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
    ambiguous: tuple[AmbiguousColumn, ...] = ()
    temporary: tuple[TableName, ...] = ()
    calls: tuple[TableName, ...] = ()
    filled_before: tuple[TableName, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptLineage:
    """The statements of a script, in order; ``moves`` are the renames and swaps among them."""

    statements: tuple[StatementLineage, ...]
    moves: tuple[TableMove, ...] = ()
    internal: tuple[TableName, ...] = ()
    """Temporary tables that later statements read, or that the script drops itself."""


@dataclass(frozen=True, slots=True)
class TableMove:
    """A table that got another name; with ``swaps``, two tables that exchanged theirs.

    ``ends`` says that the same script drops the table under its new name.
    """

    statement: int
    source: TableName
    target: TableName
    swaps: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class LineageSummary:
    """What several statements do together: temporary tables composed through, renames applied.

    ``sources`` are read and not written before; ``output_columns`` are those of the last query.
    """

    sources: tuple[TableName, ...]
    mentioned: tuple[TableName, ...]
    targets: tuple[TableName, ...]
    output_columns: tuple[str, ...]
    column_edges: tuple[ColumnEdge, ...]
    indirect_edges: tuple[IndirectDatasetEdge, ...]
    dataset_edges: tuple[DatasetEdge, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryRun(FurtherRecord):
    """One run of a statement, as a log of its system tells it.

    `system` is a qualified name (platform://instance) and `platform` what the statement is
    written in. `run_id` is the system's own id of the run, unique in the system; without one the
    row itself is its identity. Durations are milliseconds, `size_bytes` what was read.
    `keeps_literals` says that the connection wants the text as it was, too.
    """

    system: str
    platform: str
    sql: str
    run_id: str = ""
    ended_at: dt.datetime | None = None
    user: str = ""
    duration_ms: float | None = None
    rows: int | None = None
    size_bytes: int | None = None
    has_failed: bool = False
    database: str = ""
    schema_name: str = ""
    keeps_literals: bool = False

    @property
    def bytes_held(self) -> int:
        return len(self.sql)


@dataclass(frozen=True, slots=True)
class QueryCount(FurtherRecord):
    """What a system's counter of a statement says now: sums since it was last reset.

    `key` is the system's own identity of the counter. `since` is when it began to count, None
    where the system does not tell.
    """

    system: str
    platform: str
    sql: str
    key: str
    read_at: dt.datetime
    runs: int
    total_ms: float = 0.0
    max_ms: float = 0.0
    rows: int = 0
    size_bytes: int = 0
    user: str = ""
    database: str = ""
    schema_name: str = ""
    since: dt.datetime | None = None
    keeps_literals: bool = False

    @property
    def bytes_held(self) -> int:
        return len(self.sql)

"""What the lineage selectors answer with. Frozen values: no queryset leaves them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum

from lineage.types import StatementStatus


class Direction(StrEnum):
    """Up to where data comes from, down to where it goes."""

    UP = "up"
    DOWN = "down"


class Effect(StrEnum):
    """How a change at the start reaches something: in its values, or only in which rows it has."""

    VALUES = "values"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Node:
    """A dataset in the graph. `status` is UNPARSED or DEGRADED where a statement of its own was
    not understood, or only in part; None otherwise."""

    id: int
    name: str
    qualified_name: str
    kind: str
    system: str
    status: StatementStatus | None
    disappeared: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Data flows from `source` to `target`: every statement between the two taken together.

    `is_direct` is False when the source only decides which rows there are.
    """

    source: int
    target: int
    is_direct: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class Traversal:
    """What lies up or down from a dataset, level by level; `levels[0]` is one step away.

    `truncated` says that there is more than the cap allowed. `links` are all links among the
    start and the levels' nodes.
    """

    start: Node
    direction: Direction
    levels: tuple[tuple[Node, ...], ...]
    links: tuple[Link, ...]
    truncated: bool

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node but the start, nearest first."""
        return tuple(node for level in self.levels for node in level)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One step each way."""

    upstream: tuple[Node, ...]
    downstream: tuple[Node, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ColumnNode:
    """A column in the graph."""

    id: int
    path: str
    physical_type: str
    dataset_id: int


@dataclass(frozen=True, slots=True)
class ColumnLink:
    """A column edge as a table row shows it; `target_column` is None for the whole dataset.

    `preparations` are what happens to the data on its way (R-062); `span` is where the statement
    names the source column, in characters. `is_rollup` edges stand for those of fields inside the
    columns, which are there as well.
    """

    id: int
    source_id: int
    source_column: ColumnNode
    target_id: int
    target_column: ColumnNode | None
    kind: str
    subtype: str
    confidence: float
    reason: str
    transformation: str
    masking: bool
    preparations: tuple[str, ...]
    span: tuple[int, int] | None
    since: dt.datetime
    is_rollup: bool = False


@dataclass(frozen=True, slots=True)
class ColumnClosure:
    """Every column that a column reaches, or that reaches it, with its distance in steps.

    `datasets` are those of the columns, and those whose rows a column decides as a whole.
    """

    start: ColumnNode
    direction: Direction
    columns: tuple[tuple[ColumnNode, int], ...]
    datasets: tuple[Node, ...]
    links: tuple[ColumnLink, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Affected:
    """A dataset that a change reaches: how, in how many steps, by which shortest path.

    `path` runs from the start to the dataset itself. `columns` are those whose values change.
    """

    node: Node
    effect: Effect
    distance: int
    path: tuple[Node, ...]
    columns: tuple[ColumnNode, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnerToTell:
    """Somebody who answers for affected datasets, and how many."""

    name: str
    is_team: bool
    datasets: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of a dataset, or of one of its columns, reaches."""

    start: Node
    column: ColumnNode | None
    affected: tuple[Affected, ...]
    owners: tuple[OwnerToTell, ...]
    sentence: str
    truncated: bool


@dataclass(frozen=True, slots=True)
class Paths:
    """The shortest paths from one dataset to another; empty when none was found.

    `between` are all nodes on any path that the limits let us see.
    """

    shortest: tuple[tuple[Node, ...], ...]
    between: tuple[Node, ...]
    links: tuple[Link, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge that somebody drew; the columns are empty where it joins the datasets as a whole."""

    id: int
    source: Node
    source_column: str
    target: Node
    target_column: str
    kind: str
    subtype: str
    masking: bool
    transformation: str
    reason: str
    author: str
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """What happened to an edge: `verb` is insert, update or delete; `by` and `why` say who."""

    at: dt.datetime
    verb: str
    by: str
    why: str
    source: Node
    source_column: str
    target: Node
    target_column: str
    kind: str
    subtype: str


@dataclass(frozen=True, slots=True)
class Runner:
    """Who ran a query: a person, or a user name that no person has (then `username` is empty)."""

    name: str
    username: str
    runs: int
    last_run_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class QueryRuns:
    """When a query ran, how often and by whom; times are None where its source told none."""

    id: int
    runs: int
    errors: int
    first_run_at: dt.datetime | None
    last_run_at: dt.datetime | None
    runners: tuple[Runner, ...]


@dataclass(frozen=True, slots=True)
class EvidenceStatement:
    """A statement that says that data flows, with the column edges it gives.

    `span` is the part of `sql` that names the column asked for, in characters; both are empty
    where the text may name data that is hidden. `drawn` are the
    edges behind it that people drew, `query` tells of the runs of a query.
    """

    id: int
    kind: str
    kind_words: str
    status: StatementStatus
    reason: str
    dialect: str
    sql: str
    is_sql: bool
    is_direct: bool
    confidence: float
    confidence_reason: str
    since: dt.datetime
    read_at: dt.datetime
    connection: str
    run_id: int | None
    run_at: dt.datetime | None
    columns: tuple[ColumnLink, ...]
    span: tuple[int, int] | None
    may_see_text: bool
    drawn: tuple[DrawnEdge, ...]
    query: QueryRuns | None


@dataclass(frozen=True, slots=True)
class CarryingJob:
    """A job that reads the one dataset and writes the other, with the run heard of last."""

    id: int
    name: str
    namespace: str
    last_run: uuid.UUID | None
    last_run_at: dt.datetime | None
    last_state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why Concord believes that data flows from one dataset to another.

    `jobs` are the first ten that carry it and may be seen, the latest heard first.
    """

    source: Node
    target: Node
    statements: tuple[EvidenceStatement, ...]
    jobs: tuple[CarryingJob, ...]

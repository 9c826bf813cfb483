"""Judges lineage by running the statements: what changes an output must have been reported.

One source column at a time is filled with other values; whatever output column then differs must
name that column as a DIRECT or INDIRECT source, or the statement must name it among what decides
all rows. Reporting too much is counted as well, beside what blaming everything would cost.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

import duckdb

from benchmarks.lineage.statements import TABLES, Writer
from lineage.sql import analyze
from lineage.sql.schema import MappingSchema
from lineage.types import StatementLineage

ROWS = 7
VARIANTS = 4
MOST_ROWS = 5_000
"""A query with more counts as refused: which of them are seen would depend on their order."""
WEIGHED = 1_000
"""Up to so many statements have the size of each answer compared with what was observed."""
WEIGHED_OF_MANY = 5
"""Of more, every fifth."""
MOST_SECONDS = 0.5
"""A query that takes longer joins too much; it counts as refused."""
_UNHELPFUL = (
    "expression_rewriter,join_order,statistics_propagation,compressed_materialization,"
    "duplicate_groups,reorder_filter,join_filter_pushdown,late_materialization,"
    "build_side_probe_side,limit_pushdown,top_n,column_lifetime,cte_inlining,regex_range,"
    "unused_columns,common_subexpressions"
)
"""Optimizers that cost more than they save on tables of some rows."""
Pair = tuple[str, str, int]
"""A source table, a source column, and the position of an output column."""
Column = tuple[str, str]
Data = dict[str, list[list[object]]]

SCHEMA = MappingSchema({table: list(columns) for table, columns in TABLES.items()})


@dataclass(slots=True)
class Verdict:
    """What one statement showed."""

    sql: str
    missed: list[Pair] = field(default_factory=list)
    observed: int = 0
    reported: int = 0
    named: int = 0
    """Pairs of every column that the text names with every output."""


@dataclass(slots=True)
class Tally:
    """What many statements showed."""

    statements: int = 0
    refused: int = 0
    wrong_columns: list[str] = field(default_factory=list)
    failures: list[Verdict] = field(default_factory=list)
    observed: int = 0
    reported: int = 0
    named: int = 0

    def add(self, verdict: Verdict) -> None:
        self.statements += 1
        self.observed += verdict.observed
        self.reported += verdict.reported
        self.named += verdict.named
        if verdict.missed:
            self.failures.append(verdict)


class TooManyRowsError(Exception):
    """The rows of a result cannot all be compared."""


def worlds(seed: int = 1, variants: int = VARIANTS) -> Iterator[tuple[str, Column | None, Data]]:
    """The tables as they are, under the name `base`, and once more for every changed column."""
    chance = random.Random(seed)
    base = {
        table: [[_value(kind, chance) for kind in columns.values()] for _ in range(ROWS)]
        for table, columns in TABLES.items()
    }
    yield "base", None, base
    for table, columns in TABLES.items():
        for position, (column, kind) in enumerate(columns.items()):
            for number in range(variants):
                changed = [list(row) for row in base[table]]
                for row in changed:
                    row[position] = _other(kind, chance, number)
                yield f"{table}_{column}_{number}", (table, column), base | {table: changed}


class Judge:
    """A DuckDB in memory with the tables as they are, and once more for every changed column."""

    def __init__(self, seed: int = 1, variants: int = VARIANTS) -> None:
        self._connection = duckdb.connect(config={"threads": 1, "memory_limit": "500MB"})
        self._connection.execute(f"set disabled_optimizers = '{_UNHELPFUL}'")
        self._variants: dict[Column, list[str]] = {}
        for name, changed, data in worlds(seed, variants):
            self._make(name, data)
            if changed is not None:
                self._variants.setdefault(changed, []).append(name)

    def _make(self, schema: str, data: dict[str, list[list[object]]]) -> None:
        self._connection.execute(f"create schema {schema}")
        for table, rows in data.items():
            columns = ", ".join(f"{n} {_TYPES[k]}" for n, k in TABLES[table].items())
            self._connection.execute(f"create table {schema}.{table} ({columns})")
            marks = ", ".join("?" for _ in TABLES[table])
            self._connection.executemany(f"insert into {schema}.{table} values ({marks})", rows)

    def run(self, sql: str, schema: str = "base") -> list[tuple[object, ...]]:
        """The rows of a query over the tables of a schema."""
        self._connection.execute(f"set schema = '{schema}'")
        timer = threading.Timer(MOST_SECONDS, self._connection.interrupt)
        timer.start()
        try:
            return self._connection.execute(sql).fetchmany(MOST_ROWS + 1)
        finally:
            timer.cancel()

    def names(self, sql: str) -> list[str]:
        """The output columns as the database calls them."""
        self._connection.execute("set schema = 'base'")
        return [row[0] for row in self._connection.execute(f"describe {sql}").fetchall()]

    def changes(self, sql: str, width: int, told: Set[Pair] = frozenset()) -> set[Pair]:
        """Every output column that some other content of a source column changes.

        A source column that is ``told`` of every output cannot be missed; it is left out.
        """
        rows = self.run(sql)
        if len(rows) > MOST_ROWS:
            raise TooManyRowsError
        before = columns_of(rows, width)
        pairs: set[Pair] = set()
        for (table, column), schemas in self._variants.items():
            if not _names(sql, table, column):
                continue
            if told.issuperset((table, column, i) for i in range(width)):
                continue
            for schema in schemas:
                after = columns_of(self.run(sql, schema), width)
                pairs |= {(table, column, i) for i in range(width) if before[i] != after[i]}
        return pairs


def _names(sql: str, table: str, column: str) -> bool:
    """Whether a text may read a column: by its name, by a star, by a pattern."""
    return table in sql and (column in sql or "*" in sql or "columns(" in sql)


def columns_of(rows: Sequence[Sequence[object]], width: int) -> list[Counter[str]]:
    """Each column as the values it holds, whatever their order."""
    return [Counter(repr(row[i]) for row in rows) for i in range(width)]


_TYPES = {"i": "integer", "s": "varchar", "l": "integer[]", "r": "struct(x integer, y varchar)"}


def _value(kind: str, chance: random.Random) -> object:
    if kind != "l" and kind != "r" and chance.random() < 0.12:
        return None
    if kind == "i":
        return chance.randint(0, 4)
    if kind == "s":
        return chance.choice(["a", "b", "ba", "c"])
    if kind == "l":
        return [chance.randint(0, 4) for _ in range(chance.randint(0, 3))]
    return {"x": chance.randint(0, 4), "y": chance.choice("abc")}


def _other(kind: str, chance: random.Random, number: int) -> object:
    """Values for a changed column: new ones at random, far ones, or all alike."""
    if number == 0:
        return _value(kind, chance)
    if number == 1:
        far: dict[str, object] = {
            "i": chance.randint(10, 99),
            "s": chance.choice(["far", "away"]),
            "l": [chance.randint(10, 99)],
            "r": {"x": chance.randint(10, 99), "y": "far"},
        }
        return far[kind]
    if number == 2:
        same: dict[str, object] = {"i": 2, "s": "ba", "l": [1, 2], "r": {"x": 2, "y": "b"}}
        return same[kind]
    return None if kind in "is" else _value(kind, chance)


def reported_pairs(lineage: StatementLineage, width: int) -> set[Pair]:
    """The pairs that the lineage tells, by the position of the output column."""
    positions: dict[str, list[int]] = {}
    for index, name in enumerate(lineage.output_columns):
        positions.setdefault(name, []).append(index)
    pairs = {
        (edge.source_table.text, edge.source_root, position)
        for edge in lineage.column_edges
        if edge.target_table is None and not edge.is_field
        for position in positions[edge.target_column]
    }
    for condition in lineage.indirect_edges:
        root = condition.source_column.partition(".")[0]
        pairs |= {(condition.source_table.text, root, i) for i in range(width)}
    return pairs


def verdict_of(judge: Judge, sql: str, *, weighed: bool = True) -> Verdict | None:
    """What running the statement shows; None where the database refuses it.

    Where the size of the answer is not ``weighed``, only what could be missed is tried.
    """
    (lineage,) = analyze(sql, dialect="duckdb", schema=SCHEMA).statements
    try:
        names = judge.names(sql)
        agrees = [n.lower() for n in lineage.output_columns] == [n.lower() for n in names]
        reported = reported_pairs(lineage, len(names)) if agrees else set()
        told = frozenset() if weighed else frozenset(reported)
        observed = judge.changes(sql, len(names), told)
    except (duckdb.Error, MemoryError, TooManyRowsError):
        return None
    if not agrees:
        wrong = Verdict(sql, observed=len(observed))
        wrong.missed = sorted(observed) or [("?", "?", 0)]
        return wrong
    if not weighed:
        return Verdict(sql, missed=sorted(observed - reported))
    mentioned = [
        (table, column)
        for table, columns in TABLES.items()
        for column in columns
        if _names(sql, table, column)
    ]
    return Verdict(
        sql,
        missed=sorted(observed - reported),
        observed=len(observed),
        reported=len(reported),
        named=len(mentioned) * len(names),
    )


def judge_statements(
    first_seed: int,
    count: int,
    judge: Judge | None = None,
    depth: int = 3,
    seconds: float = math.inf,
) -> Tally:
    """Judge ``count`` statements that the database accepts, from ``first_seed`` on; of many, the
    size of the answer is weighed for a fifth.

    ``depth`` is how many queries may stand inside each other. After ``seconds`` no further
    statement is judged.
    """
    begun = time.monotonic()
    judge = judge or Judge()
    tally = Tally()
    seed = first_seed
    while tally.statements < count and time.monotonic() - begun < seconds:
        weighed = count <= WEIGHED or tally.statements % WEIGHED_OF_MANY == 0
        verdict = verdict_of(judge, Writer(seed, depth).statement(), weighed=weighed)
        if verdict is None:
            tally.refused += 1
        else:
            tally.add(verdict)
        seed += 1
    return tally

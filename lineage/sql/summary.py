"""A script as one answer: what it takes from outside, what it leaves behind, and how they relate.

Temporary tables were composed through while the statements were read; here renames and swaps are
applied to what was written before them, and tables that the script only uses itself are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lineage.types import (
    ColumnEdge,
    DatasetEdge,
    IndirectDatasetEdge,
    LineageSummary,
    ScriptLineage,
    StatementLineage,
    StatementStatus,
    TableKind,
    TableMove,
    TableName,
)

_OF_OLD_ROWS = frozenset({"DELETE", "UPDATE"})
"""What leaves a table with rows that it had before."""
_FILLS = ("INSERT", "MERGE")
_CONNECTED = re.compile(r"\bWITH\s*\([^;]{0,2000}?'connector(?:\.type)?'\s*=", re.IGNORECASE)
"""Flink's table, which declares what is elsewhere."""
_QUERIED = re.compile(
    r"\b(?:SEL(?:ECT)?|AS[\s(]{1,200}(?:WITH|VALUES|FROM|TABLE|EXECUTE))\b", re.IGNORECASE
)
"""A table that is made of rows, not only declared."""
_IF_MISSING = re.compile(r"\s*CREATE\s(?:[^(;'\"`]{1,200}\s)?IF\s+NOT\s+EXISTS\s", re.IGNORECASE)


@dataclass(slots=True)
class _Upstream:
    """What one target was made of so far."""

    columns: dict[ColumnEdge, None] = field(default_factory=dict)
    rows: dict[IndirectDatasetEdge, None] = field(default_factory=dict)
    datasets: dict[DatasetEdge, None] = field(default_factory=dict)
    filled: bool = False
    """Whether the script brings its rows."""

    def of(self, target: TableName) -> _Upstream:
        """The same of a target with another name."""
        return _Upstream(
            {replace(edge, target_table=target): None for edge in self.columns},
            {replace(edge, target_table=target): None for edge in self.rows},
            {replace(edge, target=target): None for edge in self.datasets},
            self.filled,
        )

    def read_from(self, names: Mapping[TableName, TableName]) -> None:
        """Let sources have other names."""
        self.columns = {
            replace(edge, source_table=names.get(edge.source_table, edge.source_table)): None
            for edge in self.columns
        }
        self.rows = {
            replace(edge, source_table=names.get(edge.source_table, edge.source_table)): None
            for edge in self.rows
        }
        self.datasets = {
            replace(edge, source=names.get(edge.source, edge.source)): None
            for edge in self.datasets
        }


def summarize(script: ScriptLineage) -> LineageSummary:
    """The script's own sources, targets and edges."""
    graph = _Graph(set(script.internal))
    moves: dict[int, list[TableMove]] = {}
    for move in script.moves:
        moves.setdefault(move.statement, []).append(move)
    for index, statement in enumerate(script.statements):
        pending = moves.get(index, ())
        if not pending or not graph.moved(pending):
            graph.add(_from_its_side(statement, pending))
    return graph.summary(script.statements)


def _from_its_side(statement: StatementLineage, moves: Sequence[TableMove]) -> StatementLineage:
    """``ALTER TABLE a SWAP WITH b``, where the script says nothing else of both, is told as it is
    written: what was in b is in a now. Both ways would be a circle of two tables."""
    taken = {move.target: move.source for move in moves if move.swaps}
    if not taken or statement.statement_type == "EXCHANGE TABLES":
        return statement
    sources = tuple(taken.values())
    return replace(
        statement,
        targets=tuple(taken),
        sources_read=sources,
        sources_mentioned=sources,
        column_edges=tuple(e for e in statement.column_edges if e.target_table in taken),
        dataset_edges=tuple(e for e in statement.dataset_edges if e.target in taken),
    )


def keeps_rows(statement: StatementLineage) -> bool:
    """Whether rows that a target had before are still there, and none came from elsewhere; a table
    that is only declared gets them from elsewhere."""
    if statement.statement_type in _OF_OLD_ROWS:
        return True
    if statement.dataset_edges:
        return False
    if statement.statement_type == "CREATE TABLE" and _QUERIED.search(statement.sql) is None:
        return True
    return (
        _IF_MISSING.match(statement.sql) is not None or _CONNECTED.search(statement.sql) is not None
    )


class _Graph:
    """Targets with what they are made of, in the order of the statements."""

    def __init__(self, internal: set[TableName]) -> None:
        self._internal = internal
        self._made: dict[TableName | None, _Upstream] = {}
        self._sources: dict[TableName, None] = {}
        self._mentioned: dict[TableName, None] = {}
        self._places: dict[TableName, list[DatasetEdge]] = {}
        """Tables over files that nothing was read from so far."""

    def add(self, statement: StatementLineage) -> None:
        self._note_places(statement)
        inside = set(statement.filled_before)
        for table in statement.sources_read:
            if not self._is_filled(table) and table not in inside:
                self._sources[table] = None
        for table in statement.sources_mentioned:
            if not self._is_filled(table) and table not in inside:
                self._mentioned[table] = None
        for target in statement.targets:
            made = self._upstream(target)
            made.filled = made.filled or not keeps_rows(statement)
        for edge in statement.column_edges:
            self._upstream(edge.target_table).columns[edge] = None
        for condition in statement.indirect_edges:
            self._upstream(condition.target_table).rows[condition] = None
        for pair in statement.dataset_edges:
            self._upstream(pair.target).datasets[pair] = None

    def _note_places(self, statement: StatementLineage) -> None:
        """Where a table's files lie is a source of it, unless the script writes them first."""
        for table in statement.sources_read:
            self._places.pop(table, None)
        if statement.statement_type.startswith(_FILLS):
            for target in statement.targets:
                for pair in self._places.pop(target, ()):
                    self._upstream(target).datasets.pop(pair, None)
                    self._sources.pop(pair.source, None)
                    self._mentioned.pop(pair.source, None)
        files = [p for p in statement.dataset_edges if p.source.kind is not TableKind.TABLE]
        is_declared = statement.statement_type.startswith("CREATE") and not statement.unresolved
        if is_declared and not statement.column_edges and len(files) == len(statement.sources_read):
            for pair in files:
                if pair.target is not None and pair.source not in self._sources:
                    self._places.setdefault(pair.target, []).append(pair)

    def _upstream(self, target: TableName | None) -> _Upstream:
        return self._made.setdefault(target, _Upstream())

    def _is_filled(self, table: TableName) -> bool:
        made = self._made.get(table)
        return table in self._internal or (made is not None and made.filled)

    def moved(self, moves: Sequence[TableMove]) -> bool:
        """Apply renames and swaps of tables that the script wrote or read; False when there is
        something else to tell of them."""
        read = [move for move in moves if self._is_read(move)]
        made = [m for m in moves if m.source in self._made or (m.swaps and m.target in self._made)]
        if not made and len(read) < len(moves):
            return False
        for move in read:
            self._read_from(move)
        for move in made:
            one, other = self._made.pop(move.source, None), None
            if move.swaps:
                other = self._made.pop(move.target, None)
            if one is not None:
                self._made[move.target] = one.of(move.target)
            if other is not None:
                self._made[move.source] = other.of(move.source)
        return True

    def _is_read(self, move: TableMove) -> bool:
        if move.ends:
            return False
        return move.source in self._sources or (move.swaps and move.target in self._sources)

    def _read_from(self, move: TableMove) -> None:
        """What was read under a name before it moved is found under the other one now."""
        names = {move.source: move.target}
        if move.swaps:
            names[move.target] = move.source
        for tables in (self._sources, self._mentioned):
            moved = {names.get(table, table): None for table in tables}
            tables.clear()
            tables.update(moved)
        for made in self._made.values():
            made.read_from(names)

    def summary(self, statements: Sequence[StatementLineage]) -> LineageSummary:
        shown = [made for target, made in self._made.items() if target not in self._internal]
        targets = [t for t in self._made if t is not None and t not in self._internal]
        named = [s for s in statements if s.output_columns]
        queries = [s for s in named if not s.targets]
        shows = queries or named
        return LineageSummary(
            sources=tuple(self._sources),
            mentioned=tuple(self._mentioned),
            targets=tuple(targets),
            output_columns=shows[-1].output_columns if shows else (),
            column_edges=tuple(edge for made in shown for edge in made.columns),
            indirect_edges=tuple(edge for made in shown for edge in made.rows),
            dataset_edges=tuple(edge for made in shown for edge in made.datasets),
            errors=tuple(
                s.reason for s in statements if s.reason and s.status is not StatementStatus.PARSED
            ),
        )

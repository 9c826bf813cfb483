"""Lineage as lines of text, so that a test's expectation can be read."""

from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any

from lineage.sql import analyze
from lineage.types import (
    ColumnEdge,
    ConfidenceReason,
    IndirectDatasetEdge,
    StatementLineage,
    TableName,
)


class Tables:
    """A schema provider over a mapping; remembers what it was asked."""

    def __init__(self, columns: Mapping[str, str] | None = None) -> None:
        self._columns = {name: names.split() for name, names in (columns or {}).items()}
        self.asked: list[str] = []

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        self.asked.append(table.text)
        return self._columns.get(table.text)


def statement(
    sql: str,
    dialect: str = "postgres",
    tables: Mapping[str, str] | None = None,
    **options: Any,
) -> StatementLineage:
    """The lineage of a text that must be one statement."""
    (only,) = analyze(sql, dialect=dialect, schema=Tables(tables), **options).statements
    return only


def _doubt(edge: ColumnEdge | IndirectDatasetEdge) -> str:
    return f" ~{edge.confidence:.2f}" if edge.reason is ConfidenceReason.GUESSED else ""


def _line(edge: ColumnEdge | IndirectDatasetEdge) -> str:
    target = f"{edge.target_table.text}." if edge.target_table else ""
    column = edge.target_column if isinstance(edge, ColumnEdge) else "(rows)"
    masked = " masked" if isinstance(edge, ColumnEdge) and edge.masking else ""
    source = f"{edge.source_table.text}.{edge.source_column}"
    return f"{target}{column} <- {source} {edge.subtype}{masked}{_doubt(edge)}"


def lines(lineage: StatementLineage) -> list[str]:
    """``target.column <- source.column SUBTYPE``, sorted; ``~`` marks a guess's confidence."""
    return sorted(_line(edge) for edge in (*lineage.column_edges, *lineage.indirect_edges))


def edges(
    sql: str,
    dialect: str = "postgres",
    tables: Mapping[str, str] | None = None,
    **options: Any,
) -> list[str]:
    return lines(statement(sql, dialect, tables, **options))


def expected(text: str) -> list[str]:
    return sorted(line.strip() for line in dedent(text).strip().splitlines())


def names(tables: Sequence[TableName]) -> list[str]:
    return [table.text for table in tables]

"""What the values of a few rows are, counted for each column: e-mail addresses, account numbers.

No value leaves this module, and none is kept. A table that may not be read is left without counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import BigInteger, Enum, String, TypeEngine, Uuid

from catalog.connectors.source_values import column_text
from catalog.formats import MOST_CHARACTERS, count_by_column
from catalog.types import ProblemRecord, Severity

MOST_ROWS = 200
MOST_COLUMNS = 100
MOST_SECONDS = 300.0
"""For all tables of a run together; what is left then has no counts."""

Formats = dict[str, dict[str, int]]
"""What a column's values are, by the name that the source gives it."""


class Looking:
    """Looks at the values of one table after another, for `MOST_SECONDS` in all."""

    def __init__(self) -> None:
        self._until = time.monotonic() + MOST_SECONDS
        self._left_out = 0

    def allows(self) -> bool:
        """Whether there is time for another table; counts those for which there is none."""
        if time.monotonic() < self._until:
            return True
        self._left_out += 1
        return False

    def problems(self) -> Iterator[ProblemRecord]:
        """What was not looked at."""
        if self._left_out:
            yield ProblemRecord(
                "values",
                f"Looking at values took longer than {MOST_SECONDS:.0f} seconds, so"
                f" {self._left_out} tables have no counts: read fewer schemas at a time.",
                Severity.NOTICE,
            )


class LookingOver(Looking):
    """The same over a connection that commits by itself, since a query that fails must leave it
    usable."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def formats(self, schema: str, relation: str, columns: Sequence[Mapping[str, Any]]) -> Formats:
        """Counts for the texts and long numbers of a table; empty where it may not be read."""
        types = {str(one["name"]): one["type"] for one in columns}
        wanted = [name for name, one in types.items() if _may_tell(one)][:MOST_COLUMNS]
        if not wanted or not self.allows():
            return {}
        texts = {name for name in wanted if isinstance(types[name], String)}
        shown = [
            func.substr(column(name), 1, MOST_CHARACTERS + 1) if name in texts else column(name)
            for name in wanted
        ]
        query = select(*shown).select_from(table(relation, schema=schema)).limit(MOST_ROWS)
        try:
            rows = [tuple(row) for row in self._connection.execute(query)]
        except SQLAlchemyError:
            return {}
        return dict(count_by_column(wanted, rows, texts))


def formats_in_duckdb(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    relation: str,
    types: Sequence[tuple[str, str]],
) -> Formats:
    """Counts for the texts and long numbers of a table in a DuckDB file."""
    wanted = [
        (name, one) for name, one in types if one in ("VARCHAR", "BIGINT", "HUGEINT", "UUID")
    ][:MOST_COLUMNS]
    if not wanted:
        return {}
    texts = {name for name, one in wanted if one == "VARCHAR"}
    shown = ", ".join(
        f"substr({_quoted(name)}::VARCHAR, 1, {MOST_CHARACTERS + 1})" for name, _ in wanted
    )
    source = f"{_quoted(schema)}.{_quoted(relation)}"
    try:
        rows = connection.execute(f"SELECT {shown} FROM {source} LIMIT {MOST_ROWS}").fetchall()  # noqa: S608 - identifiers are quoted
    except duckdb.Error:
        return {}
    return dict(count_by_column([name for name, _ in wanted], rows, texts))


def statistics_of(formats: Formats) -> dict[str, dict[str, Any]]:
    """Counts as a profile keeps them, by the columns' names in the catalog."""
    return {column_text(name): {"formats": counts} for name, counts in formats.items()}


def _may_tell(one: TypeEngine[Any]) -> bool:
    return isinstance(one, String | BigInteger | Uuid) and not isinstance(one, Enum)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""One file's columns and statistics, by a DuckDB that can reach nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb

from catalog.connectors.duckdb_types import nested_columns
from catalog.connectors.files.listing import DataFile, Format
from catalog.connectors.source_values import column_path, column_text, text_of
from catalog.formats import count_by_column
from catalog.types import ColumnRecord, ProfileRecord

_MAX_PROFILED_COLUMNS = 500
_MAX_SHOWN = 100  # characters of a least and greatest value
_SAMPLED_ROWS = 200
_WITH_FORMATS = ("VARCHAR", "BIGINT", "HUGEINT", "UUID")
_COUNTED_ONLY = ("STRUCT", "MAP", "UNION", "BLOB", "JSON", "BIT")


class FileReader:
    """A private DuckDB without network, extensions or files other than the ones allowed."""

    def __init__(self, allowed: Iterable[Path], *, is_folder: bool, timeout_seconds: int) -> None:
        self._timeout = timeout_seconds
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": "2",
                "memory_limit": "768MB",  # a CSV of 10,000 columns reserves half of it
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
            },
        )
        which = "allowed_directories" if is_folder else "allowed_paths"
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in allowed)
        self._connection.execute("SET temp_directory = ''")
        self._connection.execute(f"SET {which} = [{listed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Give its memory back."""
        self._connection.close()

    def columns(self, file: DataFile, *, is_lenient: bool = False) -> list[ColumnRecord]:
        """Columns with nested fields; raises duckdb.Error or NameRefused."""
        source, parameters = _source(file, is_lenient)
        with self._bounded():
            described = self._connection.execute(f"DESCRIBE SELECT * FROM {source}", parameters)  # noqa: S608 - fixed functions, the path is a parameter
            rows = described.fetchall()
        return [
            nested
            for name, type_text, *_ in rows
            for nested in nested_columns(ColumnRecord(column_path(name), type_text))
        ]

    def profile(
        self, file: DataFile, columns: list[ColumnRecord], *, is_lenient: bool = False
    ) -> ProfileRecord:
        """Rows, bytes and per-column statistics; raises duckdb.Error."""
        flat = [c for c in columns if len(c.path) == 1][:_MAX_PROFILED_COLUMNS]
        expressions = [e for column in flat for e in _expressions(column)]
        source, parameters = _source(file, is_lenient)
        query = f"SELECT {', '.join(['count(*)', *expressions])} FROM {source}"  # noqa: S608 - identifiers are quoted, the path is a parameter
        with self._bounded():
            row = self._connection.execute(query, parameters).fetchone()
        assert row is not None
        rows = int(row[0])
        statistics = {
            column_text(column.path[0]): _statistics(rows, *row[1 + 4 * at : 5 + 4 * at])
            for at, column in enumerate(flat)
        }
        for column, formats in self._formats(file, flat, is_lenient):
            statistics[column_text(column)]["formats"] = formats
        return ProfileRecord(
            dt.datetime.now(dt.UTC), rows, file.location.stat().st_size, columns=statistics
        )

    def _formats(
        self, file: DataFile, columns: Sequence[ColumnRecord], is_lenient: bool
    ) -> Iterator[tuple[str, dict[str, int]]]:
        """What the values of the first rows are, counted: of texts, and of numbers with so many
        digits that they may be no amounts. No value leaves this method."""
        named = [c.path[0] for c in columns if (c.physical_type or "").startswith(_WITH_FORMATS)]
        texts = {c.path[0] for c in columns if (c.physical_type or "").startswith("VARCHAR")}
        if not named:
            return
        source, parameters = _source(file, is_lenient)
        listed = ", ".join('"' + name.replace('"', '""') + '"::VARCHAR' for name in named)
        query = f"SELECT {listed} FROM {source} LIMIT {_SAMPLED_ROWS}"  # noqa: S608 - identifiers are quoted, the path is a parameter
        with self._bounded():
            rows = self._connection.execute(query, parameters).fetchall()
        yield from count_by_column(named, rows, texts)

    def rows(self, file: DataFile, columns: Sequence[str], limit: int) -> list[tuple[Any, ...]]:
        """The first rows with these columns; raises duckdb.Error."""
        source, parameters = _source(file, is_lenient=True)
        listed = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        query = f"SELECT {listed} FROM {source} LIMIT {int(limit)}"  # noqa: S608 - identifiers are quoted, the path is a parameter
        with self._bounded():
            return self._connection.execute(query, parameters).fetchall()

    def query(self, file: DataFile, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a query, to which the file is a table of its name in a schema of
        its folder's; raises duckdb.Error."""
        source, parameters = _source(file, is_lenient=True)
        for value in parameters:
            written = str(value).lower() if isinstance(value, bool) else _literal(value)
            source = source.replace("?", written.replace("?", "\0"), 1)
        table = ".".join(_identifier(part) for part in file.parts[-2:])
        if len(file.parts) > 1:
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_identifier(file.parts[-2])}")
        source = source.replace("\0", "?")
        with self._bounded():
            self._connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {source}")  # noqa: S608 - identifiers are quoted, so is the path
            found = self._connection.execute(sql)
            return [one[0] for one in found.description or ()], found.fetchall()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        timer = Timer(self._timeout, self._connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _source(file: DataFile, is_lenient: bool) -> tuple[str, list[Any]]:
    """The table function that reads the file and its parameters."""
    path = _without_patterns(str(file.location.resolve()))
    packing = "gzip" if file.is_gz else "none"
    if file.format is Format.PARQUET:
        return "read_parquet(?)", [path]
    if file.format is Format.CSV:
        return "read_csv(?, compression = ?, ignore_errors = ?)", [path, packing, is_lenient]
    options = "compression = ?, ignore_errors = ?, maximum_depth = 12"
    is_lines = not file.parts[-1].lower().removesuffix(".gz").endswith(".json")
    layout = ", format = 'newline_delimited'" if is_lines else ""
    return f"read_json(?, {options}{layout})", [path, packing, is_lenient and is_lines]


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _without_patterns(path: str) -> str:
    """The path with `*`, `?` and `[` meaning themselves."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)


def _expressions(column: ColumnRecord) -> tuple[str, str, str, str]:
    """Values, distinct values, the least and the greatest one."""
    name = '"' + column.path[0].replace('"', '""') + '"'
    type_text = column.physical_type or ""
    if type_text.startswith(_COUNTED_ONLY) or type_text.endswith("]"):
        return f"count({name})", "NULL", "NULL", "NULL"
    return (
        f"count({name})",
        f"approx_count_distinct({name})",
        f"min({name})::VARCHAR",
        f"max({name})::VARCHAR",
    )


def _statistics(
    rows: int, values: int, distinct: int | None, least: str | None, greatest: str | None
) -> dict[str, Any]:
    known = {
        "nulls": rows - values,
        "distinct": None if distinct is None else min(distinct, values),
        "min": _shown(least),
        "max": _shown(greatest),
    }
    return {key: value for key, value in known.items() if value is not None}


def _shown(value: str | None) -> str | None:
    text = text_of(value)
    return text[:_MAX_SHOWN] if text else None

"""Judges lineage of written queries by running them, in DuckDB and in PostgreSQL.

They use what each of the two has for itself and generated queries do not: records and documents,
functions that make rows, pivots, windows with their own words, names that nobody gave. Every output
column must have the engine's own name in PostgreSQL.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.database import benchmark_database
from benchmarks.lineage.execution import (
    SCHEMA,
    Column,
    Data,
    Judge,
    Pair,
    columns_of,
    reported_pairs,
    worlds,
)
from benchmarks.lineage.statements import TABLES
from lineage.sql import analyze
from lineage.types import StatementLineage

_TYPES = {"i": "integer", "s": "text", "l": "integer[]", "r": "jsonb"}
_DAY = ("orders", "day")
"""A date in PostgreSQL, a number in DuckDB."""


def queries(name: str) -> list[str]:
    """The queries for an engine, one in a line."""
    text = (Path(__file__).parent / f"written_{name}.txt").read_text(encoding="utf-8")
    return text.splitlines()


def judged_in_duckdb() -> dict[str, list[Pair]]:
    """Each query with the pairs that its lineage does not tell."""
    judge = Judge()
    found = {}
    for sql in queries("duckdb"):
        width = len(judge.names(sql))
        (lineage,) = analyze(sql, dialect="duckdb", schema=SCHEMA).statements
        told = _told(lineage, width)
        found[sql] = sorted(judge.changes(sql, width) - told)
    return found


def judged_in_postgres() -> dict[str, list[Pair]]:
    """The same for PostgreSQL; a name that is not the server's counts as a pair."""
    found = {}
    with _Server.running() as server:
        for sql in queries("postgres"):
            names, changed = server.judge(sql)
            lineage = analyze(sql, dialect="postgres", schema=SCHEMA).statements[-1]
            missed = sorted(changed - _told(lineage, len(names)))
            other = [n for n, m in zip(lineage.output_columns, names, strict=False) if n != m]
            found[sql] = missed or [(name, "?", 0) for name in other]
    return found


def _told(lineage: StatementLineage, width: int) -> set[Pair]:
    if len(lineage.output_columns) != width:
        return set()
    return reported_pairs(lineage, width)


class _Server:
    """A throwaway PostgreSQL with the same tables; documents stand for structs."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._variants: list[tuple[Column, str]] = []
        for name, changed, data in worlds():
            self._make(name, data)
            if changed is not None:
                self._variants.append((changed, name))

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[_Server]:
        """One that runs until the block ends."""
        with benchmark_database():
            from django.conf import settings

            given = settings.DATABASES["default"]
            with psycopg.connect(
                host=given["HOST"], port=given["PORT"] or None, dbname=given["NAME"],
                user=given["USER"], password=given.get("PASSWORD") or None, autocommit=True,
            ) as connection:  # fmt: skip
                yield cls(connection)

    def _make(self, schema: str, data: Data) -> None:
        self._connection.execute(f"CREATE SCHEMA {schema}")
        for table, rows in data.items():
            columns = TABLES[table]
            types = ["date" if (table, c) == _DAY else _TYPES[k] for c, k in columns.items()]
            listed = ", ".join(f"{c} {t}" for c, t in zip(columns, types, strict=True))
            self._connection.execute(f"CREATE TABLE {schema}.{table} ({listed})")
            marks = ", ".join("%s" for _ in columns)
            for row in rows:
                values = [_as_stored(v, t) for v, t in zip(row, types, strict=True)]
                self._connection.execute(f"INSERT INTO {schema}.{table} VALUES ({marks})", values)

    def _run(self, sql: str, schema: str) -> tuple[list[str], list[tuple[object, ...]]]:
        """Names and rows; nothing that a query writes stays."""
        with self._connection.transaction(force_rollback=True):
            self._connection.execute(f"SET LOCAL search_path = {schema}")
            cursor = self._connection.execute(sql)
            return [column.name for column in cursor.description or ()], cursor.fetchall()

    def judge(self, sql: str) -> tuple[list[str], set[Pair]]:
        """The names of the columns, and what changes which of them. A query that fails on other
        data tells nothing of it."""
        names, rows = self._run(sql, "base")
        before = columns_of(rows, len(names))
        pairs: set[Pair] = set()
        for (table, column), schema in self._variants:
            if table not in sql:
                continue
            with contextlib.suppress(psycopg.Error):
                after = columns_of(self._run(sql, schema)[1], len(names))
                pairs |= {(table, column, i) for i in range(len(names)) if before[i] != after[i]}
        return names, pairs


def _as_stored(value: object, type_: str) -> object:
    if type_ == "date" and isinstance(value, int):
        return f"2024-01-{value % 28 + 1:02d}"
    if type_ == "jsonb" and isinstance(value, dict):
        return json.dumps(value | {"l": [value["x"], {"z": value["x"]}]})
    return value

"""A DuckDB file, read through DuckDB's own catalog functions (no other dialect knows them)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.engine import URL

from catalog.connectors.duckdb_types import nested_columns
from catalog.connectors.source_values import (
    column_path,
    column_text,
    left_out,
    name_of,
    text_of,
)
from catalog.connectors.sql_database.connecting import explain
from catalog.connectors.sql_database.counting import (
    Formats,
    Looking,
    formats_in_duckdb,
    statistics_of,
)
from catalog.connectors.sql_database.reflection import Place
from catalog.connectors.sql_database.settings import SqlDatabaseSettings
from catalog.names import NameRefused
from catalog.registries.connectors import SourceUnreadable, Yielded
from catalog.types import (
    ColumnRecord,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    ExpectedTotal,
    ProblemRecord,
    ProfileRecord,
    RelationRecord,
)

_Key = tuple[str, str]  # schema, table
_RELATIONS = """
SELECT schema_name, table_name, 'table', comment, NULL, estimated_size, internal
FROM duckdb_tables() WHERE database_name = current_database()
UNION ALL
SELECT schema_name, view_name, 'view', comment, sql, NULL, internal
FROM duckdb_views() WHERE database_name = current_database()
ORDER BY ALL
"""
_COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment
FROM duckdb_columns() WHERE database_name = current_database()
ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = """
SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table,
       referenced_column_names, constraint_name
FROM duckdb_constraints() WHERE database_name = current_database()
"""


def duckdb_records(settings: SqlDatabaseSettings, url: URL, place: Place) -> Iterator[Yielded]:
    """Every table and view of the file; raises SourceUnreadable when it cannot be opened."""
    connection = open_duckdb(Path(url.database or ""), url)
    looking, formats = Looking(), dict[_Key, Formats]()
    with connection:
        try:
            relations = connection.execute(_RELATIONS).fetchall()
            columns = _grouped(connection.execute(_COLUMNS).fetchall())
            constraints = _grouped(connection.execute(_CONSTRAINTS).fetchall())
        except duckdb.Error as error:
            raise SourceUnreadable(explain(error, url, None)) from None
        wanted = [
            row
            for row in relations
            if settings.wants_schema(row[0]) and (settings.include_system or not row[6])
        ]
        for schema, table, kind, *_ in wanted if settings.look_at_values else ():
            if kind == "table" and looking.allows():
                types = [(name, of_type) for name, of_type, *_ in columns.get((schema, table), [])]
                formats[schema, table] = formats_in_duckdb(connection, schema, table, types)
    yield ExpectedTotal(len(wanted))
    for row in wanted:
        key = (row[0], row[1])
        yield from _dataset(
            row, columns.get(key, []), constraints.get(key, []), place, formats.get(key, {})
        )
    yield from looking.problems()


def open_duckdb(path: Path, url: URL) -> duckdb.DuckDBPyConnection:
    """The file opened for reading only, unable to reach anything else; raises SourceUnreadable."""
    if not path.is_file():
        raise SourceUnreadable(f"There is no file {url.database!r} on the server.")
    try:
        return duckdb.connect(
            str(path),
            read_only=True,
            config={
                "enable_external_access": "false",
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
                "memory_limit": "512MB",
                "threads": "2",
            },
        )
    except duckdb.Error as error:
        raise SourceUnreadable(explain(error, url, None)) from None


def _grouped(rows: list[Any]) -> dict[_Key, list[tuple[Any, ...]]]:
    grouped: dict[_Key, list[tuple[Any, ...]]] = defaultdict(list)
    for schema, table, *rest in rows:
        grouped[schema, table].append(tuple(rest))
    return grouped


def _dataset(
    row: tuple[Any, ...],
    columns: list[tuple[Any, ...]],
    constraints: list[tuple[Any, ...]],
    place: Place,
    formats: Formats,
) -> Iterator[DatasetRecord | ProblemRecord]:
    schema, table, kind, comment, sql, rows, _ = row
    try:
        name = place.name(schema, table)
    except NameRefused as error:
        yield left_out(f"{schema}.{table}", error)
        return
    key = next((c[1] for c in constraints if c[0] == "PRIMARY KEY"), None) or []
    records: list[ColumnRecord] = []
    is_complete = True
    for column, type_text, nullable, default, note in columns:
        try:
            record = ColumnRecord(
                path=column_path(column),
                physical_type=type_text,
                nullable=nullable,
                description=text_of(note),
                default=text_of(default),
                key_position=key.index(column) + 1 if column in key else None,
            )
            records.extend(nested_columns(record))
        except NameRefused as error:
            is_complete = False
            yield left_out(f"{schema}.{table}", error)
    is_view = kind == "view"
    yield DatasetRecord(
        qualified_name=name,
        kind=DatasetKind.VIEW if is_view else DatasetKind.TABLE,
        description=text_of(comment),
        columns=tuple(records),
        columns_complete=is_complete,
        relations=tuple(_relations(schema, constraints, place)),
        definition=DefinitionRecord(sql, "duckdb", "", place.database, schema) if sql else None,
        profile=None
        if rows is None
        else ProfileRecord(
            dt.datetime.now(dt.UTC), rows, columns=statistics_of(formats), estimated=True
        ),
    )


def _relations(
    schema: str, constraints: list[tuple[Any, ...]], place: Place
) -> Iterator[RelationRecord]:
    for kind, columns, target, target_columns, label in constraints:
        if kind == "FOREIGN KEY" and target and len(columns) == len(target_columns):
            try:
                name = name_of(place.platform, place.instance, (place.database, schema, target))
            except NameRefused:
                continue
            yield RelationRecord(
                name,
                columns=tuple(map(column_text, columns)),
                target_columns=tuple(map(column_text, target_columns)),
                name=(text_of(label) or "")[:300],
            )

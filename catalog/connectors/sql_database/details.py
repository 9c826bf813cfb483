"""What SQLAlchemy's reflection does not tell: exact types, SQL of views, sizes, dates.

Each database is asked with one query per schema. A database that is not listed here is read
without these details.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import OperationalError

from catalog.connectors.source_values import statement_of
from catalog.types import DatasetKind

COUNTED_ROWS = 100_000  # SQLite tables are counted to here; beyond, the greatest row id stands in


@dataclass(slots=True)
class Details:
    """By table name; `types` by (table, column)."""

    types: dict[tuple[str, str], str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    created: dict[str, dt.datetime] = field(default_factory=dict)
    modified: dict[str, dt.datetime] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)  # tables whose rows are no estimate


def read_details(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> Details:
    """The details of a schema, as far as its database tells them."""
    reader = _READERS.get(connection.dialect.name, _read_others)
    return reader(inspector, connection, schema, kinds)


_POSTGRES_TYPES = text(
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
    " FROM pg_catalog.pg_attribute a"
    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
    " AND a.attnum > 0 AND NOT a.attisdropped"
)
_POSTGRES_RELATIONS = text(
    "SELECT c.relname,"
    " CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END,"
    " CASE WHEN c.relkind IN ('r', 'm', 'f') THEN c.reltuples END,"
    " CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) END"
    " FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
)


def _read_postgres(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> Details:
    details = Details()
    for table, column, type_text in connection.execute(_POSTGRES_TYPES, {"schema": schema}):
        details.types[table, column] = type_text
    for table, sql, rows, size in connection.execute(_POSTGRES_RELATIONS, {"schema": schema}):
        if sql and sql.strip():
            details.definitions[table] = sql
        if rows is not None and rows >= 0:  # -1: never analyzed
            details.rows[table] = int(rows)
        if size is not None:
            details.sizes[table] = int(size)
    return details


_MYSQL_TABLES = text(
    "SELECT table_name, table_rows, data_length + index_length, create_time, update_time"
    " FROM information_schema.tables WHERE table_schema = :schema"
)
_MYSQL_TYPES = text(
    "SELECT table_name, column_name, column_type"
    " FROM information_schema.columns WHERE table_schema = :schema"
)
_MYSQL_VIEWS = text(
    "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = :schema"
)


def _read_mysql(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> Details:
    details = Details()
    named = {"schema": schema}
    for table, column, type_text in connection.execute(_MYSQL_TYPES, named):
        details.types[table, column] = type_text
    for table, sql in connection.execute(_MYSQL_VIEWS, named):
        if sql:
            details.definitions[table] = sql
    for table, rows, size, created, modified in connection.execute(_MYSQL_TABLES, named):
        if rows is not None:
            details.rows[table] = int(rows)
        if size is not None:
            details.sizes[table] = int(size)
        if created is not None:
            details.created[table] = created.replace(tzinfo=dt.UTC)
        if modified is not None:
            details.modified[table] = modified.replace(tzinfo=dt.UTC)
    return details


def _read_sqlite(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> Details:
    details = Details()
    quote = connection.dialect.identifier_preparer.quote_identifier
    master = text(f"SELECT name, sql FROM {quote(schema)}.sqlite_master WHERE type = 'view'")  # noqa: S608 - quoted above
    for view, sql in connection.execute(master):
        details.definitions[view] = sql
    for table in _tables(kinds):
        source = f"{quote(schema)}.{quote(table)}"
        count = text(
            f"SELECT count(*) FROM (SELECT 1 FROM {source} LIMIT {COUNTED_ROWS + 1})"  # noqa: S608 - quoted above
        )
        rows = connection.execute(count).scalar_one()
        if rows <= COUNTED_ROWS:
            details.rows[table] = rows
            details.counted.add(table)
        elif (last := _greatest_row_id(connection, source)) is not None:
            details.rows[table] = last
    return details


def _greatest_row_id(connection: Connection, source: str) -> int | None:
    """None for a table that has no row ids."""
    try:
        greatest = connection.exec_driver_sql(f"SELECT max(rowid) FROM {source}").scalar()  # noqa: S608 - quoted by the caller
    except OperationalError:
        return None
    return int(greatest) if isinstance(greatest, int) else None


def _read_others(
    inspector: Inspector, connection: Connection, schema: str, kinds: dict[str, DatasetKind]
) -> Details:
    details = Details()
    for name, kind in kinds.items():
        if kind is not DatasetKind.TABLE:
            try:
                sql = statement_of(inspector.get_view_definition(name, schema=schema))
            except NotImplementedError:
                break
            if sql:
                details.definitions[name] = sql
    return details


def _tables(kinds: dict[str, DatasetKind]) -> Iterable[str]:
    return (name for name, kind in kinds.items() if kind is DatasetKind.TABLE)


_READERS: dict[str, Callable[[Inspector, Connection, str, dict[str, DatasetKind]], Details]] = {
    "postgresql": _read_postgres,
    "mysql": _read_mysql,
    "mariadb": _read_mysql,
    "sqlite": _read_sqlite,
}

"""Some rows of one table, read now, for a person who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
from sqlalchemy import URL, column, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from catalog.connectors.sql_database.connecting import explain, open_engine
from catalog.connectors.sql_database.duckdb_file import open_duckdb
from catalog.names import QualifiedName
from catalog.registries.connectors import ReadContext, SourceUnreadable


def sample_rows(
    url: URL, context: ReadContext, name: QualifiedName, columns: Sequence[str], limit: int
) -> list[tuple[Any, ...]]:
    """At most `limit` rows of the table; names are quoted by the dialect, never pasted."""
    if len(name.parts) < 2:
        raise SourceUnreadable(f"{name.name} has no schema, so it cannot be found at the source.")
    schema, relation = name.parts[-2:]
    if url.get_backend_name() == "duckdb":
        return _duckdb_rows(url, context, schema, relation, columns, limit)
    statement: Any = (
        select(*(column(each) for each in columns))
        .select_from(table(relation, schema=schema))
        .limit(limit)
    )
    engine = open_engine(url, context.secret, context.limits)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]
    except SQLAlchemyError as error:
        raise SourceUnreadable(explain(error, url, context.secret)) from None
    finally:
        engine.dispose()


def query_rows(url: URL, context: ReadContext, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of a query's columns, and its rows."""
    if url.get_backend_name() == "duckdb":
        return _in_duckdb(url, context, sql)
    engine = open_engine(url, context.secret, context.limits)
    try:
        with engine.connect() as connection:
            # No parameters: a colon in it is a colon.
            found = connection.execute(text(sql.replace(":", "\\:")))
            return list(found.keys()), [tuple(row) for row in found]
    except SQLAlchemyError as error:
        raise SourceUnreadable(explain(error, url, context.secret)) from None
    finally:
        engine.dispose()


def _duckdb_rows(
    url: URL,
    context: ReadContext,
    schema: str,
    relation: str,
    columns: Sequence[str],
    limit: int,
) -> list[tuple[Any, ...]]:
    listed = ", ".join(_quoted(each) for each in columns)
    sql = f"SELECT {listed} FROM {_quoted(schema)}.{_quoted(relation)} LIMIT {int(limit)}"  # noqa: S608 - identifiers are quoted
    return _in_duckdb(url, context, sql)[1]


def _in_duckdb(url: URL, context: ReadContext, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    connection = open_duckdb(Path(url.database or ""), url)
    timer = Timer(context.limits.timeout_seconds, connection.interrupt)
    timer.start()
    try:
        found = connection.execute(sql)
        return [one[0] for one in found.description or ()], found.fetchall()
    except duckdb.InterruptException:
        raise SourceUnreadable(
            f"The source took longer than {context.limits.timeout_seconds} seconds."
        ) from None
    except duckdb.Error as error:
        raise SourceUnreadable(explain(error, url, None)) from None
    finally:
        timer.cancel()
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

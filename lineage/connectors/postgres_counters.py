"""Reading the counters of pg_stat_statements, whatever the version of the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from catalog.connectors.sql_database.connecting import explain, host_of, open_engine
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import ProblemRecord, Severity, SystemRecord
from lineage.connectors.settings import system_named
from lineage.types import QueryCount

if TYPE_CHECKING:
    from lineage.connectors.postgres_statements import PostgresStatementsSettings

PLATFORM = "postgres"
MARK = "/* concord query log */"
_OWN_PORT = 5432
_HIDDEN = "<insufficient privilege>"
_ROWS_AT_ONCE = 2_000
# What says nothing of data: transactions, settings, cursors.
_SESSION_WORDS = frozenset(
    "abort begin close commit deallocate declare discard end fetch listen lock move notify release"
    " reset rollback savepoint set show start unlisten".split()
)
_INSTALLED = text(
    f"{MARK} SELECT e.extversion, n.nspname, current_setting('server_version_num')::int,"  # noqa: S608
    " current_setting('block_size')::bigint, now()"
    " FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
    " WHERE e.extname = 'pg_stat_statements'"
)


def counted_statements(
    settings: PostgresStatementsSettings, context: ReadContext
) -> Iterator[Yielded]:
    """Yield the system, then every counter; raises SourceUnreadable."""
    url = settings.address
    host = host_of(url)
    named = f"{host}:{url.port}" if url.port and url.port != _OWN_PORT else host
    system = system_named(PLATFORM, settings.instance or named)
    yield SystemRecord(system.platform, system.instance)
    engine = open_engine(url, context.secret, context.limits)
    try:
        with engine.connect() as connection:
            yield from _read(connection, settings, str(system))
    except SQLAlchemyError as error:
        raise SourceUnreadable(_explained(error, url, context.secret)) from None
    finally:
        engine.dispose()


def _explained(error: SQLAlchemyError, url: URL, secret: str | None) -> str:
    if "shared_preload_libraries" in str(error):
        return (
            "The server does not load pg_stat_statements: put it into shared_preload_libraries and"
            " start the server again."
        )
    return explain(error, url, secret)


def _read(
    connection: Connection, settings: PostgresStatementsSettings, system: str
) -> Iterator[Yielded]:
    installed = connection.execute(_INSTALLED).first()
    if installed is None:
        raise SourceUnreadable(
            "The database has no pg_stat_statements: run CREATE EXTENSION pg_stat_statements in it,"
            " or name another database of the server."
        )
    _, schema, version, block_size, now = installed
    if version < 130_000:
        raise SourceUnreadable("pg_stat_statements is read from PostgreSQL 13 or later.")
    hidden = 0
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        text(_statement(schema, version, _began(connection, schema, version)))
    )
    for row in rows.mappings():
        if row["query"] == _HIDDEN or row["key"] is None:
            hidden += 1
        elif _is_wanted(row, settings):
            yield _count(row, settings, system, block_size, now)
    if hidden:
        yield ProblemRecord(
            "pg_stat_statements",
            f"{hidden:,} statements of other users are hidden: grant the user pg_read_all_stats.",
            Severity.WARNING,
        )


def _began(connection: Connection, schema: str, version: int) -> bool:
    """Whether the server tells when it began to count (PostgreSQL 14 or later)."""
    if version < 140_000:
        return False
    found = connection.execute(
        text(f"{MARK} SELECT to_regclass(:view) IS NOT NULL"),
        {"view": f"{_quoted(schema)}.pg_stat_statements_info"},
    )
    return bool(found.scalar())


def _statement(schema: str, version: int, tells_reset: bool) -> str:
    """The query for a server's version; every name in it is quoted or our own."""
    place = _quoted(schema)
    level = "s.toplevel" if version >= 140_000 else "true"
    if version >= 170_000:
        since = "s.stats_since"
    elif tells_reset:
        since = f"(SELECT stats_reset FROM {place}.pg_stat_statements_info)"  # noqa: S608
    else:
        since = "NULL::timestamptz"
    return (
        f"{MARK} SELECT s.userid::text || '/' || s.dbid::text || '/' || s.queryid::text || '/'"  # noqa: S608
        f" || {level}::text AS key, s.query, s.calls, s.total_exec_time, s.max_exec_time, s.rows,"
        " s.shared_blks_hit + s.shared_blks_read + s.local_blks_hit + s.local_blks_read AS blocks,"
        f" {since} AS since, pg_get_userbyid(s.userid)::text AS username, d.datname::text,"
        " pg_get_userbyid(s.userid) = current_user AS is_own"
        f" FROM {place}.pg_stat_statements s"
        " LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid"
        " WHERE s.calls > 0 AND s.query IS NOT NULL"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _is_wanted(row: Any, settings: PostgresStatementsSettings) -> bool:
    """Our own statements are none of the company's, and session commands none of data."""
    words = row["query"].split(None, 1)
    is_ours = row["is_own"] and MARK in row["query"]  # anybody can write the mark
    if is_ours or not words or words[0].rstrip(";").lower() in _SESSION_WORDS:
        return False
    patterns = settings.databases
    return not patterns or any(fnmatchcase(row["datname"] or "", each) for each in patterns)


def _count(
    row: Any,
    settings: PostgresStatementsSettings,
    system: str,
    block_size: int,
    now: dt.datetime,
) -> QueryCount:
    return QueryCount(
        location=f"statement {row['key']}",
        system=system,
        platform=PLATFORM,
        sql=row["query"],
        key=row["key"],
        read_at=now,
        runs=int(row["calls"]),
        total_ms=float(row["total_exec_time"]),
        max_ms=float(row["max_exec_time"]),
        rows=int(row["rows"]),
        size_bytes=int(row["blocks"] or 0) * block_size,
        user=row["username"] or "",
        database=row["datname"] or "",
        schema_name=settings.default_schema,
        since=row["since"],
        keeps_literals=settings.keep_literals,
    )

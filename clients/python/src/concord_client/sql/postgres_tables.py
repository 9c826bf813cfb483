"""PostgreSQL: its own catalog says what a name means, along the session's search path."""

from __future__ import annotations

from typing import Any

from concord_client.client import Client
from concord_client.sql.guard import Guard
from concord_client.sql.tables import Place, Table

_PLACE = "SELECT current_database(), current_schemas(true)::text[]"
_TABLES = """
SELECT n.nspname::text, c.relname::text, c.oid::bigint,
 CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND lower(c.relname) = lower($1)
"""
_COLUMNS = """
SELECT attname::text, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
 WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


class PostgresTables:
    """The tables of a psycopg connection."""

    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def place(self) -> Place:
        """See `Tables`. Which schema a bare name lies in is looked for along the path."""
        return Place(self._rows(_PLACE, [])[0][0], None)

    def find(
        self, parts: tuple[str, ...], database: str | None, schema: str | None
    ) -> Table | None:
        """See `Tables`. Names that differ in case alone are told apart by nobody: none is meant."""
        here, path = self._rows(_PLACE, [])[0]
        if len(parts) > 3 or (len(parts) == 3 and parts[0].lower() != here.lower()):
            return None
        found = self._rows(_TABLES, [parts[-1]])
        within = parts[-2] if len(parts) > 1 else schema
        if within is not None:
            found = [row for row in found if row[0].lower() == within.lower()]
        else:
            first = next((one for one in path if any(row[0] == one for row in found)), None)
            found = [row for row in found if row[0] == first]
        if len(found) != 1:
            return None
        namespace, name, oid, definition = found[0]
        columns = self._rows(_COLUMNS, [oid])
        return Table(
            (here, namespace, name),
            tuple((column, kind) for column, kind in columns),
            (definition or "").strip().rstrip(";"),
        )

    def _rows(self, sql: str, parameters: list[Any]) -> list[Any]:
        from psycopg import RawCursor
        from psycopg.rows import tuple_row

        with RawCursor(self._connection, row_factory=tuple_row) as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()


def guarded_postgres(
    connection: Any, client: Client, *, user: str, purpose: str | None = None, **rest: Any
) -> Guard:
    """A psycopg connection behind the opt-outs of `user`; `execute` returns a cursor. Parameters
    are written $1, $2 as PostgreSQL has them."""

    def run(sql: str, parameters: Any) -> Any:
        from psycopg import RawCursor

        cursor = RawCursor(connection)
        cursor.execute(sql, parameters)
        return cursor

    return Guard(client, PostgresTables(connection), run, user=user, purpose=purpose, **rest)

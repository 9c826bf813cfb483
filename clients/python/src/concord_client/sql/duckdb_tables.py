"""DuckDB: its own catalog says what a name means."""

from __future__ import annotations

from typing import Any

from concord_client.client import Client
from concord_client.sql.guard import Guard
from concord_client.sql.tables import Place, Table

_TABLES = """
SELECT database_name, schema_name, table_name, NULL FROM duckdb_tables()
 WHERE lower(table_name) = lower($1)
UNION ALL
SELECT database_name, schema_name, view_name, sql FROM duckdb_views()
 WHERE lower(view_name) = lower($1) AND NOT internal
"""
_COLUMNS = """
SELECT column_name, data_type FROM duckdb_columns()
 WHERE database_name = $1 AND schema_name = $2 AND table_name = $3 ORDER BY column_index
"""


class DuckdbTables:
    """The tables of a DuckDB connection, attached databases included."""

    dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def place(self) -> Place:
        """See `Tables`."""
        row = self._rows("SELECT current_database(), current_schema()", [])[0]
        return Place(row[0], row[1])

    def find(
        self, parts: tuple[str, ...], database: str | None, schema: str | None
    ) -> Table | None:
        """See `Tables`. A name of two parts is a schema's or a database's, as DuckDB has it; where
        it could be both, none."""
        if not 1 <= len(parts) <= 3:
            return None
        wanted = [part.lower() for part in parts[:-1]]
        found = [row for row in self._rows(_TABLES, [parts[-1]]) if _is_meant(row, wanted)]
        if not wanted:
            # As DuckDB looks for a bare name: temporary tables, then where the session stands.
            for catalog, within in (("temp", "main"), (database, schema), ("system", "main")):
                here = [row for row in found if (row[0], row[1]) == (catalog, within)]
                if here:
                    found = here
                    break
            else:
                return None
        elif len(wanted) == 1 and len(found) > 1:
            here = [row for row in found if row[0] == database]
            found = here or found
        if len(found) != 1:
            return None
        catalog, within, name, definition = found[0]
        columns = self._rows(_COLUMNS, [catalog, within, name])
        return Table(
            (catalog, within, name),
            tuple((column, kind) for column, kind in columns),
            definition or "",
        )

    def _rows(self, sql: str, parameters: list[Any]) -> list[Any]:
        # A cursor would be another session: where this one stands and its temporary tables matter.
        return self._connection.execute(sql, parameters).fetchall()


def guarded_duckdb(
    connection: Any, client: Client, *, user: str, purpose: str | None = None, **rest: Any
) -> Guard:
    """A DuckDB connection behind the opt-outs of `user`. Files that a statement reads by their name
    are no tables that Concord knows: whoever any opt-out concerns is refused them. As with the bare
    connection, fetch what a statement gives before the next one is checked or runs."""

    def run(sql: str, parameters: Any) -> Any:
        return connection.execute(sql, parameters) if parameters else connection.execute(sql)

    return Guard(client, DuckdbTables(connection), run, user=user, purpose=purpose, **rest)


def _is_meant(row: Any, wanted: list[str]) -> bool:
    catalog, within = row[0].lower(), row[1].lower()
    if len(wanted) == 2:
        return [catalog, within] == wanted
    if len(wanted) == 1:
        return wanted[0] == within or (wanted[0] == catalog and within == "main")
    return True

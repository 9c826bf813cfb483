"""The SQL connector: a live database, schema by schema. No row of its data is read, unless whoever
sets it up has it look at the values of some.

What opens databases is imported when one is opened: it would make every process of Concord start a
tenth of a second later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from catalog.connectors.sql_database.settings import SqlDatabaseSettings
from catalog.names import QualifiedName
from catalog.registries.connectors import ReadContext, Yielded


class SqlDatabaseConnector:
    """Tables, views, keys, comments and sizes of a database."""

    name = "sql"
    label = "SQL database"
    description = (
        "Reads tables, views with their SQL, columns, keys, comments and sizes of a PostgreSQL,"
        " MariaDB, MySQL, SQLite or DuckDB database, or of any other with an installed"
        " SQLAlchemy dialect. It reads no rows unless told to look at values; a user who may"
        " connect and see the schemas is enough."
    )
    settings: type[BaseModel] = SqlDatabaseSettings
    accepts: tuple[str, ...] = ()
    needs_files = False
    is_complete = True
    uploads_are_complete = False

    def read(self, settings: SqlDatabaseSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then the datasets of each schema; raises SourceUnreadable."""
        from catalog.connectors.sql_database.reading import database_records

        return database_records(settings, context)

    def sample(
        self,
        settings: SqlDatabaseSettings,
        context: ReadContext,
        name: QualifiedName,
        columns: Sequence[str],
        limit: int,
    ) -> list[tuple[Any, ...]]:
        """Some rows of one table or view; raises SourceUnreadable."""
        from catalog.connectors.sql_database.sampling import sample_rows

        return sample_rows(settings.address, context, name, columns, limit)

    def query(
        self, settings: SqlDatabaseSettings, context: ReadContext, name: QualifiedName, sql: str
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a query; raises SourceUnreadable."""
        from catalog.connectors.sql_database.sampling import query_rows

        return query_rows(settings.address, context, sql)

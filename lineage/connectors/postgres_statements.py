"""PostgreSQL's pg_stat_statements: how often each statement ran, as the server counts it.

The server's counters grow until somebody resets them. Each reading is compared with the one
before, so that reading often or seldom counts every run once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError, field_validator

from catalog.connectors.sql_database.settings import SqlDatabaseSettings
from catalog.registries.connectors import ReadContext, Yielded
from lineage.connectors.settings import QueryLogSettings

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


class PostgresStatementsSettings(QueryLogSettings):
    """Which server, what it is called in the catalog, and which databases count."""

    url: str = Field(
        title="Address",
        description=(
            "Of a database with the extension, without the password, such as"
            " postgresql://reader@db.example.org/sales. The user needs pg_read_all_stats."
        ),
        max_length=1000,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of this server in the catalog; empty for its host.",
        max_length=200,
    )
    databases: tuple[str, ...] = Field(
        (), title="Only these databases", description="Names or patterns such as sales_*."
    )
    default_schema: str = Field(
        "public",
        title="Default schema",
        description="Where names without a schema are looked for.",
        max_length=200,
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        try:
            checked = SqlDatabaseSettings.model_validate({"url": value})
        except ValidationError as error:
            sentence = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise ValueError(sentence.removeprefix("Value error, ")) from None
        if checked.address.get_backend_name() != "postgresql":
            raise ValueError("This is no PostgreSQL: write postgresql://user@host/database.")
        return checked.url

    @property
    def address(self) -> URL:
        """The address with the driver that is used for it."""
        return SqlDatabaseSettings.model_validate({"url": self.url}).address


class PostgresStatementsConnector:
    """Statements that a PostgreSQL server counted."""

    name = "postgres_queries"
    label = "PostgreSQL statements"
    description = (
        "Reads pg_stat_statements of a PostgreSQL 13 or later: every statement with its runs,"
        " times, rows and who ran it. Reading again counts only what is new."
    )
    settings: type[BaseModel] = PostgresStatementsSettings
    accepts: tuple[str, ...] = ()
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: PostgresStatementsSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then every counter; raises SourceUnreadable."""
        from lineage.connectors.postgres_counters import counted_statements

        return counted_statements(settings, context)

"""Plain query logs: JSON lines (or CSV) with documented fields, for every system that has no
connector of its own."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, Field, field_validator

from catalog.registries.connectors import ReadContext, Yielded
from catalog.types import ProblemRecord, SystemRecord
from lineage.connectors.rows import TEXT_ENDINGS, Row, accepted, read_rows
from lineage.connectors.settings import ExportSettings, system_named
from lineage.sql import dialect_of
from lineage.types import QueryRun

_FAILED = frozenset({"failed", "fail", "error", "false", "aborted", "cancelled", "canceled"})


class QueryLogFileSettings(ExportSettings):
    """Which system wrote the log, and where its names are looked for."""

    platform: str = Field(
        title="Platform",
        description="What the statements are written in, such as oracle, mssql or spark.",
        min_length=1,
        max_length=50,
    )
    database: str = Field(
        "", title="Database", description="For rows that name none.", max_length=200
    )
    schema_name: str = Field(
        "", title="Schema", description="For rows that name none.", max_length=200
    )

    @field_validator("platform")
    @classmethod
    def _check_platform(cls, value: str) -> str:
        if dialect_of(value) is None:
            raise ValueError("Concord reads no SQL of this platform: write one such as oracle.")
        return value.strip().lower()


class QueryLogConnector:
    """Statements that any system ran."""

    name = "query_log"
    label = "Query log (JSON lines)"
    description = (
        "Reads what any system ran, one JSON object or CSV row for each run: sql, ended_at, and"
        " as far as known id, user, duration_ms, rows, bytes, status, database and schema."
    )
    settings: type[BaseModel] = QueryLogFileSettings
    accepts = accepted(TEXT_ENDINGS)
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: QueryLogFileSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then every run; a row that cannot be read is a problem."""
        system = system_named(settings.platform, settings.instance)
        yield SystemRecord(system.platform, system.instance)
        for row in read_rows(context, settings.path, TEXT_ENDINGS):
            yield row if isinstance(row, ProblemRecord) else _run(row, settings, str(system))


def _run(row: Row, settings: QueryLogFileSettings, system: str) -> QueryRun:
    return QueryRun(
        location=row.location,
        system=system,
        platform=settings.platform,
        sql=row.text("sql", "query", "statement", "query_text"),
        run_id=row.text("id", "query_id", "run_id"),
        ended_at=row.moment("ended_at", "end_time", "started_at", "start_time", "timestamp"),
        user=row.text("user", "user_name", "username"),
        duration_ms=row.number("duration_ms"),
        rows=row.whole("rows"),
        size_bytes=row.whole("bytes"),
        has_failed=bool(row.text("error")) or row.text("status").lower() in _FAILED,
        database=row.text("database") or settings.database,
        schema_name=row.text("schema") or settings.schema_name,
        keeps_literals=settings.keep_literals,
    )

"""Snowflake's history of queries, exported: the columns of ACCOUNT_USAGE.QUERY_HISTORY as its
documentation lists them. Not proved against a live account."""

from __future__ import annotations

from lineage.connectors.exported import ExportedLog
from lineage.connectors.rows import Row
from lineage.connectors.settings import ExportSettings
from lineage.types import QueryRun

PLATFORM = "snowflake"


class SnowflakeLogConnector(ExportedLog):
    """Statements that a Snowflake account ran."""

    platform = PLATFORM
    name = "snowflake_queries"
    label = "Snowflake query history"
    description = (
        "Reads exports (CSV or JSON) of SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY. From documented"
        " columns, not proved live."
    )

    def run_of(self, row: Row, settings: ExportSettings, system: str) -> QueryRun:
        """A query of the history."""
        return _run(row, settings, system)


def _run(row: Row, settings: ExportSettings, system: str) -> QueryRun:
    """Times are milliseconds there, too. A query without an error has no ERROR_CODE."""
    return QueryRun(
        location=row.location,
        system=system,
        platform=PLATFORM,
        sql=row.text("query_text"),
        run_id=row.text("query_id"),
        ended_at=row.moment("end_time", "start_time"),
        user=row.text("user_name"),
        duration_ms=row.number("total_elapsed_time"),
        rows=row.whole("rows_produced"),
        size_bytes=row.whole("bytes_scanned"),
        has_failed=row.text("execution_status").lower() in {"fail", "incident"}
        or row.number("error_code") is not None,
        database=row.text("database_name").lower(),
        schema_name=row.text("schema_name").lower(),
        keeps_literals=settings.keep_literals,
    )

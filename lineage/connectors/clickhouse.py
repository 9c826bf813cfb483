"""ClickHouse's system.query_log, exported: columns as its documentation lists them. Not proved
against a live server."""

from __future__ import annotations

from lineage.connectors.exported import ExportedLog
from lineage.connectors.rows import Row
from lineage.connectors.settings import ExportSettings
from lineage.types import QueryRun

PLATFORM = "clickhouse"
# QueryStart says of a query that also ends nothing that its end does not say.
_STARTS = frozenset({"querystart", "1"})
_FAILED = frozenset({"exceptionbeforestart", "exceptionwhileprocessing", "3", "4"})


class ClickHouseLogConnector(ExportedLog):
    """Statements that a ClickHouse server ran."""

    platform = PLATFORM
    name = "clickhouse_queries"
    label = "ClickHouse query log"
    description = (
        "Reads exports (JSONEachRow or CSVWithNames) of system.query_log. From documented columns,"
        " not proved live."
    )

    def run_of(self, row: Row, settings: ExportSettings, system: str) -> QueryRun | None:
        """A query that ended."""
        ended = _kind(row) not in _STARTS and row.text("is_initial_query") != "0"
        return _run(row, settings, system) if ended else None


def _kind(row: Row) -> str:
    value = row.values.get("type")
    return str(value).strip().lower() if value is not None else ""


def _run(row: Row, settings: ExportSettings, system: str) -> QueryRun:
    return QueryRun(
        location=row.location,
        system=system,
        platform=PLATFORM,
        sql=row.text("query"),
        run_id=row.text("query_id"),
        ended_at=row.moment("event_time_microseconds", "event_time"),
        user=row.text("user", "initial_user"),
        duration_ms=row.number("query_duration_ms"),
        rows=row.whole("result_rows") or row.whole("written_rows"),
        size_bytes=row.whole("read_bytes"),
        has_failed=_kind(row) in _FAILED,
        database=row.text("current_database"),
        keeps_literals=settings.keep_literals,
    )

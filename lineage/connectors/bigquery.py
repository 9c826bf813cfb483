"""BigQuery's jobs, exported: the columns of INFORMATION_SCHEMA.JOBS as its documentation lists
them. Not proved against a live project."""

from __future__ import annotations

from lineage.connectors.exported import ExportedLog
from lineage.connectors.rows import Row
from lineage.connectors.settings import ExportSettings
from lineage.types import QueryRun

PLATFORM = "bigquery"


class BigQueryLogConnector(ExportedLog):
    """Statements that BigQuery ran."""

    platform = PLATFORM
    name = "bigquery_queries"
    label = "BigQuery jobs"
    description = (
        "Reads exports (JSON or CSV) of INFORMATION_SCHEMA.JOBS. From documented columns, not"
        " proved live."
    )

    def run_of(self, row: Row, settings: ExportSettings, system: str) -> QueryRun | None:
        """A job that ran a statement; loads and copies have no text."""
        is_query = row.text("job_type").upper() in {"", "QUERY"}
        return _run(row, settings, system) if is_query else None


def _run(row: Row, settings: ExportSettings, system: str) -> QueryRun:
    started, ended = row.moment("start_time", "creation_time"), row.moment("end_time")
    duration = (ended - started).total_seconds() * 1000 if started and ended else None
    changed = row.nested("dml_statistics")
    parts = [changed.whole(f"{verb}_row_count") for verb in ("inserted", "updated", "deleted")]
    return QueryRun(
        location=row.location,
        system=system,
        platform=PLATFORM,
        sql=row.text("query"),
        run_id=row.text("job_id"),
        ended_at=ended or started,
        user=row.text("user_email"),
        duration_ms=duration,
        rows=sum(part or 0 for part in parts),
        size_bytes=row.whole("total_bytes_processed"),
        has_failed=bool(row.nested("error_result").values) or bool(row.text("error_result")),
        database=row.text("project_id"),
        keeps_literals=settings.keep_literals,
    )

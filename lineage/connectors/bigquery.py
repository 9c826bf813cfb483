"""BigQuery's jobs, exported: the columns of INFORMATION_SCHEMA.JOBS as its documentation lists
them. Not proved against a live project."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from catalog.registries.connectors import ReadContext, Yielded
from catalog.types import ProblemRecord, SystemRecord
from lineage.connectors.rows import TEXT_ENDINGS, Row, accepted, read_rows
from lineage.connectors.settings import ExportSettings, system_named
from lineage.types import QueryRun

PLATFORM = "bigquery"


class BigQueryLogConnector:
    """Statements that BigQuery ran."""

    name = "bigquery_queries"
    label = "BigQuery jobs"
    description = (
        "Reads exports (JSON or CSV) of INFORMATION_SCHEMA.JOBS. From documented columns, not"
        " proved live."
    )
    settings: type[BaseModel] = ExportSettings
    accepts = accepted(TEXT_ENDINGS)
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: ExportSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then every job that ran a statement."""
        system = system_named(PLATFORM, settings.instance)
        yield SystemRecord(system.platform, system.instance)
        for row in read_rows(context, settings.path, TEXT_ENDINGS):
            if isinstance(row, ProblemRecord):
                yield row
            elif row.text("job_type").upper() in {"", "QUERY"}:  # loads and copies have no text
                yield _run(row, settings, str(system))


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

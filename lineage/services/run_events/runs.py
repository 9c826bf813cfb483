"""Runs of a batch, and which datasets their jobs read and write."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from catalog.connectors.openlineage.events import Event
from catalog.connectors.openlineage.facets import (
    Deletable,
    ErrorMessageFacet,
    ExternalQueryFacet,
    ParentFacet,
    decode_facet,
)
from catalog.connectors.openlineage.folding import Fold
from catalog.connectors.openlineage.states import ENDS, JobKey, RunState
from catalog.connectors.source_values import text_of
from catalog.models.copying import insert_rows
from lineage.models import JobDataset, JobRun
from lineage.services.run_events.reports import StoredJob, StoredReports
from lineage.types import JobUse

RUNS_PER_QUERY = 5_000
_COLUMNS = (
    "run_id", "job_id", "state", "heard_at", "started_at", "ended_at", "parent_run",
    "external_id", "error", "rows_read", "rows_written", "bytes_written", "inputs", "outputs",
    "facets",
)  # fmt: skip


def load_runs(events: Sequence[Event]) -> dict[str, RunState]:
    """The runs that events tell of, as far as earlier ones did."""
    wanted = sorted({uuid.UUID(event.run.runId) for event in events if event.run is not UNSET})
    found: dict[str, RunState] = {}
    for start in range(0, len(wanted), RUNS_PER_QUERY):
        rows = JobRun.objects.filter(pk__in=wanted[start : start + RUNS_PER_QUERY])
        for row in rows.select_related("job"):
            run_id = str(row.run_id)
            ended = row.state in ENDS
            found[run_id] = RunState(
                run_id,
                (row.job.namespace, row.job.name),
                row.heard_at,
                state=row.state,
                state_at=row.ended_at if ended else row.heard_at,
                started_at=row.started_at,
                ended_at=row.ended_at,
                external_id=row.external_id,
                inputs=dict.fromkeys(row.inputs),
                outputs=dict.fromkeys(row.outputs),
                facets=msgspec.json.decode(bytes(row.facets), type=dict[str, Raw]),
                rows_read=row.rows_read,
                rows_written=row.rows_written,
                bytes_written=row.bytes_written,
                is_stored=True,
            )
    return found


def save_runs(
    fold: Fold,
    jobs: Mapping[JobKey, StoredJob],
    reports: StoredReports,
    cursor: Any,
    now: dt.datetime,
) -> None:
    """Write what the folded events say of runs, and of what their jobs read and write."""
    rows = [_row(run, jobs[run.job]) for _, run in sorted(fold.runs.items())]
    insert_rows(cursor, JobRun, _COLUMNS, rows, conflict=_COLUMNS[:1], replace=_COLUMNS[1:])
    _save_datasets(fold, jobs, reports, cursor, now)


def _row(run: RunState, job: StoredJob) -> tuple[Any, ...]:
    parent = _facet(run, "parent", ParentFacet)
    error = _facet(run, "errorMessage", ErrorMessageFacet)
    query = _facet(run, "externalQuery", ExternalQueryFacet)
    external = run.external_id or (query.externalQueryId if query else None)
    return (
        uuid.UUID(run.run_id),
        job.id,
        run.state,
        run.heard_at,
        run.started_at,
        run.ended_at,
        _uuid(parent.run.runId if parent and parent.run else None),
        (text_of(external) or "")[:500],
        text_of(error.message if error else None) or "",
        run.rows_read,
        run.rows_written,
        run.bytes_written,
        list(run.inputs),
        list(run.outputs),
        msgspec.json.encode(run.facets),
    )


def _facet(run: RunState, name: str, shape: type[Any]) -> Any:
    raw = run.facets.get(name)
    facet = decode_facet(raw, shape) if raw is not None else None
    return facet if isinstance(facet, Deletable) and not facet.deleted else None


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _save_datasets(
    fold: Fold,
    jobs: Mapping[JobKey, StoredJob],
    reports: StoredReports,
    cursor: Any,
    now: dt.datetime,
) -> None:
    said = [
        (run.job, name, role)
        for run in fold.told_runs
        for names, role in ((run.inputs, JobUse.READS), (run.outputs, JobUse.WRITES))
        for name in names
    ]
    ids = reports.dataset_ids(name for _, name, _ in said)
    _learn_datasets({job for job, _, _ in said}, jobs)
    rows = []
    for job_key, name, role in said:
        job, dataset_id = jobs[job_key], ids.get(name)
        assert job.datasets is not None
        if dataset_id is not None and (dataset_id, role.value) not in job.datasets:
            job.datasets.add((dataset_id, role.value))
            rows.append((job.id, dataset_id, role.value, now))
    columns = ("job_id", "dataset_id", "role", "since")
    insert_rows(cursor, JobDataset, columns, rows, conflict=columns[:3])


def _learn_datasets(keys: set[JobKey], jobs: Mapping[JobKey, StoredJob]) -> None:
    unknown = {job.id: job for key in keys if (job := jobs[key]).datasets is None}
    for job in unknown.values():
        job.datasets = set()
    known = JobDataset.objects.filter(job__in=list(unknown))
    for job_id, dataset_id, role in known.values_list("job_id", "dataset_id", "role"):
        datasets = unknown[job_id].datasets
        assert datasets is not None
        datasets.add((dataset_id, role))

"""Jobs of a batch: read before it is folded, written after."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct

from catalog.connectors.openlineage.events import Event
from catalog.connectors.openlineage.facets import (
    DocumentationFacet,
    JobTypeFacet,
    ParentFacet,
    SourceCodeLocationFacet,
    SqlFacet,
    decode_facet,
)
from catalog.connectors.openlineage.folding import Fingerprint, Fold, job_key
from catalog.connectors.openlineage.naming import sql_platform
from catalog.connectors.openlineage.states import JobKey, JobState, RunState, Told
from catalog.connectors.source_values import statement_of, text_of
from catalog.models.copying import insert_rows, update_rows
from lineage.models import Job
from lineage.openlineage.keys import key_of_job
from lineage.services.run_events.reports import Memory, StoredJob

StructT = TypeVar("StructT", bound=Struct)

KEYS_PER_QUERY = 5_000
_SAID = (
    "description", "integration", "job_type", "processing", "sql", "dialect", "code_url",
    "code_version", "facets",
)  # fmt: skip
_HEARD = ("runs_heard", "heard_at", "last_run", "last_state", "parent_id")


def load_jobs(
    memory: Memory, events: Sequence[Event], fingerprint: Fingerprint
) -> dict[JobKey, StoredJob]:
    """The jobs that events name, and the parents of their runs, as far as they are stored."""
    keys = {job_key(event.job, fingerprint) for event in events if event.job is not UNSET}
    keys |= {parent for parent in map(_parent_in, events) if parent is not None}
    wanted = {key_of_job(key): key for key in keys - memory.jobs.keys()}
    digests = sorted(wanted)
    for start in range(0, len(digests), KEYS_PER_QUERY):
        for row in Job.objects.filter(key__in=digests[start : start + KEYS_PER_QUERY]):
            key = wanted[bytes(row.key)]
            facets = msgspec.json.decode(bytes(row.facets), type=dict[str, Told])
            memory.jobs[key] = StoredJob(
                JobState(key, row.heard_at, facets),
                id=row.pk,
                runs_heard=row.runs_heard,
                last_run=str(row.last_run) if row.last_run else None,
                last_run_at=row.heard_at if row.last_run else None,
                last_state=row.last_state,
                parent_id=row.parent_id,
            )
    return {key: memory.jobs[key] for key in keys if key in memory.jobs}


def save_jobs(memory: Memory, fold: Fold, cursor: Any) -> dict[JobKey, StoredJob]:
    """Write the jobs of a folded batch; returns those that its runs belong to, with their ids."""
    heard = {run.job for run in fold.runs.values()} | fold.changed_jobs
    parents = {run.run_id: _parent_of(run) for run in fold.runs.values()}
    for key, at in ((p, r.heard_at) for r in fold.runs.values() if (p := parents[r.run_id])):
        if key not in memory.jobs and key not in fold.jobs:
            fold.jobs[key] = JobState(key, at)
            fold.changed_jobs.add(key)
    stored: dict[JobKey, StoredJob] = {}
    for key in heard | fold.changed_jobs | {p for p in parents.values() if p}:
        job = memory.jobs.get(key)
        if job is None:
            job = memory.jobs[key] = StoredJob(fold.jobs[key])
        stored[key] = job
    _write_said(stored, fold.changed_jobs, cursor)
    for run in fold.runs.values():
        _hear(stored[run.job], run)
        if parent := parents[run.run_id]:
            stored[run.job].parent_id = stored[parent].id if parent != run.job else None
    _write_heard(stored, heard, cursor)
    return stored


def facet_of(told: Told | None, shape: type[StructT]) -> StructT | None:
    """A facet that was told and not deleted, if it is right."""
    facet = decode_facet(told.raw, shape) if told is not None and told.raw is not None else None
    return facet if isinstance(facet, shape) else None


def _parent_in(event: Event) -> JobKey | None:
    if event.run is UNSET:
        return None
    return _parent_named((event.run.facets or {}).get("parent"))


def _parent_of(run: RunState) -> JobKey | None:
    return _parent_named(run.facets.get("parent"))


def _parent_named(raw: Raw | None) -> JobKey | None:
    facet = decode_facet(raw, ParentFacet) if raw is not None else None
    if not isinstance(facet, ParentFacet) or facet.deleted or facet.job is None:
        return None
    return (facet.job.namespace, facet.job.name) if facet.job.name.strip() else None


def _hear(job: StoredJob, run: RunState) -> None:
    job.state.heard_at = max(job.state.heard_at, run.heard_at)
    job.runs_heard += not run.is_stored
    if job.last_run in {None, run.run_id} or run.heard_at >= (job.last_run_at or run.heard_at):
        job.last_run, job.last_run_at, job.last_state = run.run_id, run.heard_at, run.state


def _write_said(stored: dict[JobKey, StoredJob], changed: Iterable[JobKey], cursor: Any) -> None:
    """Insert what is new and update what a job's facets say, then learn the ids."""
    keys = [key for key in sorted(changed) if key in stored]
    rows = [
        (
            key_of_job(key),
            _short(key[0], 2000),
            _short(key[1], 2000),
            *_said(stored[key].state),
            0,
            stored[key].state.heard_at,
            "",
        )
        for key in keys
    ]
    columns = ("key", "namespace", "name", *_SAID, "runs_heard", "heard_at", "last_state")
    insert_rows(cursor, Job, columns, rows, conflict=columns[:1], replace=_SAID)
    new = {key_of_job(key): key for key in keys if stored[key].id is None}
    for digest, pk in Job.objects.filter(key__in=list(new)).values_list("key", "pk"):
        stored[new[bytes(digest)]].id = pk


def _write_heard(stored: dict[JobKey, StoredJob], heard: Iterable[JobKey], cursor: Any) -> None:
    rows = []
    for key in heard:
        job = stored[key]
        last_run = uuid.UUID(job.last_run) if job.last_run else None
        rows.append(
            (job.id, job.runs_heard, job.state.heard_at, last_run, job.last_state, job.parent_id)
        )
    rows.sort(key=lambda row: row[0] or 0)
    update_rows(cursor, Job, ("id", *_HEARD), rows)


def _said(state: JobState) -> tuple[str | bytes, ...]:
    documentation = facet_of(state.facets.get("documentation"), DocumentationFacet)
    kind = facet_of(state.facets.get("jobType"), JobTypeFacet)
    sql = facet_of(state.facets.get("sql"), SqlFacet)
    code = facet_of(state.facets.get("sourceCodeLocation"), SourceCodeLocationFacet)
    dialect = (sql.dialect or sql_platform(state.key[0])) if sql else None
    return (
        text_of(documentation.description if documentation else None) or "",
        _short(kind.integration if kind else None, 200),
        _short(kind.jobType if kind else None, 200),
        _short(kind.processingType if kind else None, 200),
        statement_of(sql.query if sql else None) or "",
        _short(dialect, 100),
        text_of((code.url or code.repoUrl) if code else None) or "",
        _short(code.version if code else None, 500),
        msgspec.json.encode(state.facets),
    )


def _short(text: str | None, most: int) -> str:
    return (text_of(text) or "")[:most]

"""Jobs and runs as a principal may see them.

A job that touches datasets is seen by who sees one of them; its texts, which may name the others,
and what its runs counted, by who sees all of them and all that its statement reads. Where nobody
can tell what a text names, administrators alone see it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)

from catalog.access import Action, gate, require
from catalog.connectors.openlineage.states import JobKey
from catalog.errors import NotFound
from catalog.models import Alias, Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import sees_everything, withheld_definitions
from catalog.types import Principal
from lineage.models import Job, JobDataset, JobRun, ParkedRunEvent, ReceivedEvent, RunEventOffset
from lineage.openlineage.keys import key_of_job
from lineage.selectors.disagreements import Disagreement, disagreements
from lineage.selectors.job_stages import with_stage
from lineage.selectors.told import ToldOfRun, owners_and_tags, told_of_run
from lineage.types import JobUse

MOST_DATASETS = 500
MOST_EVENTS = 50
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """A job with what of it may be seen; `sql` is empty where it may not, `parent` None. `owners`
    and `tags` are what its events say."""

    job: Job
    parent: Job | None
    owners: Sequence[str]
    tags: Sequence[str]
    sql: str
    may_see_texts: bool
    inputs: Sequence[Dataset]
    outputs: Sequence[Dataset]
    disagreements: Sequence[Disagreement]


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job that an event names; `id` is None where it is not known or may not be seen."""

    namespace: str
    name: str
    id: int | None


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """A run with the datasets that may be seen; what its facets tell, they themselves and its
    events where its texts may be. `parent` is the run that it is a part of, `waits_for` and
    `awaited_by` are jobs by name, with their ids where they are known and may be seen."""

    run: JobRun
    told: ToldOfRun
    parent: JobRun | None
    waits_for: Sequence[NamedJob]
    awaited_by: Sequence[NamedJob]
    inputs: Sequence[str]
    outputs: Sequence[str]
    error: str
    facets: str
    events: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProjectionState:
    """How far received events are projected; `waiting` counts up to 100,000."""

    waiting: int
    parked: int
    attempts: int
    last_error: str


def visible_jobs(principal: Principal, *, find: str = "") -> QuerySet[Job]:
    """Jobs, the latest heard first; `find` holds in the name or namespace."""
    require(principal, Action.SEE)
    touched = JobDataset.objects.filter(job=OuterRef("pk"))
    seen = touched.filter(dataset__in=visible_datasets(principal))
    jobs = Job.objects.filter(Exists(seen) | ~Exists(touched))
    if find:
        jobs = jobs.filter(Q(name__icontains=find) | Q(namespace__icontains=find))
    return jobs.order_by("-heard_at", "-pk")


def described_jobs(principal: Principal, *, find: str = "") -> QuerySet[Job]:
    """The same with what of each may be told: `shown_description`, `shown_code` and
    `shown_parent`."""
    jobs = visible_jobs(principal, find=find)
    if sees_everything(principal):
        return jobs.annotate(
            shown_description=F("description"),
            shown_code=F("code_url"),
            shown_parent=F("parent_id"),
        )
    touched = JobDataset.objects.filter(job=OuterRef("pk"))
    hidden = Exists(touched.exclude(dataset__in=visible_datasets(principal)))

    def unless_hidden(field: str) -> Case:
        return Case(When(hidden, then=Value("")), default=F(field), output_field=TextField())

    parents = visible_jobs(principal).filter(pk=OuterRef("parent")).order_by().values("pk")
    return jobs.annotate(
        shown_description=unless_hidden("description"),
        shown_code=unless_hidden("code_url"),
        shown_parent=Subquery(parents),
    )


def job_answer(principal: Principal, job_id: int) -> JobAnswer:
    """One job; raises NotFound where it may not be seen."""
    job: Any = with_stage(described_jobs(principal)).filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job.")
    may_see_texts = _may_see_texts(principal, job)
    outputs = _datasets(principal, job, JobUse.WRITES)
    owners, tags = owners_and_tags(job)
    return JobAnswer(
        job=job,
        parent=Job.objects.filter(pk=job.shown_parent).first() if job.shown_parent else None,
        owners=owners,
        tags=tags,
        sql=job.sql if may_see_texts else "",
        may_see_texts=may_see_texts,
        inputs=_datasets(principal, job, JobUse.READS),
        outputs=outputs,
        disagreements=disagreements(principal, [dataset.pk for dataset in outputs]),
    )


def jobs_of(principal: Principal, dataset_id: int, role: JobUse) -> QuerySet[Job]:
    """The jobs that read or write a dataset, as far as they may be seen."""
    named = JobDataset.objects.filter(dataset=dataset_id, role=role).values("job")
    return visible_jobs(principal).filter(pk__in=named)


def runs_of(principal: Principal, job_id: int) -> QuerySet[JobRun]:
    """The runs of a job that may be seen, the latest heard first. What they counted that may be
    told is in `shown_rows_read`, `shown_rows_written` and `shown_bytes_written`."""
    job = visible_jobs(principal).filter(pk=job_id).first()
    if job is None:
        raise NotFound("There is no such job.")
    runs = JobRun.objects.filter(job=job_id).order_by("-heard_at", "pk")
    return _counted(runs, may_see=_may_see_texts(principal, job))


def _counted(runs: QuerySet[JobRun], *, may_see: bool) -> QuerySet[JobRun]:
    """Counts are of all datasets of a run together, hidden ones too."""
    return runs.annotate(
        **{
            f"shown_{field}": F(field) if may_see else Value(None, output_field=BigIntegerField())
            for field in ("rows_read", "rows_written", "bytes_written")
        }
    )


def run_answer(principal: Principal, run_id: uuid.UUID) -> RunAnswer:
    """One run with its events as they came, newest first; raises NotFound."""
    runs = JobRun.objects.filter(pk=run_id)
    job = described_jobs(principal).filter(pk__in=runs.values("job")).first()
    if job is None:
        raise NotFound("There is no such run.")
    may_see_texts = _may_see_texts(principal, job)
    run = _counted(runs, may_see=may_see_texts).get()
    run.job = job
    seen = _visible_names(principal, [*run.inputs, *run.outputs])
    events = ReceivedEvent.objects.filter(run_id=run_id).order_by("-transaction", "-id")
    told = told_of_run(run) if may_see_texts else ToldOfRun()
    ids = _job_ids(principal, [*told.upstream, *told.downstream])
    return RunAnswer(
        run=run,
        told=told,
        parent=_parent(principal, run),
        waits_for=[NamedJob(*key, ids.get(key)) for key in told.upstream],
        awaited_by=[NamedJob(*key, ids.get(key)) for key in told.downstream],
        inputs=[name for name in run.inputs if name in seen],
        outputs=[name for name in run.outputs if name in seen],
        error=run.error if may_see_texts else "",
        facets=_readable(bytes(run.facets)) if may_see_texts else "",
        events=[
            _readable(bytes(body)) for body in events.values_list("body", flat=True)[:MOST_EVENTS]
        ]
        if may_see_texts
        else [],
    )


def _parent(principal: Principal, run: JobRun) -> JobRun | None:
    """The run that a run is a part of, where it is known and its job may be seen."""
    if run.parent_run is None:
        return None
    runs = JobRun.objects.filter(pk=run.parent_run, job__in=visible_jobs(principal))
    found = runs.select_related("job").first()
    if found is None:
        return None
    may_see = _may_see_texts(principal, found.job)
    return _counted(runs.select_related("job"), may_see=may_see).first()


def _job_ids(principal: Principal, keys: Sequence[JobKey]) -> dict[JobKey, int]:
    digests = {key_of_job(key): key for key in keys}
    found = visible_jobs(principal).filter(key__in=list(digests))
    return {digests[bytes(key)]: pk for key, pk in found.values_list("key", "pk")}


def projection_state(principal: Principal) -> ProjectionState:
    """What waits and what is parked; for administrators."""
    require(principal, Action.ADMINISTER)
    offset = RunEventOffset.objects.first() or RunEventOffset()
    waiting = ReceivedEvent.objects.filter(
        Q(transaction__gt=offset.transaction)
        | Q(transaction=offset.transaction, pk__gt=offset.event_id)
    )
    return ProjectionState(
        waiting=waiting.values("pk")[:MOST_COUNTED].count(),
        parked=ParkedRunEvent.objects.filter(resolved_at__isnull=True).count(),
        attempts=offset.attempts,
        last_error=offset.last_error,
    )


def _may_see_texts(principal: Principal, job: Job) -> bool:
    touched = JobDataset.objects.filter(job=job)
    if not touched.exists():
        return gate().authorize(principal, Action.ADMINISTER).allowed
    if sees_everything(principal):
        return True
    if touched.exclude(dataset__in=visible_datasets(principal)).exists():
        return False
    # A producer may list fewer inputs than the statement has: what was read of it knows them.
    made = touched.filter(role=JobUse.WRITES).values_list("dataset", flat=True)
    return not (job.sql and withheld_definitions(principal, list(made)))


def _datasets(principal: Principal, job: Job, role: JobUse) -> Sequence[Dataset]:
    rows = visible_datasets(principal).filter(jobs__job=job, jobs__role=role)
    return list(rows.select_related("system").order_by("qualified_name")[:MOST_DATASETS])


def _visible_names(principal: Principal, names: Sequence[str]) -> set[str]:
    visible = visible_datasets(principal)
    own = visible.filter(qualified_name__in=names).values_list("qualified_name", flat=True)
    aliases = Alias.objects.filter(qualified_name__in=names, dataset__in=visible)
    return {*own, *aliases.values_list("qualified_name", flat=True)}


def _readable(document: bytes) -> str:
    return msgspec.json.format(document, indent=2).decode("utf-8", "replace")

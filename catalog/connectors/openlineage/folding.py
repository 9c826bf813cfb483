"""Events folded: of each dataset and job the latest facets, of each run what its events say.

One implementation for files and for the event door: it starts with nothing, or with the states
that were stored, and takes events in any order.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from msgspec import UNSET, Raw

from catalog.connectors.openlineage import facets
from catalog.connectors.openlineage.entries import facets_of_entries
from catalog.connectors.openlineage.events import Event, EventDataset, Job, Run
from catalog.connectors.openlineage.facets import Deletable, SqlFacet, decode_facet
from catalog.connectors.openlineage.naming import dataset_name, sql_platform
from catalog.connectors.openlineage.states import (
    NOTHING,
    WITHOUT_EFFECT,
    DatasetState,
    JobKey,
    JobState,
    RunState,
    Sources,
    Told,
    job_text,
)
from catalog.connectors.source_values import left_out, text_of
from catalog.names import NameRefused
from catalog.types import ProblemRecord

_OF_DATASETS: dict[str, type[Deletable]] = {
    "schema": facets.SchemaFacet,
    "documentation": facets.DocumentationFacet,
    "ownership": facets.OwnershipFacet,
    "tags": facets.TagsFacet,
    "symlinks": facets.SymlinksFacet,
    "dataSource": facets.DataSourceFacet,
    "datasetType": facets.DatasetTypeFacet,
    "storage": facets.StorageFacet,
    "catalog": facets.CatalogFacet,
    "hierarchy": facets.HierarchyFacet,
    "version": facets.VersionFacet,
    "lifecycleStateChange": facets.LifecycleFacet,
    "columnLineage": facets.ColumnLineageFacet,
    "lineage": facets.ColumnLineageFacet,
    "dataQualityMetrics": facets.MetricsFacet,
    "dataQualityAssertions": facets.AssertionsFacet,
    "outputStatistics": facets.StatisticsFacet,
    "concord_stream": facets.StreamFacet,
}
_OF_JOBS: dict[str, type[Deletable]] = {
    "sql": SqlFacet,
    "documentation": facets.DocumentationFacet,
    "ownership": facets.OwnershipFacet,
    "tags": facets.TagsFacet,
    "jobType": facets.JobTypeFacet,
    "sourceCodeLocation": facets.SourceCodeLocationFacet,
    "lineage": facets.JobLineageFacet,
}
_MEASURED = frozenset(
    {"dataQualityMetrics", "dataQualityAssertions", "outputStatistics", "concord_stream"}
)
"""Facets that are news each time they are told."""
_NAMING = frozenset({"columnLineage", "lineage"})
_WHOLE_WRITES = frozenset({"CREATE", "OVERWRITE"})
_MOST_FACET = 4096  # bytes of a run's facet that are kept beside the event itself
MOST_PAIRS = 100_000
"""Of what one run reads with what it writes: each is an edge, and some seconds go by for these."""
_QUERY_ID = re.compile(r"\d{8}_\d{6}_\d{5}_[0-9a-z]{5}")  # Trino's; each execution has its own

Fingerprint = Callable[[str, str], str]
"""Of a statement and its dialect: equal for statements that are one job."""


def plain_fingerprint(sql: str, dialect: str) -> str:
    """Equal but for case and white space."""
    text = f"{dialect}\0{' '.join(sql.split()).lower()}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


class Reports(Protocol):
    """What earlier events said, and what their names mean."""

    def canonical(self, reported: str) -> str:
        """The name under which the catalog has what events call `reported`."""
        ...

    def state(self, name: str) -> DatasetState | None:
        """What was said so far of the dataset with that name in the catalog."""
        ...


class _Nothing:
    """What holds for a file: each name is its own, and nothing was said before."""

    def canonical(self, reported: str) -> str:
        return reported

    def state(self, name: str) -> DatasetState | None:
        return None


class Fold:
    """Apply events; ask for `datasets`, `jobs` and `runs` after `connect`.

    `jobs` and `runs` are what was stored of those that the events name. `changed` are the
    datasets, `changed_jobs` the jobs of which something new was said. `renamed` are the former
    names of datasets that were told of by both, with the new ones.
    """

    def __init__(
        self,
        *,
        reports: Reports | None = None,
        jobs: Mapping[JobKey, JobState] | None = None,
        runs: Mapping[str, RunState] | None = None,
        fingerprint: Fingerprint = plain_fingerprint,
    ) -> None:
        self.datasets: dict[str, DatasetState] = {}
        self.jobs: dict[JobKey, JobState] = dict(jobs or {})
        self.runs: dict[str, RunState] = dict(runs or {})
        self.changed: set[str] = set()
        self.changed_jobs: set[JobKey] = set()
        self.renamed: dict[str, str] = {}
        self.problems: list[ProblemRecord] = []
        self._reports: Reports = reports or _Nothing()
        self._fingerprint = fingerprint
        self._told_runs: dict[str, RunState] = {}

    def apply(self, at: dt.datetime, location: str, event: Event) -> None:
        """Take over one event; `location` names it in problems."""
        if event.dataset is not UNSET:
            self._take_dataset(at, location, event.dataset, is_whole=True)
        if event.job is UNSET:
            return
        key = job_key(event.job, self._fingerprint)
        job = self._take_job(at, location, key, event.job)
        run = self._run(at, key, event)
        run.hear(at, event.eventType)
        if event.run is not UNSET:
            self._take_run_facets(run, event.run)
        for dataset in event.inputs or ():
            if name := self._take_dataset(at, location, dataset, is_whole=False):
                run.inputs[name] = None
        for dataset in event.outputs or ():
            if name := self._take_dataset(at, location, dataset, is_whole=True):
                run.outputs[name] = None
        self._take_statistics(run, at, event)
        self._take_entries(at, location, run, job, event.job)

    def connect(self) -> None:
        """Derive each output's upstream and SQL; a run that failed or was aborted made nothing."""
        for run in self.told_runs:
            sql = self.jobs[run.job].facets.get("sql")
            inputs = list(run.inputs)
            if len(inputs) * len(run.outputs) > MOST_PAIRS:
                self.problems.append(_too_wide(run))
                inputs = []
            for output in run.outputs:
                if state := self._state(output):
                    self._connect(run, inputs, state, sql)

    @property
    def told_runs(self) -> list[RunState]:
        """The runs that the applied events tell of, and jobs by themselves, latest last."""
        return sorted(self._told_runs.values(), key=lambda run: run.heard_at)

    def _connect(
        self, run: RunState, inputs: Sequence[str], state: DatasetState, sql: Told | None
    ) -> None:
        key = job_text(run.job)
        before = state.upstream.get(key)
        is_same_run = before is not None and before.run == run.run_id
        if run.state in WITHOUT_EFFECT:
            if before is not None and run.run_id is not None:
                self._take_back(run.run_id, state, key, before)
            return
        names = [name for name in inputs if name != state.qualified_name]
        text = sql.raw if sql is not None else None
        is_done = run.run_id is None or run.state == "COMPLETE"
        made = Sources(run.heard_at, run.run_id, names, text or NOTHING, is_done)
        # What a run has only begun to do does not undo what an earlier one did.
        is_news = before is None or (run.state != "START" and run.heard_at >= before.at)
        if before is not None and not is_news and not is_same_run:
            if is_done and not before.is_done and _is_later(made, before.former):
                before.former = made
                self.changed.add(state.qualified_name)
            return
        if before is not None and not is_done:
            is_first = before.is_done or before.former is None
            made.former = _alone(before) if is_first and not is_same_run else before.former
        if before is None or before.names != names or not _equal(before.sql, text):
            self.changed.add(state.qualified_name)
        state.upstream[key] = made

    def _take_back(self, run_id: str, state: DatasetState, key: str, before: Sources) -> None:
        """What a run that failed or was aborted made is what was made before it."""
        if before.run == run_id:
            if before.former is not None:
                state.upstream[key] = before.former
            else:
                del state.upstream[key]
        elif before.former is not None and before.former.run == run_id:
            before.former = None
        else:
            return
        self.changed.add(state.qualified_name)

    def _run(self, at: dt.datetime, key: JobKey, event: Event) -> RunState:
        assert event.job is not UNSET
        if event.run is UNSET:
            run = RunState(None, key, at)  # a job by itself: what it says now is all there is
            self._told_runs[f"{job_text(key)}\n{len(self._told_runs)}"] = run
            return run
        run_id = _run_id(event.run.runId)
        known = self.runs.get(run_id)
        run = known if known is not None else RunState(run_id, key, at)
        self.runs[run_id] = run
        self._told_runs[run_id] = run
        if event.job.name != key[1]:
            run.external_id = event.job.name
        return run

    def _take_job(self, at: dt.datetime, location: str, key: JobKey, told: Job) -> JobState:
        job = self.jobs.get(key)
        if job is None:
            job = self.jobs[key] = JobState(key, at)
            self.changed_jobs.add(key)
        job.heard_at = max(job.heard_at, at)
        for name, raw in (told.facets or {}).items():
            shape = _OF_JOBS.get(name, Deletable)
            if self._tell(job.facets, at, location, name, raw, shape):
                self.changed_jobs.add(key)
        return job

    def _take_run_facets(self, run: RunState, told: Run) -> None:
        for name, raw in (told.facets or {}).items():
            if len(bytes(raw)) <= _MOST_FACET:
                run.facets[name] = raw.copy()

    def _take_statistics(self, run: RunState, at: dt.datetime, event: Event) -> None:
        """What this run read and wrote; an event tells the whole of it so far."""
        if at < run.heard_at:
            return
        read = list(_statistics(event.inputs or (), "inputStatistics"))
        written = list(_statistics(event.outputs or (), "outputStatistics"))
        run.rows_read = _sum((s.rowCount for s in read), run.rows_read)
        run.rows_written = _sum((s.rowCount for s in written), run.rows_written)
        run.bytes_written = _sum((s.size for s in written), run.bytes_written)

    def _take_entries(
        self, at: dt.datetime, location: str, run: RunState, job: JobState, told: Job
    ) -> None:
        """The `lineage` facet of a job: what it states of datasets is told of these."""
        raw = (told.facets or {}).get("lineage")
        facet = decode_facet(raw, facets.JobLineageFacet) if raw else None
        if not isinstance(facet, facets.JobLineageFacet) or facet.deleted:
            return
        for dataset, is_output in facets_of_entries(facet, job.key):
            if name := self._take_dataset(at, location, dataset, is_whole=False):
                (run.outputs if is_output else run.inputs)[name] = None

    def _take_dataset(
        self, at: dt.datetime, location: str, dataset: EventDataset, *, is_whole: bool
    ) -> str | None:
        try:
            reported = str(dataset_name(dataset.namespace, dataset.name))
        except NameRefused as error:
            self.problems.append(left_out(location, error))
            return None
        name = self._reports.canonical(reported)
        if not is_whole:
            name = self.renamed.get(name, name)
        state = self._state(name)
        if state is None:
            state = self.datasets[name] = DatasetState(name, dataset.namespace)
            self.changed.add(name)
        if reported != name and reported not in state.known_as:
            state.known_as.append(reported)
            self.changed.add(name)
        for facet_name, raw in _facets(dataset):
            shape = _OF_DATASETS.get(facet_name)
            if shape is None:
                continue
            is_schema = facet_name == "schema"
            if is_schema and state.is_whole_schema and not is_whole:
                continue
            if facet_name == "outputStatistics" and not _writes_whole(dataset):
                continue  # rows that were added are not the rows that the dataset has
            if is_schema and is_whole and not state.is_whole_schema:
                state.facets.pop("schema", None)
            if self._tell(state.facets, at, location, facet_name, raw, shape):
                state.is_whole_schema |= is_schema and is_whole
                self.changed.add(name)
                if facet_name in _NAMING:
                    self._take_sources(at, location, dataset.namespace, raw)
        if "lifecycleStateChange" in (dataset.facets or {}):
            self._take_over(state, at)
            self._outlive(state, at)
        if is_whole and self._is_back(state, at, dataset):
            self.changed.add(name)
        return name

    def _take_over(self, state: DatasetState, at: dt.datetime) -> None:
        """A dataset that got another name right after it was told of is that one dataset."""
        told = state.facets.get("lifecycleStateChange")
        if told is None or told.raw is None or told.at != at:
            return
        change = decode_facet(told.raw, facets.LifecycleFacet)
        if not isinstance(change, facets.LifecycleFacet) or change.previousIdentifier is None:
            return
        try:
            former = change.previousIdentifier
            before = self._reports.canonical(str(dataset_name(former.namespace, former.name)))
        except NameRefused:
            return
        name = state.qualified_name
        if change.lifecycleStateChange != "RENAME" or before == name or before not in self.datasets:
            return
        known = self.datasets.pop(before)
        for facet_name, said in known.facets.items():
            state.facets.setdefault(facet_name, said)
        state.upstream = known.upstream | state.upstream
        state.is_whole_schema |= known.is_whole_schema
        for run in self._told_runs.values():
            for names in (run.inputs, run.outputs):
                if before in names:
                    del names[before]
                    names[name] = None
        self.changed.discard(before)
        self.changed.add(name)
        self.renamed[before] = name

    def _take_sources(self, at: dt.datetime, location: str, namespace: str, raw: Raw) -> None:
        """Datasets that are named as sources only: some producers list no inputs beside."""
        facet = decode_facet(raw, facets.ColumnLineageFacet)
        if not isinstance(facet, facets.ColumnLineageFacet) or facet.deleted:
            return
        of_fields = (s for f in facet.fields.values() for s in (*f.inputFields, *f.inputs))
        named = {
            (source.namespace or namespace, source.name): None
            for source in (*facet.inputs, *facet.dataset, *of_fields)
            if source.name and source.type in {None, "DATASET"}
        }
        for source in named:
            self._take_dataset(at, location, EventDataset(*source), is_whole=False)

    def _state(self, name: str) -> DatasetState | None:
        """What was said of a dataset by this batch or before."""
        state = self.datasets.get(name) or self._reports.state(name)
        if state is not None:
            self.datasets[name] = state
        return state

    def _outlive(self, state: DatasetState, at: dt.datetime) -> None:
        """An end that comes late, after a later run wrote the dataset again, is none."""
        told = state.facets.get("lifecycleStateChange")
        later = max((sources.at for sources in state.upstream.values()), default=at)
        if told is not None and told.at == at < later and has_dropped(state):
            told.at, told.sent = later, NOTHING

    def _is_back(self, state: DatasetState, at: dt.datetime, dataset: EventDataset) -> bool:
        """Whether a dataset that was dropped is written again; its end is forgotten then."""
        told = state.facets.get("lifecycleStateChange")
        if told is None or told.at >= at or "lifecycleStateChange" in (dataset.facets or {}):
            return False
        if not has_dropped(state):
            return False
        told.at, told.sent = at, NOTHING
        return True

    def _tell(
        self,
        told: dict[str, Told],
        at: dt.datetime,
        location: str,
        name: str,
        raw: Raw,
        shape: type[Deletable],
    ) -> bool:
        """Keep a facet unless something later was told; whether it says anything new."""
        before = told.get(name)
        if before is not None and at < before.at:
            return False
        if before is not None and _equal(before.raw, raw):
            before.at, is_later = at, at > before.at
            return is_later and name in _MEASURED
        facet = decode_facet(raw, shape)
        if isinstance(facet, str):
            message = f"Its facet {name} was left out: {facet}."
            self.problems.append(ProblemRecord(text_of(location) or "", message))
            return False
        told[name] = Told(at, NOTHING if facet.deleted else raw.copy())
        # An end that comes before what it ends is kept, too.
        return not facet.deleted or before is None or before.raw is not None


def job_key(job: Job, fingerprint: Fingerprint) -> JobKey:
    """Namespace and name; for jobs that are named by their query id, a name that every execution
    of the statement shares."""
    raw = (job.facets or {}).get("sql")
    if raw is not None and _QUERY_ID.fullmatch(job.name):
        sql = decode_facet(raw, SqlFacet)
        if isinstance(sql, SqlFacet) and sql.query:
            dialect = sql.dialect or sql_platform(job.namespace) or ""
            return job.namespace, f"query {fingerprint(sql.query, dialect)[:16]}"
    return job.namespace, job.name


def _run_id(text: str) -> str:
    """One spelling for one UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text


def _too_wide(run: RunState) -> ProblemRecord:
    return ProblemRecord(
        text_of(f"run {run.run_id}" if run.run_id else f"job {run.job[0]}/{run.job[1]}") or "",
        f"It reads {len(run.inputs):,} datasets and writes {len(run.outputs):,}: no edge was made"
        " for each pair of them. Report smaller tasks, or columnLineage, to see what comes of"
        " what.",
    )


def has_dropped(state: DatasetState) -> bool:
    """Whether the last change of its life that was told is its end."""
    told = state.facets.get("lifecycleStateChange")
    facet = decode_facet(told.raw, facets.LifecycleFacet) if told and told.raw else None
    return isinstance(facet, facets.LifecycleFacet) and facet.lifecycleStateChange == "DROP"


def _alone(sources: Sources) -> Sources:
    return Sources(sources.at, sources.run, sources.names, sources.sent_sql, sources.is_done)


def _is_later(made: Sources, former: Sources | None) -> bool:
    return former is None or not former.is_done or made.at >= former.at


def _equal(one: Raw | None, other: Raw | None) -> bool:
    if one is None or other is None:
        return one is other
    return bytes(one) == bytes(other)


def _sum(counts: Iterator[int | None], before: int | None) -> int | None:
    known = [count for count in counts if count is not None and 0 <= count < 2**62]
    return min(sum(known), 2**62) if known else before


def _statistics(
    datasets: Iterable[EventDataset], facet_name: str
) -> Iterator[facets.StatisticsFacet]:
    for dataset in datasets:
        for group in (dataset.facets, dataset.inputFacets, dataset.outputFacets):
            raw = (group or {}).get(facet_name)
            facet = decode_facet(raw, facets.StatisticsFacet) if raw else None
            if isinstance(facet, facets.StatisticsFacet) and not facet.deleted:
                yield facet


def _writes_whole(dataset: EventDataset) -> bool:
    raw = (dataset.facets or {}).get("lifecycleStateChange")
    facet = decode_facet(raw, facets.LifecycleFacet) if raw else None
    return isinstance(facet, facets.LifecycleFacet) and facet.lifecycleStateChange in _WHOLE_WRITES


def _facets(dataset: EventDataset) -> Iterator[tuple[str, Raw]]:
    for group in (dataset.facets, dataset.inputFacets, dataset.outputFacets):
        yield from (group or {}).items()

"""Projecting a batch of events: datasets through ingestion, jobs and runs into their tables.

Runs inside the transaction that moves the offset, so an event counts once. What an event changes
depends on its own time, not on when it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import msgspec
from django.db import connection
from django.utils import timezone
from msgspec import UNSET

from catalog.connectors.openlineage.events import Event, EventDataset
from catalog.connectors.openlineage.facets import SymlinksFacet, decode_facet
from catalog.connectors.openlineage.folding import Fold, has_dropped, plain_fingerprint
from catalog.connectors.openlineage.naming import dataset_name
from catalog.connectors.openlineage.records import dataset_record
from catalog.connectors.openlineage.states import DatasetState
from catalog.connectors.source_values import moment_of
from catalog.models import Connection, IngestionProblem, IngestionRun, SourceRecord
from catalog.names import NameRefused
from catalog.registries.connectors import Yielded
from catalog.services.ingest import IngestReport, ingest, withdraw
from catalog.services.transaction import writing
from catalog.types import DatasetRecord, Principal, RunState, SystemRecord
from lineage.services.declared import withdraw_declared
from lineage.services.run_events.jobs import load_jobs, save_jobs
from lineage.services.run_events.renaming import Rename, free_names, in_turn, renames_among
from lineage.services.run_events.reports import Memory, StoredReports
from lineage.services.run_events.runs import load_runs, save_runs
from lineage.sql.fingerprint import fingerprint

CONNECTION_NAME = "OpenLineage events"
MOST_PROBLEMS = 1_000  # kept of one day
AHEAD = dt.timedelta(minutes=5)
"""What is told from further ahead counts as told now: a clock that runs ahead at the source must
not outdate all that is told until then."""

memory = Memory()


def project(bodies: Sequence[bytes]) -> None:
    """Bring events into the catalog and the graph; raises whatever the database does."""
    for part in in_turn(_decoded(bodies), _renames):
        _project(part)


def _renames(*events: tuple[dt.datetime, str, Event]) -> list[Rename]:
    return list(renames_among(_datasets(event for _, _, event in events)))


def _project(events: Sequence[tuple[dt.datetime, str, Event]]) -> None:
    acting = Principal.system("OpenLineage")
    reports = StoredReports(memory)
    renames = _renames(*events)
    if renames:
        free_names(renames, reports)
        memory.forget()  # which names are whose
    reports.prefetch(_names(event for _, _, event in events))
    jobs = load_jobs(memory, [event for _, _, event in events], job_fingerprint)
    fold = Fold(
        reports=reports,
        jobs={key: job.state for key, job in jobs.items()},
        runs=load_runs([event for _, _, event in events]),
        fingerprint=job_fingerprint,
    )
    for at, location, event in events:
        fold.apply(at, location, event)
    fold.connect()
    now = timezone.now()
    with writing(acting, reason="OpenLineage events"), connection.cursor() as cursor:
        changed = [fold.datasets[name] for name in sorted(fold.changed)]
        if changed or fold.problems:
            _store(fold, changed, reports, acting)
        reports.save(changed, now, cursor)
        stored = save_jobs(memory, fold, cursor)
        save_runs(fold, stored, reports, cursor, now)
    if renames:
        memory.forget()


@lru_cache(maxsize=10_000)
def job_fingerprint(sql: str, dialect: str) -> str:
    """What statements that are one job share; never fails."""
    try:
        return fingerprint(sql, dialect=dialect)
    except Exception:  # noqa: BLE001 - a text that cannot even be cut into words is still a job
        return plain_fingerprint(sql, dialect)


_decoder = msgspec.json.Decoder(Event)


def _decoded(bodies: Sequence[bytes]) -> list[tuple[dt.datetime, str, Event]]:
    """Events in the order of their times; each was checked when it came."""
    events = []
    now = timezone.now()
    for body in bodies:
        event = _decoder.decode(body)
        at = moment_of(event.eventTime)
        assert at is not None
        events.append((min(at, now) if at - now > AHEAD else at, _location(event), event))
    events.sort(key=lambda entry: entry[0])
    return events


def _location(event: Event) -> str:
    if event.run is not UNSET:
        return f"run {event.run.runId}"
    if event.job is not UNSET:
        return f"job {event.job.namespace}/{event.job.name}"
    return f"dataset event of {event.eventTime}"


def _names(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Every dataset that is named, with the names that events link it to."""
    found: dict[str, tuple[str, ...]] = {}
    for dataset in _datasets(events):
        try:
            name = str(dataset_name(dataset.namespace, dataset.name))
        except NameRefused:
            continue
        links = tuple(_links(dataset))
        if links or name not in found:
            found[name] = links
    return found


def _datasets(events: Iterable[Event]) -> Iterator[EventDataset]:
    for event in events:
        if event.dataset is not UNSET:
            yield event.dataset
        yield from event.inputs or ()
        yield from event.outputs or ()


def _links(dataset: EventDataset) -> Iterator[str]:
    raw = (dataset.facets or {}).get("symlinks")
    facet = decode_facet(raw, SymlinksFacet) if raw else None
    if not isinstance(facet, SymlinksFacet) or facet.deleted:
        return
    for identifier in facet.identifiers or ():
        try:
            yield str(dataset_name(identifier.namespace, identifier.name))
        except NameRefused:
            continue


def _store(
    fold: Fold, changed: Sequence[DatasetState], reports: StoredReports, acting: Principal
) -> None:
    """Give what is new of datasets to ingestion, then take back what does not hold any more."""
    run = _run_of_today()
    report = ingest(
        _yielded(fold, changed, _wordless(changed, reports, run.connection)),
        acting=acting,
        connection=run.connection,
        run=run,
        complete=False,
    )
    _note(run, report)
    dropped = [state.qualified_name for state in changed if has_dropped(state)]
    if dropped:
        withdraw(dropped, acting=acting, connection=run.connection, run=run)
    silent = reports.dataset_ids(s.qualified_name for s in changed if not _states_lineage(s))
    withdraw_declared(silent.values(), connection_id=run.connection_id)


def _wordless(
    changed: Sequence[DatasetState], reports: StoredReports, source: Connection
) -> set[str]:
    """Datasets whose description was taken back and that no other source speaks of: what another
    one said of them since is not ours to take away."""
    ids = reports.dataset_ids(
        state.qualified_name
        for state in changed
        if (told := state.facets.get("documentation")) is not None and told.raw is None
    )
    others = SourceRecord.objects.filter(dataset__in=list(ids.values()), gone_at__isnull=True)
    spoken = set(others.exclude(connection=source).values_list("dataset_id", flat=True))
    return {name for name, pk in ids.items() if pk not in spoken}


def _yielded(
    fold: Fold, changed: Sequence[DatasetState], wordless: Collection[str]
) -> Iterator[Yielded]:
    yield from fold.problems
    for platform, instance in {(s.name.platform, s.name.instance): None for s in changed}:
        yield SystemRecord(platform, instance)
    for state in changed:
        for record in dataset_record(state):
            if isinstance(record, DatasetRecord) and state.qualified_name in wordless:
                yield replace(record, description="")
            else:
                yield record


def _states_lineage(state: DatasetState) -> bool:
    facets = (state.facets.get(name) for name in ("columnLineage", "lineage"))
    return bool(state.upstream) or any(told is not None and told.raw for told in facets)


def _run_of_today() -> IngestionRun:
    """The run that the news of a day are counted in: one for each day that has some."""
    source, _ = Connection.objects.get_or_create(
        connector="openlineage", name=CONNECTION_NAME, defaults={"settings": {"path": ""}}
    )
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    run = source.runs.filter(created_at__gte=midnight, upload="", is_dry_run=False).first()
    if run is None:
        run = IngestionRun.objects.create(
            connection=source, state=RunState.SUCCEEDED, started_at=now, finished_at=now
        )
    return run


def _note(run: IngestionRun, report: IngestReport) -> None:
    """Add to the day's counts and problems."""
    for name in ("read", "created", "updated", "unchanged", "refused"):
        setattr(run, name, getattr(run, name) + getattr(report, name))
    room = MOST_PROBLEMS - run.problems.count() if report.problems else 0
    IngestionProblem.objects.bulk_create(
        IngestionProblem(
            run=run, severity=found.severity, location=found.location, message=found.message
        )
        for found in report.problems[: max(room, 0)]
    )
    if report.problems:
        run.state = RunState.SUCCEEDED_WITH_PROBLEMS
    run.finished_at = run.heartbeat_at = timezone.now()
    run.save()

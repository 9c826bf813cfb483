"""Runs of a connection: asked for, executed, watched, and told apart from those that died."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import structlog
from celery import current_app
from django.db import Error, transaction
from django.db.models import Q
from django.utils import timezone

from catalog.access import AccessRefused, Action, require
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.events import RunFinished
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.registries.connectors import ReadContext
from catalog.selectors.connection_secrets import secret_of
from catalog.selectors.principals import principal_of
from catalog.services import run_files
from catalog.services.connection_lock import connection_lock, is_locked, session
from catalog.services.connections import checked_settings, connector_named, due_after
from catalog.services.event_log import record
from catalog.services.ingest import LOST, DatabaseGone, IngestReport, ingest
from catalog.services.ingest.report import MAX_PROBLEMS
from catalog.services.transaction import writing
from catalog.types import Principal, ProblemRecord, RunState, Severity, TokenScope

RUN_TASK = "catalog.run_ingestion"
SILENT_AFTER = dt.timedelta(seconds=30)  # without a heartbeat
LOST_AFTER = dt.timedelta(minutes=2)  # a waiting run whose message nobody took
KEEP_UPLOADS = dt.timedelta(days=1)
BEAT_SECONDS = 1.0

Watch = Callable[[IngestReport], None]
_FILES_GONE = "The files of this dry run are not kept any more: upload them again."
_ACTIVE = (RunState.WAITING, RunState.RUNNING)
log = structlog.get_logger(__name__)


def request_run(
    *,
    acting: Principal,
    connection_id: int,
    dry_run: bool = False,
    uploads: Mapping[str, BinaryIO] | None = None,
    in_background: bool = True,
) -> IngestionRun:
    """Ask for an import; it starts in the jobs process unless the caller executes it itself.

    `uploads` maps file names to open binary files, kept until the run ended. Raises Conflict while
    another run of the connection waits or runs, and InvalidInput for files it does not take.
    """
    require(acting, Action.INGEST)
    connection = _ready_connection(connection_id)
    folder = run_files.store(connection.connector, uploads or {})
    try:
        with writing(acting, reason=f"Import from {connection.name}"):
            return _wait(acting, connection, folder, dry_run, in_background)
    except BaseException:
        run_files.remove(folder)
        raise


def apply_dry_run(*, acting: Principal, run_id: int, in_background: bool = True) -> IngestionRun:
    """Ask for the real import of what a dry run looked at, with the files it was given.

    Raises NotFound for a run that was no dry run, and Conflict as `request_run` does, also when
    the files are not kept any more.
    """
    require(acting, Action.INGEST)
    looked = IngestionRun.objects.filter(pk=run_id, is_dry_run=True).first()
    if looked is None:
        raise NotFound("There is no such dry run.")
    connection = _ready_connection(looked.connection_id)
    with writing(acting, reason=f"Import from {connection.name}"):
        looked = IngestionRun.objects.select_for_update().get(pk=run_id)
        # Without its files a connection may have a path to read, which nobody has looked at.
        needs_files = bool(looked.upload) or connector_named(connection.connector).needs_files
        if needs_files and not run_files.found(looked.upload):
            raise Conflict(_FILES_GONE)
        run = _wait(acting, connection, looked.upload, False, in_background)
        if looked.upload:
            looked.upload = run_files.GONE
            looked.save(update_fields=["upload"])
    return run


def _ready_connection(connection_id: int) -> Connection:
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        raise NotFound("There is no such connection.")
    if not connection.is_enabled:
        raise Conflict(f"The connection {connection.name} is switched off: switch it on first.")
    _end_dead_runs(connection.pk)
    return connection


def _wait(
    acting: Principal, connection: Connection, folder: str, dry_run: bool, in_background: bool
) -> IngestionRun:
    Connection.objects.select_for_update().get(pk=connection.pk)
    if IngestionRun.objects.filter(connection=connection, state__in=_ACTIVE).exists():
        raise Conflict(f"An import of {connection.name} is under way: wait until it has ended.")
    run = IngestionRun.objects.create(
        connection=connection,
        is_dry_run=dry_run,
        requested_by_id=acting.person_id,
        request_id=acting.request_id,
        upload=folder,
    )
    if in_background:
        transaction.on_commit(lambda: send(run.pk), robust=True)
    return run


def send(run_id: int) -> None:
    """Put a run into the queue; a queue that does not answer only delays it."""
    try:
        current_app.send_task(RUN_TASK, args=[run_id], retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the queue's transport raises
        log.warning("queue_unreachable", error=f"{type(error).__name__}: {error}"[:300])


def execute_run(
    run_id: int, *, files: Mapping[str, Path] | None = None, watch: Watch | None = None
) -> IngestionRun:
    """Read the source of a waiting run and ingest what it yields; returns the ended run.

    `files` are local files instead of uploaded ones. A run that is not waiting any more is
    returned as it is. Raises Conflict when the connection is being imported by another process
    (the run keeps waiting) and DatabaseGone when Concord's database went away (the run is marked
    as interrupted later). Everything else that goes wrong ends the run as failed, in one sentence.
    """
    run = IngestionRun.objects.select_related("connection", "requested_by").get(pk=run_id)
    try:
        with connection_lock(run.connection_id) as taken:
            if not taken:
                raise Conflict(f"Another process is importing {run.connection.name} now.")
            _end_dead_runs(run.connection_id, except_run=run.pk)
            now = timezone.now()
            waiting = IngestionRun.objects.filter(pk=run.pk, state=RunState.WAITING)
            if waiting.update(state=RunState.RUNNING, started_at=now, heartbeat_at=now):
                if files and run.is_dry_run:
                    run.upload = run_files.GONE  # local files are never kept
                    run.save(update_fields=["upload"])
                _run(run, run_files.found(run.upload) if files is None else files, watch)
    except Error as error:
        raise DatabaseGone(LOST) from error
    run.refresh_from_db()
    return run


def _run(run: IngestionRun, files: Mapping[str, Path], watch: Watch | None) -> None:
    acting = _principal(run)
    observer = _Observer(run, watch)
    error = ""
    try:
        connection = run.connection
        connector = connector_named(connection.connector)
        settings = checked_settings(connection.connector, connection.settings)
        if connector.needs_files and not files:
            raise InvalidInput("This connector reads files: give at least one.", field="files")
        if run.upload and not files:
            raise InvalidInput("The files of this import are gone: give them again.", field="files")
        context = ReadContext(
            files=files, secret=secret_of(connection), note_progress=observer.note_reading
        )
        ingest(
            connector.read(settings, context),
            acting=acting,
            connection=connection,
            run=run,
            complete=connector.uploads_are_complete if files else connector.is_complete,
            progress=observer,
        )
    except DatabaseGone:
        raise
    except Error as failure:
        if session() != observer.session:
            raise
        # The database is there: it was this statement that it did not take, a deadlock say.
        log.exception("ingestion_run_refused", run=run.pk)
        said = str(failure).strip().split("\n", 1)[0][:300] or type(failure).__name__
        error = f"Concord's database refused a part of it ({said}); run the import again."
    except AccessRefused as refusal:
        error = refusal.verdict.reason
    except CatalogError as refusal:
        error = str(refusal)
    except Exception as failure:
        log.exception("ingestion_run_failed", run=run.pk)
        error = (
            f"The connector failed unexpectedly ({type(failure).__name__});"
            " the service's log has the details."
        )
    _end(run, acting, observer, error)


def _principal(run: IngestionRun) -> Principal:
    """Who asked, as they are now; what they were allowed when asking, and nothing else."""
    if run.requested_by is None:
        return Principal.system("import").during(run.request_id)
    scopes = frozenset({TokenScope.INGEST})
    return principal_of(run.requested_by, request_id=run.request_id, scopes=scopes)


@dataclass(slots=True)
class _Observer:
    """Writes a run's progress between transactions, where pages can see it."""

    run: IngestionRun
    watch: Watch | None
    report: IngestReport = field(default_factory=IngestReport)
    session: int | None = field(default_factory=session)
    saved_problems: int = 0
    next_beat: float = 0.0

    def __call__(self, report: IngestReport) -> None:
        self.report = report
        self.save()
        if self.watch is not None:
            self.watch(report)

    def note_reading(self, read: int, total: int | None) -> None:
        """A sign of life from the connector, before or between its records."""
        if time.monotonic() >= self.next_beat:
            self.save()

    def save(self) -> None:
        """Counts and heartbeat; new problems as they come. Raises DatabaseGone without the lock."""
        if session() != self.session:
            raise DatabaseGone(LOST)
        self.next_beat = time.monotonic() + BEAT_SECONDS
        report = self.report
        IngestionRun.objects.filter(pk=self.run.pk).update(
            heartbeat_at=timezone.now(), **_counts(report)
        )
        fresh = report.problems[self.saved_problems :]
        self.saved_problems += len(fresh)
        IngestionProblem.objects.bulk_create(
            IngestionProblem(
                run=self.run,
                severity=problem.severity,
                location=problem.location,
                message=problem.message,
            )
            for problem in fresh
        )


def _counts(report: IngestReport) -> dict[str, int | None]:
    names = ("total", "read", "created", "updated", "unchanged", "disappeared", "refused")
    return {name: getattr(report, name) for name in names}


def _end(run: IngestionRun, acting: Principal, observer: _Observer, error: str) -> None:
    report = observer.report
    hidden = report.problem_count - len(report.problems)
    if hidden:
        sentence = f"{hidden} more problems are not listed; only the first {MAX_PROBLEMS} are."
        report.problems.append(ProblemRecord("the list of problems", sentence, Severity.NOTICE))
    observer.save()
    grave = report.refused or any(p.severity != Severity.NOTICE for p in report.problems)
    state = RunState.SUCCEEDED_WITH_PROBLEMS if grave else RunState.SUCCEEDED
    if error:
        state = RunState.FAILED
    with writing(acting):
        run.state = state
        run.finished_at = run.heartbeat_at = timezone.now()
        run.error = error.replace("\x00", "")[:5000]
        run.diff = report.diff_document() if run.is_dry_run and not error else {}
        run.save(update_fields=["state", "finished_at", "heartbeat_at", "error", "diff"])
        finished = RunFinished(
            state=state,
            created=report.created,
            updated=report.updated,
            disappeared=report.disappeared,
            refused=report.refused,
        )
        record(finished, run, acting=acting)
    if not run.is_dry_run:
        run_files.remove(run.upload)


def mark_interrupted() -> int:
    """Mark runs whose process died: silent for a while, and nobody holds their lock."""
    silent = Q(heartbeat_at__lt=timezone.now() - SILENT_AFTER) | Q(heartbeat_at__isnull=True)
    running = IngestionRun.objects.filter(silent, state=RunState.RUNNING)
    ids = sorted(set(running.values_list("connection_id", flat=True)))
    return sum(_end_dead_runs(connection_id) for connection_id in ids)


def forget_uploads() -> int:
    """Delete the files of dry runs that nobody applied within a day."""
    old = IngestionRun.objects.filter(
        is_dry_run=True, finished_at__lt=timezone.now() - KEEP_UPLOADS
    ).exclude(upload__in=("", run_files.GONE))
    for run in old:
        run_files.remove(run.upload)
    return old.update(upload=run_files.GONE)


def _end_dead_runs(connection_id: int, *, except_run: int | None = None) -> int:
    """A run takes its lock before it says RUNNING: without the lock, it is dead."""
    running = IngestionRun.objects.filter(connection=connection_id, state=RunState.RUNNING)
    if not running.exists() or (except_run is None and is_locked(connection_id)):
        return 0
    acting = Principal.system("import")
    with writing(acting):
        dead = [run for run in running.select_for_update() if run.pk != except_run]
        for run in dead:
            run.state = RunState.INTERRUPTED
            run.finished_at = timezone.now()
            run.error = "The process that ran this import ended early; run it again to complete it."
            run.save(update_fields=["state", "finished_at", "error"])
            record(RunFinished(state=run.state), run, acting=acting.during(run.request_id))
    for run in dead:
        run_files.remove(run.upload)
    return len(dead)


def request_due_runs() -> int:
    """Ask for a run of every connection that is due, and send lost waiting runs again."""
    now = timezone.now()
    lost = IngestionRun.objects.filter(state=RunState.WAITING, created_at__lt=now - LOST_AFTER)
    for run_id in lost.values_list("pk", flat=True):
        send(run_id)
    due = Connection.objects.filter(
        is_enabled=True, interval_minutes__isnull=False, next_run_at__lte=now
    )
    asked = 0
    for connection in due.order_by("next_run_at"):
        acting = Principal.system("schedule")
        with writing(acting):
            held = due.filter(pk=connection.pk).select_for_update(skip_locked=True).first()
            if held is None:
                continue
            held.next_run_at = due_after(held, now)
            held.save(update_fields=["next_run_at"])
        try:
            request_run(acting=acting, connection_id=connection.pk)
        except CatalogError as refusal:
            log.info("scheduled_run_refused", connection=connection.name, reason=str(refusal))
        else:
            asked += 1
    return asked

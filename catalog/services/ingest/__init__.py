"""Ingestion: what connectors yield becomes rows, fast, idempotent and safe (R-057, law 5).

Records flow through in chunks, each its own transaction: recognise what is unchanged by its
digest, check the rest, merge it into what is there, write rows, history and events together. A
run that dies leaves whole datasets only; running it again completes it and changes nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

import structlog
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    transaction,
)
from django.db import connection as database
from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import CatalogError
from catalog.models import Column, Connection, Dataset, IngestionRun, SourceRecord
from catalog.models.copying import table_of
from catalog.names import NameRefused, QualifiedName, parse_name, qualified_name
from catalog.registries.connectors import Stated, Yielded
from catalog.services.ingest.checking import RecordRefused, identify
from catalog.services.ingest.chunk import Chunk, ConcurrentChange, apply_chunk
from catalog.services.ingest.hooks import Sinks, sinks_of, tell_read
from catalog.services.ingest.relations import relate_waiting
from catalog.services.ingest.report import IngestReport
from catalog.services.ingest.usage import count_usage
from catalog.services.ingest.vanishing import mark_dropped, mark_vanished
from catalog.services.ingest.work import RunMemory
from catalog.services.transaction import writing
from catalog.types import (
    ContainerRecord,
    DatasetRecord,
    ExpectedTotal,
    FurtherRecord,
    Principal,
    ProblemRecord,
    Severity,
    SourceUsage,
    SystemRecord,
)

__all__ = ["LOST", "DatabaseGone", "IngestReport", "ingest", "withdraw"]

CHUNK_DATASETS = 1000
CHUNK_COLUMNS = 20_000
CHUNK_FURTHER = 5000  # records of upper packages
CHUNK_BYTES = 16 * 1024 * 1024  # of encoded records held at once
MAX_USAGE = 1_000_000
LOST = "The connection to Concord's database was lost; run the import again."
ATTEMPTS = 3
ANALYZE_FROM = 5000  # new datasets after which the planner needs to know the tables anew

log = structlog.get_logger(__name__)


class DatabaseGone(CatalogError):  # noqa: N818 - reads as what happened
    """The connection to Concord's own database was lost; what was committed stays."""

    code = "database_gone"
    status = 503


def _nobody_watches(report: IngestReport) -> None:
    """What holds without a progress display."""


def ingest(
    records: Iterable[Yielded],
    *,
    acting: Principal,
    connection: Connection,
    run: IngestionRun,
    complete: bool,
    progress: Callable[[IngestReport], None] = _nobody_watches,
) -> IngestReport:
    """Bring the records of one source into the catalog; a dry run (`run.is_dry_run`) only says how.

    `complete` says that the records are all that the source has: datasets that this connection
    knew and that are missing are then marked as disappeared, unless a part stayed unread.
    `progress` is called between transactions and may write. Raises AccessRefused without
    Action.INGEST, DatabaseGone when the database goes away, and whatever `records` raises; what
    earlier chunks committed stays, and nothing is marked as disappeared then.
    """
    require(acting, Action.INGEST)
    memory = RunMemory(acting, connection, run, run.is_dry_run, timezone.now())
    chunk = Chunk()
    further: list[FurtherRecord] = []
    size = 0
    with sinks_of(memory) as sinks:
        for record in records:
            if isinstance(record, FurtherRecord):
                further.append(record)
                memory.report.read += 1
                size += record.bytes_held
            else:
                size += _take(memory, chunk, record)
            is_full = len(chunk.datasets) >= CHUNK_DATASETS or chunk.columns >= CHUNK_COLUMNS
            if is_full or size >= CHUNK_BYTES or len(further) >= CHUNK_FURTHER:
                _write(memory, chunk)
                _store_further(sinks, further)
                progress(memory.report)
                chunk, further, size = Chunk(), [], 0
        _write(memory, chunk)
        _store_further(sinks, further)
        with _database_at_hand():
            sinks.finish(lambda: progress(memory.report))
    _finish(memory, complete=complete)
    if memory.report.created >= ANALYZE_FROM and not memory.is_dry_run:
        with database.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(table_of, (Dataset, Column, SourceRecord)))}")
    progress(memory.report)
    return memory.report


def withdraw(
    names: Sequence[str], *, acting: Principal, connection: Connection, run: IngestionRun
) -> int:
    """Mark datasets as disappeared of which the source says so itself; returns how many.

    One that another living source lists stays. Raises AccessRefused without Action.INGEST.
    """
    require(acting, Action.INGEST)
    memory = RunMemory(acting, connection, run, run.is_dry_run, timezone.now())
    mark_dropped(memory, names)
    return memory.report.disappeared


def _store_further(sinks: Sinks, further: list[FurtherRecord]) -> None:
    if further:
        with _database_at_hand():
            sinks.store(further)


def _take(memory: RunMemory, chunk: Chunk, record: Stated) -> int:
    """Put a record where it belongs; returns the bytes it will hold in memory."""
    report = memory.report
    if isinstance(record, DatasetRecord):
        return _take_dataset(memory, chunk, record)
    if isinstance(record, ProblemRecord):
        report.note(record.location, record.message, record.severity)
        report.has_unread_parts |= record.severity == Severity.ERROR
    elif isinstance(record, ExpectedTotal):
        report.total = max(record.datasets, 0)
    elif isinstance(record, SourceUsage):
        if len(memory.usage) < MAX_USAGE:
            memory.usage.append(record)
    else:
        _take_place(memory, chunk, record)
    return 0


def _take_dataset(memory: RunMemory, chunk: Chunk, record: DatasetRecord) -> int:
    report = memory.report
    report.read += 1
    try:
        identified = identify(record)
    except RecordRefused as error:
        report.refuse(str(record.qualified_name)[:200], str(error))
        if error.name:
            memory.refused.append(error.name)
        return 0
    if identified.text in memory.names:
        report.refuse(identified.text, "The source lists it twice; the first one was taken.")
        return 0
    memory.names.add(identified.text)
    chunk.datasets.append(identified)
    chunk.columns += len(record.columns or ())
    return len(identified.encoded)


def _take_place(memory: RunMemory, chunk: Chunk, record: SystemRecord | ContainerRecord) -> None:
    try:
        name: QualifiedName
        if isinstance(record, SystemRecord):
            name = qualified_name(record.platform, record.instance)
        else:
            name = parse_name(record.qualified_name)
            if not name.parts:
                raise NameRefused(f"{record.qualified_name!r} is a system, not a container.")
    except (NameRefused, TypeError, AttributeError) as error:
        memory.report.note("system or container", str(error))
        return
    if "\x00" in (record.description or ""):
        memory.report.note(str(name), "Its description holds the control character U+0000.")
        return
    chunk.places.append((record, name))


def _write(memory: RunMemory, chunk: Chunk) -> None:
    """Write a chunk, if need be dataset by dataset; `memory.refused` learns what was not stored."""
    if not chunk:
        return
    for _ in range(ATTEMPTS):
        try:
            with _database_at_hand():
                apply_chunk(memory, chunk)
        except (ConcurrentChange, IntegrityError, OperationalError):
            # Somebody else wrote the same names or deleted what they refer to, or we were the
            # victim of a deadlock.
            memory.forget_keys()
            continue
        except (DatabaseError, ValueError, TypeError, OverflowError, RecursionError) as error:
            log.info("chunk_retried_one_by_one", error=f"{type(error).__name__}: {error}"[:500])
            break
        return
    _write_one_by_one(memory, chunk)


def _write_one_by_one(memory: RunMemory, chunk: Chunk) -> None:
    parts = [Chunk(places=[place]) for place in chunk.places]
    parts += [Chunk(datasets=[item]) for item in chunk.datasets]
    for part in parts:
        try:
            with _database_at_hand():
                apply_chunk(memory, part)
        except (
            ConcurrentChange, DatabaseError, ValueError, TypeError, OverflowError, RecursionError,
        ) as error:  # fmt: skip
            name = part.datasets[0].text if part.datasets else str(part.places[0][1])
            memory.report.refuse(name, f"The database did not take it: {_sentence(error)}")
            memory.refused.append(name)


def _sentence(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:300] or type(error).__name__


@contextlib.contextmanager
def _database_at_hand() -> Iterator[None]:
    """Tell a lost connection from everything else that a database reports."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if _is_lost():
            raise DatabaseGone(LOST) from error
        raise


def _is_lost() -> bool:
    raw = database.connection
    return raw is None or raw.closed or raw.broken


def _finish(memory: RunMemory, *, complete: bool) -> None:
    """What can be told only when everything was read: relations, use, what disappeared."""
    report = memory.report
    with _database_at_hand():
        _relate(memory)
        tell_read(memory)
        count_usage(memory)
        if not complete or report.has_unread_parts:
            return
        if not report.read:
            if memory.connection.source_records.filter(gone_at__isnull=True).exists():
                report.note(
                    memory.connection.name,
                    "The source listed nothing at all, so nothing was marked as disappeared.",
                )
            return
        mark_vanished(memory)


def _relate(memory: RunMemory) -> None:
    for start in range(0, len(memory.waiting), CHUNK_DATASETS):
        batch = memory.waiting[start : start + CHUNK_DATASETS]
        with writing(memory.acting, reason=memory.reason):
            with database.cursor() as cursor:
                relate_waiting(cursor, batch, memory)
            if memory.is_dry_run:
                transaction.set_rollback(True)

"""The writer of one process: a bounded queue, one thread, a connection of its own.

Whoever records only appends to the queue. The thread takes what is there, gives each record its
place in the chain and writes all of it in one transaction; while that commits, the next batch
gathers. Where the database is away, batches go to the spool on disk, which is durable as well, and
from there to the database in their order when it is back.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
import structlog

from governance.audit.chain import Chain
from governance.audit.copying import Parcel, copy, line, month_of, parcels
from governance.audit.spool import Spool, left_behind, whole_lines
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Limits
from lineage.queries.masking import mask
from lineage.sql.dialects import rules_of

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
_UPLOAD_LINES = 5_000
_MOST_SQL = 20_000
_HEAD = """
INSERT INTO governance_auditchain (id, keeping, host, process, started_at, sequence, digest, at)
VALUES (%s, %s, %s, %s, now(), %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,
 at = excluded.at
"""

Waiter = asyncio.Future[None] | Future[None]


class AuditWriter:
    """See the module. `connect` opens a psycopg connection in autocommit; `folder` holds spools."""

    def __init__(
        self, connect: Callable[[], Any], folder: Path, limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        self.lost = 0
        self.written = 0
        self._connect = connect
        self._folder = folder
        self._name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._spool = Spool(folder, self._name, self.limits.spool_bytes)
        self._chains: dict[str, Chain] = {}
        self._queue: deque[tuple[AccessRecord, Waiter | None]] = deque()
        self._lost_said = 0
        self._connection: Any = None
        self._months: set[str] = set()
        self._retry_at = 0.0
        self._work = threading.Event()
        self._urgent = threading.Event()
        self._is_closing = False
        self._salt = secrets.randbits(38) << 24
        self._count = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    # --- recording -------------------------------------------------------------------------

    def record(self, record: AccessRecord) -> str:
        """Queue a record nobody waits for and return its id; a full queue drops and counts it."""
        self._name_it(record)
        if len(self._queue) >= self.limits.queued:
            self.lost += 1
            if self.lost == self._lost_said + 1:
                log.error("audit_records_lost", queued=len(self._queue))
        else:
            self._queue.append((record, None))
            if not self._work.is_set():
                self._wake()
        return record.id

    async def record_durably(self, record: AccessRecord) -> str:
        """Return when the record is on disk. Raises AuditUnavailable; then nothing is answered."""
        self._name_it(record)
        waiter = asyncio.get_running_loop().create_future()
        self._await(record, waiter)
        await waiter
        return record.id

    def record_and_wait(self, record: AccessRecord, seconds: float = 10.0) -> str:
        """The same for a thread."""
        self._name_it(record)
        waiter: Future[None] = Future()
        self._await(record, waiter)
        try:
            waiter.result(seconds)
        except TimeoutError as error:
            raise _unavailable("it took too long") from error
        return record.id

    def flush(self, seconds: float = 10.0) -> bool:
        """Wait until everything recorded so far is durable; whether it is."""
        until = time.monotonic() + seconds
        target = self._count
        while self.written + self.lost < target and time.monotonic() < until:
            self._wake()
            self._urgent.set()
            time.sleep(0.002)
        return self.written + self.lost >= target

    def close(self) -> None:
        """Write what is queued and let the connection go."""
        self._is_closing = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._work.set()
            self._urgent.set()
            thread.join(10)
        self._disconnect()

    @property
    def is_spooling(self) -> bool:
        """Whether records wait on disk for the database."""
        return not self._spool.is_empty

    @property
    def queued(self) -> int:
        """How many records wait in memory."""
        return len(self._queue)

    def _name_it(self, record: AccessRecord) -> None:
        record.at = at = time.time_ns() // 1000
        self._count = count = self._count + 1
        number = (
            (at // 1000) << 80
            | 0x7 << 76
            | (count & 0xFFF) << 64
            | 0x2 << 62
            | self._salt
            | (count & 0xFFFFFF)
        )  # fmt: skip - a UUID of version 7: of one millisecond, told apart by salt and count
        text = f"{number:032x}"
        record.id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _await(self, record: AccessRecord, waiter: Waiter) -> None:
        # Each of these has a caller that waits: that is the back-pressure. Far beyond, all refuse.
        if self._is_closing or len(self._queue) >= self.limits.queued * 2:
            self.lost += 1
            raise _unavailable("too many records wait")
        self._queue.append((record, waiter))
        self._wake()
        if not self._urgent.is_set():
            self._urgent.set()

    def _wake(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                    self._thread.start()
        self._work.set()

    # --- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._work.wait(_RETRY_SECONDS if self.is_spooling else None)
            if self._work.is_set() and not self._is_closing:
                self._urgent.wait(self.limits.linger)
            self._work.clear()
            self._urgent.clear()
            while batch := self._take():
                self._write(batch)
            if self.is_spooling and time.monotonic() >= self._retry_at:
                self._upload()
            if self._is_closing and not self._queue:
                return

    def _take(self) -> list[tuple[AccessRecord, Waiter | None]]:
        if self.lost > self._lost_said and not self._is_closing:
            missing, self._lost_said = self.lost - self._lost_said, self.lost
            said = AccessRecord(
                gateway="audit", username="", action="lose", outcome=AccessOutcome.LOST,
                policy_version=0, asked=missing,
            )  # fmt: skip
            self._name_it(said)
            self._queue.append((said, None))
        queue, most = self._queue, self.limits.batch
        return [queue.popleft() for _ in range(min(len(queue), most))]

    def _write(self, batch: list[tuple[AccessRecord, Waiter | None]]) -> None:
        error: AuditUnavailable | None = None
        waiters = [waiter for _, waiter in batch if waiter is not None]
        before = {keeping: (one.sequence, one.digest) for keeping, one in self._chains.items()}
        try:
            found = self._chained([record for record, _ in batch])
            self._store(found, is_awaited=bool(waiters))
        except Exception as failure:  # noqa: BLE001 - whatever it was, nothing was made durable
            for keeping, chain in self._chains.items():
                chain.sequence, chain.digest = before.get(keeping, (0, b""))
                if not chain.sequence:
                    self._chains[keeping] = Chain()
            self.lost += len(batch)
            said = f"{type(failure).__name__}: {failure}"[:300]
            log.error("audit_not_durable", records=len(batch), error=said)
            error = _unavailable("neither the database nor the disk takes it")
        else:
            self.written += len(batch)
        _answer(waiters, error)

    def _chained(self, records: list[AccessRecord]) -> list[Parcel]:
        found: dict[tuple[str, int], Parcel] = {}
        for record in records:
            if record.sql:
                record.sql = masked(record.sql)
            keeping = record.keeping
            chain = self._chains.get(keeping)
            if chain is None:
                chain = self._chains[keeping] = Chain()
            body = chain.add(record)
            month = month_of(record.at)
            parcel = found.get((keeping, month))
            if parcel is None:
                parcel = Parcel(str(keeping), month, chain.id, first=chain.sequence)
                found[keeping, month] = parcel
            parcel.lines.append(line(record, body, chain.digest))
            parcel.last, parcel.digest = chain.sequence, chain.digest
        return list(found.values())

    def _store(self, found: list[Parcel], *, is_awaited: bool) -> None:
        """Make parcels durable: in the database, or on disk until it is back."""
        if not self.is_spooling and time.monotonic() >= self._retry_at:
            try:
                self._copy(found, is_awaited=is_awaited)
            except (psycopg.DataError, psycopg.IntegrityError):
                raise  # it is there and refuses these: on disk they would block all others
            except psycopg.Error as error:
                self._database_away(error)
            else:
                return
        self._spool.append([one for parcel in found for one in parcel.lines])

    def _copy(self, found: list[Parcel], *, is_awaited: bool) -> None:
        connection = self._connected()
        with connection.transaction(), connection.cursor() as cursor:
            if not is_awaited:
                cursor.execute("SET LOCAL synchronous_commit TO off")
            for parcel in found:
                copy(cursor, parcel, self._months)
                write_head(cursor, parcel, self._name)

    def _upload(self) -> None:
        """One piece of the spool into the database; the rest when the queue was looked at."""
        lines = self._spool.next(_UPLOAD_LINES)
        try:
            upload(self._connected(), lines, self._months, self._name)
        except psycopg.Error as error:
            self._database_away(error)
            return
        self._spool.written(lines)
        if self.is_spooling:
            self._work.set()
        else:
            log.info("audit_spool_written", path=str(self._spool.path))

    def _database_away(self, error: Exception) -> None:
        if not self.is_spooling:
            log.error("audit_spooling", error=f"{type(error).__name__}: {error}"[:300])
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        self._disconnect()

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._months.clear()
        if connection is not None:
            connection.close()


def upload(connection: Any, lines: list[bytes], months: set[str], process: str) -> int:
    """Write lines of a spool, without those that are there already; how many were written."""
    count = 0
    with connection.transaction(), connection.cursor() as cursor:
        for parcel in parcels(lines):
            cursor.execute(
                "SELECT max(sequence) FROM governance_auditrow WHERE chain = %s", [parcel.chain]
            )
            there = cursor.fetchone()[0] or 0
            parcel.lines = [one for one in parcel.lines if int(one.split(b"\t", 5)[4]) > there]
            if parcel.lines:
                copy(cursor, parcel, months)
                write_head(cursor, parcel, process)
                count += len(parcel.lines)
    return count


def upload_left_behind(connect: Callable[[], Any], folder: Path) -> int:
    """Write the spools of processes that are gone; how many records were written."""
    count = 0
    for file in left_behind(folder):
        months: set[str] = set()
        path = Path(file.name)
        with connect() as connection:
            while lines := list(whole_lines(file, _UPLOAD_LINES)):
                count += upload(connection, lines, months, path.stem)
        path.unlink(missing_ok=True)
    return count


def write_head(cursor: Any, parcel: Parcel, process: str) -> None:
    """Say how far a chain is."""
    host, _, rest = process.partition("-")
    values = [parcel.chain, parcel.keeping, host, rest or process, parcel.last, parcel.digest]
    cursor.execute(_HEAD, values)


@lru_cache(maxsize=4096)
def masked(sql: str) -> str:
    """A statement without its literals, for they may be personal."""
    return mask(sql[:_MOST_SQL], rules_of(None), cautious=True)


def _answer(waiters: list[Waiter], error: AuditUnavailable | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in waiters:
        if isinstance(waiter, asyncio.Future):
            by_loop.setdefault(waiter.get_loop(), []).append(waiter)
        elif error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, waiting, error)
        except RuntimeError:
            continue  # the loop is closed; nobody waits any more


def _resolve(waiting: list[asyncio.Future[None]], error: AuditUnavailable | None) -> None:
    for one in waiting:
        if one.done():
            continue
        if error is None:
            one.set_result(None)
        else:
            one.set_exception(error)


def _unavailable(why: str) -> AuditUnavailable:
    return AuditUnavailable(
        f"Access cannot be answered now, for the record of it cannot be kept: {why}."
        " Try again in a moment."
    )

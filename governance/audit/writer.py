"""The writer of one process: a bounded queue, and a thread that makes durable what is in it.

Whoever records only appends to the queue. The thread takes what is there, gives each record its
place in the chain and has all of it stored at once; meanwhile the next batch gathers. A process
that answers in an event loop has `DelegatingWriter` for that, which shares no interpreter with it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import structlog

from governance.audit.chain import Chains
from governance.audit.queueing import Done, RecordQueue, told, unavailable
from governance.audit.storing import RecordStore
from governance.audit.types import AccessRecord, AuditUnavailable, Limits
from governance.audit.uploading import Uploading

log = structlog.get_logger(__name__)

Waiter = tuple[Done, asyncio.AbstractEventLoop | None]
"""Who waits for a record, and in which loop they want to be told; without one, at once."""


class AuditWriter:
    """See the module. `connect` opens a psycopg connection in autocommit; `folder` holds spools."""

    def __init__(
        self,
        connect: Callable[[], Any],
        folder: Path,
        limits: Limits | None = None,
        uploading: Uploading | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._queue: RecordQueue[Waiter] = RecordQueue(self.limits)
        self._chains = Chains()
        self._store = RecordStore(connect, folder, self.limits, uploading)
        self._is_busy = False
        self._begun = 0.0
        self._work = threading.Event()
        self._urgent = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    # --- recording -------------------------------------------------------------------------

    def record(self, record: AccessRecord) -> str:
        """Queue a record nobody waits for and return its id; a full queue drops and counts it."""
        if self._queue.add(record) and not self._work.is_set():
            self._wake()
        return record.id

    def record_then(
        self, record: AccessRecord, done: Done, loop: asyncio.AbstractEventLoop | None
    ) -> str:
        """Have `done` called in a loop when the record is on disk, or cannot be; returns its id.

        Raises AuditUnavailable at once where too many wait already.
        """
        self._queue.add_awaited(record, (done, loop))
        if not self._work.is_set():
            self._wake()
        if not self._urgent.is_set():
            self._urgent.set()
        return record.id

    async def record_durably(self, record: AccessRecord) -> str:
        """Return when the record is on disk. Raises AuditUnavailable; then nothing is answered."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        self.record_then(record, lambda error: settle(waiting, error), loop)
        await waiting
        return record.id

    def record_and_wait(self, record: AccessRecord, seconds: float = 10.0) -> str:
        """The same for a thread."""
        waiting: Future[AuditUnavailable | None] = Future()
        self.record_then(record, waiting.set_result, None)
        try:
            error = waiting.result(seconds)
        except TimeoutError as late:
            raise unavailable("it took too long") from late
        if error is not None:
            raise error
        return record.id

    def flush(self, seconds: float = 10.0) -> bool:
        """Wait until everything recorded so far is durable, and in the table unless the database is
        away; whether it is durable."""
        until = time.monotonic() + seconds
        target = self._queue.named
        while self._queue.settled < target and time.monotonic() < until:
            self._wake()
            self._urgent.set()
            time.sleep(0.002)
        self._store.hurry(until)
        return self._queue.settled >= target

    def close(self) -> None:
        """Write what is queued and let the connection go."""
        self._queue.is_closing = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._work.set()
            self._urgent.set()
            thread.join(10)
        self._store.close()

    @property
    def is_spooling(self) -> bool:
        """Whether records on disk are not in the database yet."""
        return self._store.is_spooling

    @property
    def queued(self) -> int:
        """How many records wait in memory."""
        return len(self._queue)

    @property
    def lost(self) -> int:
        """How many were dropped or could not be kept."""
        return self._queue.lost

    def _wake(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                    self._thread.start()
        self._work.set()

    # --- the thread that makes durable -----------------------------------------------------

    def _run(self) -> None:
        queue = self._queue
        while True:
            if self._is_busy and not queue.is_closing:
                time.sleep(max(0.0, self._begun + self.limits.gather - time.monotonic()))
            if not queue:
                if queue.is_closing:
                    return
                self._is_busy = False
                self._work.clear()
                if not queue and not queue.is_closing:
                    self._work.wait()
            if not self._is_busy and not queue.is_closing:
                self._urgent.wait(self.limits.linger)
            self._urgent.clear()
            self._begun = time.monotonic()
            while True:
                records, waiters = queue.take()
                if records:
                    self._write(records, waiters)
                if len(records) < self.limits.batch:
                    break  # what came meanwhile gathers as well

    def _write(self, records: list[AccessRecord], waiters: list[Waiter]) -> None:
        error: AuditUnavailable | None = None
        self._is_busy = len(waiters) > 1
        try:
            frames = self._chains.framed(records)
            self._store.store(frames, is_awaited=bool(waiters))
        except Exception as failure:  # noqa: BLE001 - whatever it was, it may be durable or not
            self._chains.begin_anew()
            self._queue.not_kept(records)
            said = f"{type(failure).__name__}: {failure}"[:300]
            log.error("audit_not_durable", records=len(records), error=said)
            error = unavailable("neither the database nor the disk takes it")
        else:
            self._chains.stored(frames)
            self._queue.kept(records)
        _answer(waiters, error)


def settle(waiting: asyncio.Future[None], error: AuditUnavailable | None) -> None:
    """Tell who awaits a record, unless they went away."""
    if waiting.done():
        return
    if error is None:
        waiting.set_result(None)
    else:
        waiting.set_exception(error)


def _answer(waiters: list[Waiter], error: AuditUnavailable | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Done]] = {}
    for done, loop in waiters:
        if loop is None:
            told([done], error)
        else:
            by_loop.setdefault(loop, []).append(done)
    for where, waiting in by_loop.items():
        try:
            where.call_soon_threadsafe(told, waiting, error)
        except RuntimeError:
            continue  # the loop is closed; nobody waits any more

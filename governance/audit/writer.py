"""The writer of one process: a bounded queue, a thread that makes durable, one that uploads.

Whoever records only appends to the queue. A thread takes what is there, gives each record its
place in the chain and makes all of it durable at once; meanwhile the next batch gathers. A few
batches a second go to the database themselves. Where more come, or where the database is away, they
go to the spool on disk, which is durable as well; from there they are taken to the database in
their order, many at a time, by a process of its own where `uploading` is one, so that nobody who
waits for the disk waits for it too. Records are hashed where they are written to the database.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
import structlog

from governance.audit.chain import Chain
from governance.audit.frames import Frame
from governance.audit.spool import Spool
from governance.audit.types import AccessOutcome, AccessRecord, AuditUnavailable, Limits
from governance.audit.uploading import Uploader, Uploading

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
_REST_SECONDS = 1.0  # without a record, after which a file is let go
_BURST = 10.0  # batches that may go straight to the database at once after a quiet time
_MOST_SQL = 20_000
Done = Callable[[AuditUnavailable | None], None]
"""Told once a record is durable (None), or why it is not."""


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
        self.lost = 0
        self.written = 0
        self._straightly = Uploader(connect)
        self._uploading = uploading or Uploader(connect)
        self._name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._spool = Spool(folder, self._name, self.limits.spool_bytes)
        self._chains: dict[str, Chain] = {}
        self._queue: deque[tuple[AccessRecord, Waiter | None]] = deque()
        self._lost_said = 0
        self._is_away = False
        self._straight = _BURST
        self._straight_at = time.monotonic()
        self._is_busy = False
        self._begun = 0.0
        self._retry_at = 0.0
        self._work = threading.Event()
        self._urgent = threading.Event()
        self._is_closing = False
        salt = f"{0x2 << 38 | secrets.randbits(38):010x}"
        self._salt = f"-{salt[:4]}-{salt[4:]}"
        self._instant = (0, "")
        self._count = 0
        self._counting = itertools.count(1)
        self._thread: threading.Thread | None = None
        self._uploader: threading.Thread | None = None
        self._spooled = threading.Event()
        self._hurry = threading.Event()
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

    def record_then(
        self, record: AccessRecord, done: Done, loop: asyncio.AbstractEventLoop | None
    ) -> str:
        """Have `done` called in a loop when the record is on disk, or cannot be; returns its id.

        Raises AuditUnavailable at once where too many wait already.
        """
        self._name_it(record)
        self._await(record, (done, loop))
        return record.id

    async def record_durably(self, record: AccessRecord) -> str:
        """Return when the record is on disk. Raises AuditUnavailable; then nothing is answered."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()

        def done(error: AuditUnavailable | None) -> None:
            if waiting.done():
                return
            if error is None:
                waiting.set_result(None)
            else:
                waiting.set_exception(error)

        self.record_then(record, done, loop)
        await waiting
        return record.id

    def record_and_wait(self, record: AccessRecord, seconds: float = 10.0) -> str:
        """The same for a thread."""
        waiting: Future[AuditUnavailable | None] = Future()
        self.record_then(record, waiting.set_result, None)
        try:
            error = waiting.result(seconds)
        except TimeoutError as late:
            raise _unavailable("it took too long") from late
        if error is not None:
            raise error
        return record.id

    def flush(self, seconds: float = 10.0) -> bool:
        """Wait until everything recorded so far is durable, and in the table unless the database is
        away; whether it is durable."""
        until = time.monotonic() + seconds
        target = self._count
        while self.written + self.lost < target and time.monotonic() < until:
            self._wake()
            self._urgent.set()
            time.sleep(0.002)
        while self.is_spooling and time.monotonic() < until:
            if time.monotonic() < self._retry_at:
                break
            self._hurry.set()
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
        uploader = self._uploader
        if uploader is not None and uploader.is_alive():
            self._hurry.set()
            self._spooled.set()
            uploader.join(10)
        self._spool.rest()
        self._straightly.close()
        self._uploading.close()

    @property
    def is_spooling(self) -> bool:
        """Whether records on disk are not in the database yet."""
        return not self._spool.is_empty

    @property
    def queued(self) -> int:
        """How many records wait in memory."""
        return len(self._queue)

    def _name_it(self, record: AccessRecord) -> None:
        """Its instant, and a UUID of version 7: those of one millisecond are told apart by a count
        and the salt of this process."""
        record.at = at = time.time_ns() // 1000
        self._count = count = next(self._counting)
        millisecond = at // 1000
        known = self._instant
        if known[0] != millisecond:
            text = f"{millisecond:012x}"
            known = self._instant = (millisecond, f"{text[:8]}-{text[8:]}-7")
        record.id = f"{known[1]}{count & 0xFFF:03x}{self._salt}{count & 0xFFFFFF:06x}"

    def _await(self, record: AccessRecord, waiter: Waiter) -> None:
        # Each of these has a caller that waits: that is the back-pressure. Far beyond, all refuse.
        if self._is_closing or len(self._queue) >= self.limits.queued * 2:
            self.lost += 1
            raise _unavailable("too many records wait")
        self._queue.append((record, waiter))
        if not self._work.is_set():
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

    # --- the thread that makes durable -----------------------------------------------------

    def _run(self) -> None:
        while True:
            if self._is_busy and not self._is_closing:
                time.sleep(max(0.0, self._begun + self.limits.gather - time.monotonic()))
            if not self._queue:
                if self._is_closing:
                    return
                self._is_busy = False
                self._work.clear()
                if not self._queue and not self._is_closing:
                    self._work.wait()
            if not self._is_busy and not self._is_closing:
                self._urgent.wait(self.limits.linger)
            self._urgent.clear()
            self._begun = time.monotonic()
            while batch := self._take():
                self._write(batch)
                if len(batch) < self.limits.batch:
                    break  # what came meanwhile gathers as well

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
        self._is_busy = len(waiters) > 1
        try:
            self._store([record for record, _ in batch], is_awaited=bool(waiters))
        except Exception as failure:  # noqa: BLE001 - whatever it was, it may be durable or not
            self._chains.clear()  # no other record may have their places
            self.lost += len(batch)
            said = f"{type(failure).__name__}: {failure}"[:300]
            log.error("audit_not_durable", records=len(batch), error=said)
            error = _unavailable("neither the database nor the disk takes it")
        else:
            self.written += len(batch)
        _answer(waiters, error)

    def _store(self, records: list[AccessRecord], *, is_awaited: bool) -> None:
        """Make records durable: in the database, or on disk on their way to it."""
        frames = self._framed(records)
        if not self._stored_straight(frames, is_awaited=is_awaited):
            self._spool.append(frames)
            self._spooled.set()
            if self._uploader is None:
                self._uploader = threading.Thread(
                    target=self._keep_uploading, name="audit upload", daemon=True
                )
                self._uploader.start()
        for frame in frames:
            self._chains[frame.keeping].sequence += frame.count

    def _framed(self, records: list[AccessRecord]) -> list[Frame]:
        found: dict[str, list[AccessRecord]] = {}
        for record in records:
            if record.sql:
                record.sql = masked(record.sql)
            together = found.get(record.keeping)
            if together is None:
                found[record.keeping] = [record]
            else:
                together.append(record)
        frames = []
        for keeping, together in found.items():
            chain = self._chains.get(keeping)
            if chain is None:
                chain = self._chains[keeping] = Chain(str(keeping))
            frames.append(chain.frame(together))
        return frames

    def _stored_straight(self, frames: list[Frame], *, is_awaited: bool) -> bool:
        if self.is_spooling or not self._may_go_straight():
            return False
        try:
            self._straightly.write(frames, self._name, is_awaited=is_awaited)
        except (psycopg.DataError, psycopg.IntegrityError):
            raise  # it is there and refuses these: on disk they would block all others
        except psycopg.Error as error:
            self._database_away(error)
            return False
        return True

    def _may_go_straight(self) -> bool:
        """Whether a batch may go to the database itself: some do, and not while it is away."""
        now = time.monotonic()
        if now < self._retry_at:
            return False
        more = (now - self._straight_at) * self.limits.straight
        self._straight_at = now
        self._straight = min(self._straight + more, max(_BURST, self.limits.straight))
        if self._straight < 1:
            return False
        self._straight -= 1
        return True

    def _database_away(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            log.error("audit_spooling", error=f"{type(error).__name__}: {error}"[:300])
        self._retry_at = time.monotonic() + _RETRY_SECONDS

    # --- the thread that uploads -----------------------------------------------------------

    def _keep_uploading(self) -> None:
        while True:
            is_resting = False
            while not self._spooled.wait(None if is_resting else _REST_SECONDS):
                is_resting = self._spool.rest()
            self._hurry.wait(max(self.limits.settle, self._retry_at - time.monotonic()))
            self._hurry.clear()
            is_last = self._is_closing
            self._spooled.clear()
            try:
                while piece := self._spool.next():
                    began = time.monotonic()
                    self._spool.written(self._uploading.upload(*piece, self.limits.upload))
                    if not is_last:  # half the time at most: who answers needs processors as well
                        self._hurry.wait(time.monotonic() - began)
                if self._is_away:
                    self._is_away = False
                    log.info("audit_spool_written", process=self._name)
            except Exception as error:  # noqa: BLE001 - it stays on disk and is tried again
                self._database_away(error)
                self._spooled.set()
            if is_last:
                break


@lru_cache(maxsize=4096)
def masked(sql: str) -> str:
    """A statement without its literals, for they may be personal. Reading it is imported when the
    first one comes: most records have none."""
    from lineage.queries.masking import mask
    from lineage.sql.dialects import rules_of

    return mask(sql[:_MOST_SQL], rules_of(None), cautious=True)


def _answer(waiters: list[Waiter], error: AuditUnavailable | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Done]] = {}
    for done, loop in waiters:
        if loop is None:
            _tell([done], error)
        else:
            by_loop.setdefault(loop, []).append(done)
    for told, waiting in by_loop.items():
        try:
            told.call_soon_threadsafe(_tell, waiting, error)
        except RuntimeError:
            continue  # the loop is closed; nobody waits any more


def _tell(waiting: Sequence[Done], error: AuditUnavailable | None) -> None:
    for done in waiting:
        try:
            done(error)
        except Exception:  # the others have to be told as well
            log.exception("audit_answer_failed")


def _unavailable(why: str) -> AuditUnavailable:
    return AuditUnavailable(
        f"Access cannot be answered now, for the record of it cannot be kept: {why}."
        " Try again in a moment."
    )

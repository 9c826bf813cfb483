"""The writer of an event loop: records are handed to a process that makes them durable.

A thread that does so shares the interpreter with those that answer: each time it comes back from
the disk it has to be let in, and everybody waits. Here the loop frames what gathered while the
batch before was on its way, sends it, and goes on; when the answer comes, it tells who waits. One
batch is on its way at a time, so that a chain has no gap where one fails.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

from governance.audit.chain import Chains
from governance.audit.frames import Frame
from governance.audit.queueing import Done, RecordQueue, told, unavailable
from governance.audit.recorder import Told, batch
from governance.audit.types import AccessRecord, Limits
from governance.audit.writer import settle

log = structlog.get_logger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_RETRY_SECONDS = 1.0
_CLOSE_SECONDS = 10.0


class DelegatingWriter:
    """See the module. All of it is called in `loop`; `parameters` are psycopg's."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        parameters: Callable[[], Mapping[str, Any]],
        folder: Path,
        limits: Limits | None = None,
    ) -> None:
        self.loop = loop
        self.limits = limits or Limits()
        self._parameters = parameters
        self._folder = folder
        self._queue: RecordQueue[Done] = RecordQueue(self.limits)
        self._chains = Chains()
        self._line: _Line | None = None
        self._flying: tuple[list[Frame], list[AccessRecord], list[Done]] | None = None
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._is_wanted = False  # somebody waits for what is queued
        self._is_busy = False
        self._begun = 0.0
        self._retry_at = 0.0

    def record(self, record: AccessRecord) -> str:
        """Queue a record nobody waits for and return its id; a full queue drops and counts it."""
        if self._queue.add(record) and self._timer is None and self._flying is None:
            self._send_soon()
        return record.id

    def record_then(self, record: AccessRecord, done: Done) -> str:
        """Have `done` called when the record is on disk, or cannot be; returns its id.

        Raises AuditUnavailable at once where too many wait already.
        """
        self._queue.add_awaited(record, done)
        if not self._is_wanted:
            self._is_wanted = True
            if self._flying is None:
                self._send_soon()
        return record.id

    async def record_durably(self, record: AccessRecord) -> str:
        """Return when the record is on disk. Raises AuditUnavailable; then nothing is answered."""
        waiting = self.loop.create_future()
        self.record_then(record, lambda error: settle(waiting, error))
        await waiting
        return record.id

    @property
    def lost(self) -> int:
        """How many records were dropped or could not be kept."""
        return self._queue.lost

    def start(self) -> None:
        """Start the process, unless it runs: the first record that somebody waits for would wait
        for it. Raises OSError; for a moment after it has ended, too."""
        if self._line is not None:
            return
        if time.monotonic() < self._retry_at:
            raise OSError("The process that keeps records has just ended.")
        where = Told(dict(self._parameters()), str(self._folder.absolute()), self.limits)
        said = msgspec.json.encode(where) + b"\n"
        self._line = _Line(self.loop, said, self._answered, self._ended)

    async def close(self) -> None:
        """Hand over what is queued, and wait until all of it is in the database or on disk."""
        self._queue.is_closing = True
        until = time.monotonic() + _CLOSE_SECONDS
        while (self._queue or self._flying) and time.monotonic() < until:
            if self._flying is None:
                self._send()
            await asyncio.sleep(0.002)
        if self._line is not None:
            await self._line.close()

    def _send_soon(self) -> None:
        """Where nobody waits, what comes in the next moment goes along; else what comes in this
        turn of the loop, but not a batch for every few records, be the disk ever so quick."""
        if self._timer is not None:
            self._timer.cancel()
        wait = self.limits.linger
        if self._is_wanted:
            wait = self._begun + self.limits.gather - time.monotonic() if self._is_busy else 0.0
        if wait > 0:
            self._timer = self.loop.call_later(wait, self._send)
        else:
            self._timer = self.loop.call_soon(self._send)

    def _send(self) -> None:
        """Hand over what is queued."""
        self._timer = None
        records, waiters = self._queue.take()
        self._is_wanted = len(self._queue) > 0
        if not records:
            return
        self._begun = time.monotonic()
        self._is_busy = len(waiters) > 1
        self._flying = [], records, waiters
        try:
            frames = self._chains.framed(records)
            self.start()
        except Exception as error:  # noqa: BLE001 - whatever it was, who waits has to know
            self._failed(f"{type(error).__name__}: {error}"[:300])
            return
        self._flying = frames, records, waiters
        assert self._line is not None
        self._line.send(batch(frames, is_awaited=bool(waiters)))

    def _answered(self, why: str) -> None:
        """The batch that was on its way is durable, or it is not known to be."""
        if why:
            self._failed(why)
            return
        assert self._flying is not None
        frames, records, waiters = self._flying
        self._chains.stored(frames)
        self._queue.kept(records)
        self._flying = None
        told(waiters, None)
        self._go_on()

    def _failed(self, why: str) -> None:
        assert self._flying is not None
        _, records, waiters = self._flying
        self._flying = None
        self._chains.begin_anew()
        self._queue.not_kept(records)
        log.error("audit_not_durable", records=len(records), error=why)
        told(waiters, unavailable("neither the database nor the disk takes it"))
        self._go_on()

    def _go_on(self) -> None:
        if self._queue and self._flying is None and self._timer is None:
            self._send_soon()

    def _ended(self) -> None:
        """The process is gone; another one is started for the next record, in a moment."""
        self._line = None
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        if self._flying is not None:
            self._failed("the process that keeps records has ended")


class _Line(asyncio.Protocol):
    """The socket to a recorder that was started for it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        told: bytes,
        answered: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        self._answered = answered
        self._ended = ended
        self._transport: asyncio.WriteTransport | None = None
        self._waiting = [told]
        self._part = b""
        self._closed: asyncio.Future[None] = loop.create_future()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "governance.audit.recorder"],
                cwd=_ROOT,
                stdin=theirs.fileno(),
            )
        self._opening = loop.create_task(self._open(loop, ours))

    async def _open(self, loop: asyncio.AbstractEventLoop, ours: socket.socket) -> None:
        try:
            await loop.create_connection(lambda: self, sock=ours)
        except OSError:
            ours.close()
            self.connection_lost(None)

    def send(self, data: bytes) -> None:
        """Send a batch; nothing else until it is answered."""
        if self._transport is None:
            self._waiting.append(data)
        else:
            self._transport.write(data)

    async def close(self) -> None:
        """Let the process end, which keeps what it has first."""
        await self._opening
        if self._transport is not None:
            self._transport.write_eof()
            await asyncio.wait([self._closed], timeout=_CLOSE_SECONDS)
            self._transport.close()
            await asyncio.get_running_loop().run_in_executor(None, self._process.wait, 1)

    def connection_made(self, transport: Any) -> None:
        """It is open."""
        self._transport = transport
        transport.writelines(self._waiting)
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        """An answer, or a piece of one."""
        data = self._part + data
        if not data.endswith(b"\n"):
            self._part = data
            return
        self._part = b""
        self._answered(data[:-1].decode(errors="replace"))

    def connection_lost(self, error: Exception | None) -> None:
        """The process has ended, or this one does."""
        if not self._closed.done():
            self._closed.set_result(None)
        self._ended()

"""Making records durable: a few batches a second in the database, more of them first on the disk.

Where more come, or where the database is away, frames go to the spool, which is durable as well;
from there they are taken to the database in their order, many at a time, by a process of its own
where `uploading` is one, so that nobody who waits for the disk waits for it too. Records are hashed
where they are written to the database.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import structlog

from governance.audit.frames import Frame
from governance.audit.spool import Spool
from governance.audit.types import Limits
from governance.audit.uploading import Uploader, Uploading

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
_REST_SECONDS = 1.0  # without a record, after which a file is let go
_BURST = 10.0  # batches that may go straight to the database at once after a quiet time


class RecordStore:
    """See the module. `connect` opens a psycopg connection in autocommit; `folder` holds spools.
    One thread stores."""

    def __init__(
        self,
        connect: Callable[[], Any],
        folder: Path,
        limits: Limits,
        uploading: Uploading | None = None,
    ) -> None:
        self._limits = limits
        self._straightly = Uploader(connect)
        self._uploading = uploading or Uploader(connect)
        self._name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._spool = Spool(folder, self._name, limits.spool_bytes)
        self._is_away = False
        self._straight = _BURST
        self._straight_at = time.monotonic()
        self._retry_at = 0.0
        self._is_closing = False
        self._uploader: threading.Thread | None = None
        self._spooled = threading.Event()
        self._hurry = threading.Event()

    def store(self, frames: Sequence[Frame], *, is_awaited: bool) -> None:
        """Return when they are in the database, or on the disk on their way to it; where nobody
        waits for them, the database need not have them on its disk yet. Raises whatever says that
        they may be durable or not."""
        if self._stored_straight(frames, is_awaited=is_awaited):
            return
        self._spool.append(frames)
        # None goes straight until fewer come: beside uploads the database would hold up who waits.
        self._straight = min(self._straight, 0.0)
        self._spooled.set()
        if self._uploader is None:
            self._uploader = threading.Thread(
                target=self._keep_uploading, name="audit upload", daemon=True
            )
            self._uploader.start()

    def hurry(self, until: float) -> None:
        """Wait until what lies on the disk is in the database, until that instant (monotonic) or
        until the database is found to be away."""
        while self.is_spooling and self._retry_at <= time.monotonic() < until:
            self._hurry.set()
            time.sleep(0.002)

    def close(self) -> None:
        """Write what lies on the disk and let the connections go."""
        self._is_closing = True
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

    def _stored_straight(self, frames: Sequence[Frame], *, is_awaited: bool) -> bool:
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
        more = (now - self._straight_at) * self._limits.straight
        self._straight_at = now
        self._straight = min(self._straight + more, max(_BURST, self._limits.straight))
        if self._straight < 1:
            return False
        self._straight -= 1
        return True

    def _database_away(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            log.error("audit_spooling", error=f"{type(error).__name__}: {error}"[:300])
        self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _keep_uploading(self) -> None:
        """The thread that uploads."""
        while True:
            is_resting = False
            while not self._spooled.wait(None if is_resting else _REST_SECONDS):
                is_resting = self._spool.rest()
            self._hurry.wait(max(self._limits.settle, self._retry_at - time.monotonic()))
            self._hurry.clear()
            is_last = self._is_closing
            self._spooled.clear()
            try:
                while piece := self._spool.next():
                    began = time.monotonic()
                    self._spool.written(self._uploading.upload(*piece, self._limits.upload))
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

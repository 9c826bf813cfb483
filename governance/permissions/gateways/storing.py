"""What gateways decide from, on disk: the bundle and what moved since, read by a process that
starts and kept by one of those that run.

Who keeps it has a lock until it ends, however it does; then another goes on. The bundle is written
anew when much moved, at most every `SAVE_SECONDS`; what moved besides is written as soon as it is
seen. How old it is, is what is written in signed files: never when a file was changed.
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from governance.permissions.engine import Delta, Index, compile_index, next_index
from governance.permissions.engine.differing import delta_between, is_made_from
from governance.permissions.gateways.bundle import bundle_path, load_bundle, save_bundle
from governance.permissions.gateways.confirmed import load_confirmed, save_confirmed
from governance.permissions.gateways.recent import load_recent, recent_path, save_recent
from governance.permissions.gateways.registered import Registered
from governance.permissions.gateways.signed import BundleRefused

log = structlog.get_logger(__name__)

SAVE_SECONDS = 10.0
CONFIRM_SECONDS = 5.0
_MUCH = 1_000  # people and datasets
_AHEAD = 60.0  # seconds by which what is written may be ahead of the clock
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What was on disk; `age` is how long ago the database said so (seconds)."""

    index: Index
    registered: Registered
    age: float


@dataclass(frozen=True, slots=True)
class _Bundle:
    index: Index
    registered: Registered
    signature: bytes
    at: float
    file: tuple[int, int] | None = None


class Store:
    """See the module. `path` is where the bundle lies."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._read: _Bundle | None = None
        self._written: _Bundle | None = None
        self._kept: tuple[Index, Registered] | None = None
        self._newer = (Path(), b"")  # of the two files, and its signature
        self._written_at = self._confirmed_at = float("-inf")
        self._lock: int | None = None

    @property
    def path(self) -> Path:
        """Where the bundle lies."""
        return self._path or bundle_path()

    # --- a process that starts -------------------------------------------------------------

    def load(self) -> Found | None:
        """Read it; None where there is nothing. Raises BundleRefused and OSError."""
        for _ in range(_ATTEMPTS):
            file = self._file()
            if file is None:
                return None
            bundle = load_bundle(self.path)
            index = compile_index(bundle.world, clock=time.time)
            self._read = _Bundle(index, bundle.registered, bundle.signature, bundle.at, file)
            if found := self.read_again():
                return found
        raise BundleRefused("The bundle on disk is written anew all the time.")

    def read_again(self) -> Found | None:
        """What is there now, in milliseconds, where the bundle is the one that this process, or
        the one that made it, has read; else None. Raises BundleRefused and OSError."""
        read = self._read
        if read is None or read.file != self._file():
            return None
        index, registered = read.index, read.registered
        signature, at = read.signature, read.at
        recent = load_recent(read.signature, self.path)
        if recent is not None:
            index, registered = next_index(index, recent.delta), recent.registered
            signature, at = recent.signature, recent.at
        at = max(at, load_confirmed(signature, self.path))
        if read.file != self._file():
            return None  # another took its place meanwhile, and what moved is that one's
        return Found(index, registered, _age(at))

    def _file(self) -> tuple[int, int] | None:
        """Which file the bundle is: another one takes its place as a whole."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size

    # --- a process that runs ---------------------------------------------------------------

    def keep(
        self,
        index: Index,
        registered: Registered,
        *,
        at: float | None = None,
        is_leaving: bool = False,
    ) -> None:
        """Have it say the same, if this process is the one that keeps it, and note that it still
        does: `at` is when the database said so (seconds since 1970), now where it is left out. Who
        is leaving has no time for the bundle itself. Raises OSError."""
        at = time.time() if at is None else at
        written, kept, now = self._written, self._kept, time.monotonic()
        if not self._is_mine() or (written is None and is_leaving):
            return
        if kept is not None and kept[0] is index and kept[1] == registered:
            if now - self._confirmed_at >= CONFIRM_SECONDS:
                self._confirm(now, at)
            return
        delta = None if written is None else delta_between(written.index, index)
        is_due = not is_leaving and self._is_due(index, delta, now)
        if written is None or delta is None or is_due:
            signature = save_bundle(index, registered, self.path, at=at)
            recent_path(self.path).unlink(missing_ok=True)
            self._written = _Bundle(index, registered, signature, at)
            self._newer = self.path, signature
            self._written_at = now
        else:
            own = save_recent(delta, registered, written.signature, self.path, at=at)
            self._newer = recent_path(self.path), own
        self._kept, self._confirmed_at = (index, registered), now

    def leave(self) -> None:
        """Let another process keep it."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = self._written = self._kept = None
        self._written_at = self._confirmed_at = float("-inf")

    def _is_due(self, index: Index, delta: Delta | None, now: float) -> bool:
        written = self._written
        if written is None or delta is None or now - self._written_at < SAVE_SECONDS:
            return False
        is_much = len(delta.people) + len(delta.datasets) > _MUCH
        return is_much or not is_made_from(index, written.index)

    def _confirm(self, now: float, at: float) -> None:
        """Note that the database says the same as the files; where one of them is gone, all is
        written again."""
        file, signature = self._newer
        if file.exists():
            save_confirmed(signature, self.path, at=at)
        else:
            self._written = self._kept = None
        self._confirmed_at = now

    def _is_mine(self) -> bool:
        """Whether this process keeps it. What is locked is not the bundle itself, which another
        file takes the place of, and belongs to the process: not to what it makes by forking."""
        if self._lock is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = self.path.with_name(f"{self.path.name}.lock")
            lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                os.close(lock)
                return False
            except OSError as error:  # a folder without locks: everybody keeps it
                log.warning("bundle_not_locked", error=str(error))
            else:
                for draft in self.path.parent.glob(f".{self.path.name}*-*"):
                    draft.unlink(missing_ok=True)  # of one that was killed while it wrote
            self._lock = lock
        return True


def _age(at: float) -> float:
    """Seconds since an instant, for ever ago where that lies ahead."""
    age = time.time() - at
    return float("inf") if age < -_AHEAD else max(age, 0.0)

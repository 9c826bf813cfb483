"""Records on disk on their way to the database: appended, flushed to the disk, written later.

Each process has files of its own, filled one after the other, and holds a lock on each as long as
it lives. Files whose lock is free belong to a process that is gone; whoever finds them writes them
to the database, in their order. A file has its whole length from the beginning, so that a flush
writes records and nothing about the file; what follows the last record is zeros.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from governance.audit.frames import Frame

SUFFIX = ".spool"
SEGMENT_BYTES = 4 * 2**20
"""A file that holds so much is followed by another, so that what is written can go."""

_NUMBER = re.compile(r"\.\d+$")


class SpoolFull(Exception):  # noqa: N818 - said as it is
    """The disk's share is used up, or the disk takes nothing."""


@dataclass(slots=True)
class _Segment:
    path: Path
    file: IO[bytes]
    end: int = 0
    read: int = 0
    is_full: bool = False


class Spool:
    """The files of one process: one thread appends, another takes what was appended."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self._folder = folder
        self._name = name
        self._most = most
        self._lock = threading.Lock()
        self._segments: deque[_Segment] = deque()
        self._growing: _Segment | None = None
        self._opened = 0
        self._waiting = 0  # bytes

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def append(self, frames: Sequence[Frame]) -> None:
        """Add frames; they are on the disk on return. Raises SpoolFull, and nothing was added."""
        data = b"".join([part for one in frames for part in (one.head, one.body)])
        if self._waiting + len(data) > self._most:
            raise SpoolFull(f"{self._folder} holds {self._waiting} bytes of {self._most}.")
        with self._lock:
            last = self._segments[-1] if self._segments else None
            if last is None or last.is_full:
                last = self._open()
            self._growing = last
        try:
            # One call that comes back when the disk has it: who answers has the interpreter then.
            if os.pwritev(last.file.fileno(), (data,), last.end, os.RWF_DSYNC) != len(data):
                raise OSError("The disk is full.")
        except OSError as error:
            with self._lock:
                os.ftruncate(last.file.fileno(), last.end)
                last.is_full = True
                self._growing = None
                self._let_go()
            raise SpoolFull(str(error)) from error
        with self._lock:
            last.end += len(data)
            last.is_full = last.end >= SEGMENT_BYTES
            self._growing = None
            self._waiting += len(data)

    def next(self) -> tuple[Path, int, int] | None:
        """The file of what was appended first, and between which places it lies there. Not beyond
        what `append` has returned from: that may still be taken back."""
        with self._lock:
            self._let_go()
            first = self._segments[0] if self._segments else None
            if first is None or first.read >= first.end:
                return None
            return first.path, first.read, first.end

    def written(self, size: int) -> None:
        """So many bytes more are in the database; a full file of which everything is goes away."""
        with self._lock:
            self._segments[0].read += size
            self._waiting -= size
            self._let_go()

    def rest(self) -> bool:
        """Let a file go whose records are all in the database though more would fit; whether none
        is left. The next record makes another, which takes the disk a moment."""
        with self._lock:
            for one in self._segments:
                one.is_full = one.is_full or (one.read >= one.end and one is not self._growing)
            self._let_go()
            return not self._segments

    def _let_go(self) -> None:
        while self._segments:
            first = self._segments[0]
            if not first.is_full or first.read < first.end or first is self._growing:
                return
            first.path.unlink(missing_ok=True)
            first.file.close()
            self._segments.popleft()

    def _open(self) -> _Segment:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path, file = self._create()
            os.posix_fallocate(file.fileno(), 0, SEGMENT_BYTES)
            os.fsync(file.fileno())
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise SpoolFull(str(error)) from error
        made = _Segment(path, file)
        self._segments.append(made)
        return made

    def _create(self) -> tuple[Path, IO[bytes]]:
        """A new file with its lock. Whoever looks for files left behind may find it before it has
        one, and removes it as an empty one: then another is made."""
        while True:
            self._opened += 1
            path = self._folder / f"{self._name}.{self._opened:06d}{SUFFIX}"
            file = open(path, "xb", buffering=0)  # noqa: SIM115 - held while the process lives
            os.chmod(file.fileno(), 0o600)
            if _is_locked(file):
                return path, file
            file.close()
            path.unlink(missing_ok=True)


def _is_locked(file: IO[bytes]) -> bool:
    """Whether the file is this process's own, and still has its name."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_nlink > 0


def process_of(path: Path) -> str:
    """The name of the process that a file is of."""
    return _NUMBER.sub("", path.stem)


def left_behind(folder: Path) -> Iterator[IO[bytes]]:
    """The files of processes that are gone, each locked while it is looked at. Where somebody else
    holds one, those after it of the same process are left to them: their order counts."""
    held = ""
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        if process_of(path) == held:
            continue
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield file
        except BlockingIOError:
            held = process_of(path)  # it lives, or somebody else was faster
        except FileNotFoundError:
            continue  # written meanwhile

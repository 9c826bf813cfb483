"""Records on disk on their way to the database: appended, flushed to the disk, written later.

Each process has files of its own, filled one after the other, and holds a lock on each as long as
it lives. Files whose lock is free belong to a process that is gone; whoever finds them writes them
to the database, in their order.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from governance.audit.copying import Parcel

SUFFIX = ".spool"
SEGMENT_BYTES = 8 * 2**20
"""A file that holds so much is followed by another, so that what is written can go."""

_AT_ONCE = 4 * 2**20
_NUMBER = re.compile(r"\.\d+$")


class SpoolFull(Exception):  # noqa: N818 - said as it is
    """The disk's share is used up, or the disk takes nothing."""


MEMORY_BYTES = 16 * 2**20
"""As much of what waits is kept in memory as well, so that it need not be read again."""


@dataclass(slots=True)
class _Segment:
    path: Path
    file: IO[bytes]
    end: int = 0
    read: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was appended at once, from which byte of all that ever was; `parcels` are its lines as
    they belong together, each as it is copied."""

    start: int
    size: int
    parcels: tuple[tuple[Parcel, bytes], ...]


class Spool:
    """The files of one process: one thread appends, another takes what was appended."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self._folder = folder
        self._name = name
        self._most = most
        self._lock = threading.Lock()
        self._segments: deque[_Segment] = deque()
        self._kept: deque[_Kept] = deque()
        self._opened = 0
        self._appended = self._written = 0  # bytes, ever

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._segments

    def append(self, parcels: list[Parcel]) -> None:
        """Add parcels; they are on the disk on return. Raises SpoolFull, and nothing was added."""
        held = tuple((one, b"\n".join(one.lines) + b"\n") for one in parcels)
        data = held[0][1] if len(held) == 1 else b"".join(text for _, text in held)
        with self._lock:
            waiting = self._appended - self._written
            if waiting + len(data) > self._most:
                raise SpoolFull(f"{self._folder} holds {waiting} bytes of {self._most}.")
            last = self._segments[-1] if self._segments else None
            if last is None or last.end >= SEGMENT_BYTES:
                last = self._open()
            try:
                if last.file.write(data) != len(data):
                    raise OSError("The disk is full.")
                os.fdatasync(last.file.fileno())
            except OSError as error:
                os.ftruncate(last.file.fileno(), last.end)
                raise SpoolFull(str(error)) from error
            last.end += len(data)
            if waiting < MEMORY_BYTES:
                self._kept.append(_Kept(self._appended, len(data), held))
            self._appended += len(data)

    def kept(self, count: int) -> tuple[list[tuple[Parcel, bytes]], int]:
        """What comes after that written as far as it is in memory, about `count` lines, and how
        many bytes of the disk it is; nothing where it has to be read (`next`)."""
        found: list[tuple[Parcel, bytes]] = []
        with self._lock:
            while self._kept and self._kept[0].start < self._written:
                self._kept.popleft()
            at, lines = self._written, 0
            left = self._segments[0].end - self._segments[0].read if self._segments else 0
            for one in self._kept:
                if one.start != at or lines >= count or one.size > left:
                    break
                found += one.parcels
                lines += sum(len(parcel.lines) for parcel, _ in one.parcels)
                at += one.size
                left -= one.size
            return found, at - self._written

    def next(self, count: int) -> list[bytes]:
        """The lines after those written, at most `count`, as they lie on the disk."""
        with self._lock:
            if not self._segments:
                return []
            first = self._segments[0]
            path, start, size = first.path, first.read, first.end - first.read
            ahead = next((one.start for one in self._kept if one.start > self._written), None)
            if ahead is not None:
                size = min(size, ahead - self._written)
        with path.open("rb") as file:
            # Not beyond what `append` has returned from: that may still be taken back.
            for most in (min(size, _AT_ONCE), size):
                file.seek(start)
                lines = file.read(most).split(b"\n", count)[:-1]
                if lines:
                    return lines
        return []

    def written(self, size: int) -> None:
        """So many bytes more are in the database; a file of which everything is goes away."""
        with self._lock:
            first = self._segments[0]
            first.read += size
            self._written += size
            if first.read >= first.end:
                first.path.unlink(missing_ok=True)
                first.file.close()
                self._segments.popleft()

    def _open(self) -> _Segment:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._opened += 1
            path = self._folder / f"{self._name}.{self._opened:06d}{SUFFIX}"
            file = open(path, "a+b", buffering=0)  # noqa: SIM115 - held while the process lives
            os.chmod(path, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


def whole_lines(file: IO[bytes], count: int) -> Iterator[bytes]:
    """Lines from where the file stands; a torn last one had not been answered yet."""
    for _ in range(count):
        line = file.readline()
        if not line.endswith(b"\n"):
            return
        yield line[:-1]

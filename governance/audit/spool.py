"""Records on disk while the database is away: appended, flushed to the disk, written later.

Each process has a file of its own and holds a lock on it as long as it lives. A file whose lock is
free belongs to a process that is gone; whoever finds it writes it to the database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

SUFFIX = ".spool"


class SpoolFull(Exception):  # noqa: N818 - said as it is
    """The disk's share is used up, or the disk takes nothing."""


class Spool:
    """The file of one process. Not for several threads."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self.path = folder / f"{name}{SUFFIX}"
        self._most = most
        self._file: IO[bytes] | None = None
        self._read = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self._file is None

    def append(self, lines: list[bytes]) -> None:
        """Add lines; they are on the disk on return. Raises SpoolFull, and nothing was added."""
        data = b"\n".join(lines) + b"\n"
        file = self._file or self._open()
        end = file.seek(0, os.SEEK_END)
        if end + len(data) > self._most:
            raise SpoolFull(f"{self.path} holds {end} bytes of {self._most}.")
        try:
            if file.write(data) != len(data):
                raise OSError("The disk is full.")
            os.fsync(file.fileno())
        except OSError as error:
            os.ftruncate(file.fileno(), end)
            raise SpoolFull(str(error)) from error

    def next(self, count: int) -> list[bytes]:
        """The lines after those written, at most `count`."""
        if self._file is None:
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            return list(whole_lines(file, count))

    def written(self, lines: list[bytes]) -> None:
        """These are in the database; an empty file goes away."""
        assert self._file is not None
        self._read += sum(len(line) + 1 for line in lines)
        if self._read >= self._file.seek(0, os.SEEK_END):
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file, self._read = None, 0

    def _open(self) -> IO[bytes]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = open(self.path, "a+b", buffering=0)  # noqa: SIM115 - held while the process lives
            os.chmod(self.path, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise SpoolFull(str(error)) from error
        self._file = file
        return file


def left_behind(folder: Path) -> Iterator[IO[bytes]]:
    """The spools of processes that are gone, each locked while it is looked at."""
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield file
        except (BlockingIOError, FileNotFoundError):
            continue  # its process lives, or somebody else was faster


def whole_lines(file: IO[bytes], count: int) -> Iterator[bytes]:
    """Lines from where the file stands; a torn last one had not been answered yet."""
    for _ in range(count):
        line = file.readline()
        if not line.endswith(b"\n"):
            return
        yield line[:-1]

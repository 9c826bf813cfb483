"""Into the database: what a process has framed, what lies in its spool, what one left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import structlog

from governance.audit.blocks import blocks_of, write
from governance.audit.chain import genesis
from governance.audit.frames import Frame, Unreadable, read_frames
from governance.audit.spool import left_behind, process_of

log = structlog.get_logger(__name__)

_UPLOAD_RECORDS = 5_000
_HEAD = """
INSERT INTO governance_auditchain (id, keeping, host, process, started_at, sequence, digest, at)
VALUES (%s, %s, %s, %s, now(), %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest,
 at = excluded.at
"""


class Uploading(Protocol):
    """Who takes what lies in a spool to the database: here, or in a process of its own."""

    def upload(self, path: Path, start: int, end: int, most: int) -> int:
        """Write about `most` records of those between two places in a file; how many bytes they
        are. Raises OSError or psycopg.Error: then it has to be asked again."""
        ...

    def close(self) -> None:
        """Let the connection go; the next call opens another."""
        ...


@dataclass(slots=True)
class _Growing:
    """How far a chain is, and the records to be written that follow each other, by their first."""

    keeping: str
    sequence: int
    digest: bytes
    runs: list[tuple[int, list[bytes]]] = field(default_factory=list)
    count: int = 0

    def take(self, frame: Frame) -> None:
        """A frame without the records that are there already."""
        there = max(0, self.sequence - frame.first + 1)
        if there >= frame.count:
            return
        first = frame.first + there
        if not self.runs or first != self.sequence + 1:
            self.runs.append((first, []))
        self.runs[-1][1].append(frame.without(there))
        self.sequence = frame.first + frame.count - 1
        self.count += frame.count - there


class Uploader:
    """Writes through a connection of its own, opened when it is needed."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._connection: Any = None
        self._months: set[str] = set()
        self._ends: dict[int, tuple[int, bytes]] = {}

    def upload(self, path: Path, start: int, end: int, most: int) -> int:
        """See `Uploading`."""
        with path.open("rb") as file:
            file.seek(start)
            taken, _ = self.upload_from(file, end - start, most, process_of(path))
        if not taken:
            raise Unreadable(f"{path} holds no record at {start}.")
        return taken

    def upload_from(self, file: IO[bytes], size: int, most: int, process: str) -> tuple[int, int]:
        """The same for a file that is open and stands where the records begin; how many bytes were
        taken, and how many records written. Torn ones at the end had not been answered yet."""
        frames, taken, count = [], 0, 0
        for frame, length in read_frames(file, size):
            frames.append(frame)
            taken += length
            count += frame.count
            if count >= most:
                break
        return taken, self.write(frames, process, is_awaited=True) if frames else 0

    def write(self, frames: Sequence[Frame], process: str, *, is_awaited: bool) -> int:
        """Write frames, without the records that are there already, in one transaction; where
        nobody waits for them, without waiting for the disk either. How many were written."""
        if self._connection is None:
            self._connection = self._connect()
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                if not is_awaited:
                    cursor.execute("SET LOCAL synchronous_commit TO off")
                ends, count = self._write(cursor, frames, process)
        except BaseException:
            self.close()
            raise
        self._ends.update(ends)
        return count

    def close(self) -> None:
        """See `Uploading`."""
        connection, self._connection = self._connection, None
        self._months.clear()
        if connection is not None:
            connection.close()

    def _write(
        self, cursor: Any, frames: Sequence[Frame], process: str
    ) -> tuple[dict[int, tuple[int, bytes]], int]:
        chains: dict[int, _Growing] = {}
        for frame in frames:
            grown = chains.get(frame.chain)
            if grown is None:
                grown = chains[frame.chain] = _Growing(frame.keeping, *self._end_of(cursor, frame))
            grown.take(frame)
        host, _, rest = process.partition("-")
        for chain, grown in chains.items():
            digest = grown.digest
            for first, rows in grown.runs:
                blocks, digest = blocks_of(grown.keeping, chain, first, b"".join(rows), digest)
                for block in blocks:
                    write(cursor, block, self._months)
            grown.digest = digest
            cursor.execute(
                _HEAD, [chain, grown.keeping, host, rest or process, grown.sequence, digest]
            )
        ends = {chain: (grown.sequence, grown.digest) for chain, grown in chains.items()}
        return ends, sum(grown.count for grown in chains.values())

    def _end_of(self, cursor: Any, frame: Frame) -> tuple[int, bytes]:
        """How far a chain is written. It is locked until the transaction ends: whoever takes over
        a spool whose process is gone may find another one at its last piece."""
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [frame.chain])
        cursor.execute(
            "SELECT sequence, digest FROM governance_auditchain WHERE id = %s", [frame.chain]
        )
        row = cursor.fetchone()
        if row is not None:
            return row[0], bytes(row[1])
        known = self._ends.get(frame.chain)  # where somebody has emptied the tables meanwhile
        if known is not None and known[0] == frame.first - 1:
            return known
        return 0, genesis(frame.chain)


def upload_left_behind(connect: Callable[[], Any], folder: Path) -> int:
    """Write the spools of processes that are gone; how many records were written. A file that
    holds something else stays where it is."""
    count = 0
    uploader = Uploader(connect)
    try:
        unread = ""
        for file in left_behind(folder):
            path = Path(file.name)
            if process_of(path) == unread:
                continue  # their order counts
            try:
                size, at, taken = path.stat().st_size, 0, 1
                while taken:
                    file.seek(at)  # what is torn was read, and is looked at from its beginning
                    taken, written = uploader.upload_from(
                        file, size - at, _UPLOAD_RECORDS, process_of(path)
                    )
                    at += taken
                    count += written
            except Unreadable as error:
                unread = process_of(path)
                log.error("audit_spool_unreadable", error=str(error))
            else:
                path.unlink(missing_ok=True)
    finally:
        uploader.close()
    return count

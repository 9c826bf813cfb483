"""Records on their way, together as they belong to one chain; hashed where they arrive.

A frame is a line that says of which chain it is, from which place on, how many records and bytes
follow and what they add up to (CRC-32), and the canonical rows one after the other, each still
without its chain and its place. Those come with the hash, which is taken where the record before it
is known: by whoever writes to the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from zlib import crc32


class Unreadable(ValueError):  # noqa: N818 - reads as the refusal it is
    """A file holds what no frame is."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Consecutive records of one chain; `body` holds `count` lines with their ends."""

    keeping: str
    chain: int
    first: int
    count: int
    body: bytes

    @property
    def head(self) -> bytes:
        """The line before the records, with its end."""
        body = self.body
        told = (self.keeping.encode(), self.chain, self.first, self.count, len(body), crc32(body))
        return b"#%b %d %d %d %d %d\n" % told

    def without(self, there: int) -> bytes:
        """The lines of its records but the first so many."""
        return self.body.split(b"\n", there)[there]


def read_frames(file: IO[bytes], size: int) -> Iterator[tuple[Frame, int]]:
    """The whole frames of so many bytes from where a file stands, each with its length.

    Behind the last one are zeros or nothing. A torn one had not been answered yet and is left out:
    any part of it may be zeros, its beginning too.
    Raises Unreadable.
    """
    while size > 0:
        head = file.readline(min(size, 200))
        if head[:1] not in (b"", b"#", b"\0"):
            raise Unreadable(f"{file.name} holds no records.")
        if not head.endswith(b"\n") or b"\0" in head:
            return
        try:
            keeping, *numbers = head.split()
            chain, first, count, length, total = map(int, numbers)
        except ValueError:
            raise Unreadable(f"{file.name} holds no records.") from None
        body = file.read(min(length, size - len(head)))
        if len(body) < length or crc32(body) != total:
            return
        size -= len(head) + length
        yield Frame(keeping[1:].decode(), chain, first, count, body), len(head) + length

"""The questions of a day, put together by use and person so that a million are read at once.

A pack is a few long arrays: of each group who asked and how many questions, of each question the
dataset and the hour. Groups of one use lie together; the questions of a group are in the order of
their hours.
"""

from __future__ import annotations

import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

HOURS = 24
_LEVEL = 1
"""zlib's: most of what it saves at a tenth of the time."""


class Use(NamedTuple):
    """What somebody wanted with data. `late` counts the hours that the log heard of it later than
    it was decided, 0 but for decisions of others.

    A row that asked for data and can be put as no question has an empty action, and says why as
    the purpose.
    """

    action: str
    purpose: str | None
    environment: str
    columns: tuple[str, ...] | None
    late: int = 0


class Group(NamedTuple):
    """Questions of one person for one use; `hours` are those of the day, in their order."""

    use: Use
    person: int
    datasets: list[int]
    hours: bytes


class _Pack(msgspec.Struct, array_like=True):
    uses: list[Use]
    groups: list[int]  # how many groups each use has
    people: bytes
    sizes: bytes
    datasets: bytes
    hours: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Pack).decode


class Gathering:
    """Questions of one day while they are put together."""

    def __init__(self) -> None:
        self.asked = 0
        self._found: dict[Use, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))

    def add(self, use: Use, person: int, datasets: Iterable[int], hour: int) -> None:
        """One call: a question about each of the datasets, in an hour of the day."""
        place = hour << 64
        held = self._found[use][person]
        before = len(held)
        held.extend([place | dataset for dataset in datasets])
        self.asked += len(held) - before

    @property
    def lates(self) -> list[int]:
        """By how many hours the log was told late, each once."""
        return sorted({use.late for use in self._found})

    def packed(self) -> bytes:
        """All of them, as `groups` reads them."""
        uses = sorted(self._found, key=repr)
        people, sizes, datasets = array("q"), array("q"), array("q")
        hours = bytearray()
        for use in uses:
            for person, places in sorted(self._found[use].items()):
                places.sort()
                people.append(person)
                sizes.append(len(places))
                datasets.extend([place & 0xFFFF_FFFF_FFFF_FFFF for place in places])
                hours.extend([place >> 64 for place in places])
        numbers = [len(self._found[use]) for use in uses]
        pack = _Pack(
            uses, numbers, people.tobytes(), sizes.tobytes(), datasets.tobytes(), bytes(hours)
        )
        return zlib.compress(_encode(pack), _LEVEL)


def groups(packed: bytes) -> Iterator[Group]:
    """What `Gathering.packed` packed, group by group."""
    pack = _decode(zlib.decompress(packed))
    people, sizes = _whole(pack.people), _whole(pack.sizes)
    datasets, hours = _whole(pack.datasets), pack.hours
    start = number = 0
    for use, count in zip(pack.uses, pack.groups, strict=True):
        for place in range(number, number + count):
            end = start + sizes[place]
            yield Group(use, people[place], datasets[start:end], hours[start:end])
            start = end
        number += count


def _whole(packed: bytes) -> list[int]:
    found = array("q")
    found.frombytes(packed)
    return found.tolist()

"""The last world that was decided from, on disk: read at start when the database is away.

The file is signed, and says when the database said so. What moved after it was written lies beside
it (`recent`), and until when that still held (`confirmed`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from time import time
from typing import Any

from django.conf import settings

from governance.permissions.engine import Dataset, Index, Person, World
from governance.permissions.engine.pacing import in_steps
from governance.permissions.gateways.registered import Registered
from governance.permissions.gateways.signed import read_signed, write_signed

_MARK = b"concord bundle 7\n"
_CHUNK = 100  # records in one piece: a piece is made in some tenths of a millisecond

_MADE: Mapping[str, type[Person | Dataset]] = {"people": Person, "datasets": Dataset}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A world with who may ask about it; `at` is when the database said so (seconds since 1970),
    `signature` is like that of no other file."""

    world: World
    registered: Registered
    signature: bytes
    at: float


def bundle_path() -> Path:
    """Where it lies."""
    return Path(settings.VAR_DIR) / "gateways" / "bundle"


def save_bundle(
    index: Index, registered: Registered, path: Path, *, at: float | None = None
) -> bytes:
    """Replace the file at once; a reader sees the former one or this one. `at` is when the database
    said so, now where it is left out. Returns its signature."""
    return write_signed(path, _MARK, _pieces(index, registered, time() if at is None else at))


def load_bundle(path: Path) -> Bundle:
    """The world on disk. Raises BundleRefused, and FileNotFoundError where there is none."""
    (head, *records), signature = read_signed(path, _MARK)
    version, registered, floors, rules, exceptions, at = head
    made = records_of(records)
    return Bundle(
        World(version, tuple(made["people"]), tuple(made["datasets"]), rules, exceptions, floors),
        registered,
        signature,
        at,
    )


def record_pieces(people: Iterable[Person], datasets: Iterable[Dataset]) -> Iterator[Any]:
    """Records by the values of each of their fields, so many at a time."""
    for kind, records in (("people", people), ("datasets", datasets)):
        told = attrgetter(*(one.name for one in fields(_MADE[kind])))
        for some in in_steps(records, _CHUNK):
            yield kind, tuple(zip(*map(told, some), strict=True))


def records_of(pieces: Iterable[Any]) -> dict[str, list[Any]]:
    """What `record_pieces` wrote: `people` and `datasets`."""
    made: dict[str, list[Any]] = {kind: [] for kind in _MADE}
    for kind, columns in pieces:
        made[kind] += _records(_MADE[kind], columns)
    return made


def _pieces(index: Index, registered: Registered, at: float) -> Iterator[Any]:
    parts = index.parts
    yield (
        parts.version, registered, parts.floors,
        tuple(parts.rules.values()), tuple(parts.exceptions.values()), at,
    )  # fmt: skip
    yield from record_pieces(parts.persons.values(), parts.records.values())


def _records(kind: type[Any], columns: Sequence[Sequence[Any]]) -> list[Any]:
    """Records from the values of each of their fields. Without their constructor, which takes ten
    times as long: a process that starts has a hundred thousand to make."""
    made = [object.__new__(kind) for _ in columns[0]]
    for one, values in zip(fields(kind), columns, strict=True):
        deque(map(getattr(kind, one.name).__set__, made, values), maxlen=0)
    return made

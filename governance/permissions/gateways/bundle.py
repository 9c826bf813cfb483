"""The last world that was decided from, on disk: read at start when the database is away.

The file is signed with the service's key and read by nobody else. Its time of change is when the
database last said that it still holds. It is written piece by piece, so that answers are not held
up meanwhile.
"""

from __future__ import annotations

import hmac
import io
import os
import pickle
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from governance.permissions.engine import Dataset, Index, Person, World
from governance.permissions.engine.pacing import breathe, in_steps
from governance.permissions.gateways.registered import Registered

log = structlog.get_logger(__name__)

_MARK = b"concord bundle 5\n"
_CHUNK = 100  # records in one piece: a piece is made in some tenths of a millisecond
_AHEAD = 60.0  # seconds by which a file may be newer than the clock
_KNOWN = (
    "governance.permissions.", "catalog.types", "builtins.frozenset", "datetime.date",
)  # fmt: skip


_MADE: Mapping[str, type[Person | Dataset]] = {"people": Person, "datasets": Dataset}


class BundleRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """The file on disk is not ours, or not whole."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A world with who may ask about it; `age` is how long ago it was known to hold (seconds)."""

    world: World
    registered: Registered
    age: float


def bundle_path() -> Path:
    """Where it lies."""
    return Path(settings.VAR_DIR) / "gateways" / "bundle"


def save_bundle(index: Index, registered: Registered, path: Path) -> None:
    """Replace the file at once; a reader sees the former one or this one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    signature = hmac.new(_key(), _MARK, sha256)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".bundle-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MARK)
            for piece in _pieces(index, registered):
                framed = len(piece).to_bytes(8, "big") + piece
                signature.update(framed)
                file.write(framed)
                breathe()
            file.write((0).to_bytes(8, "big") + signature.digest())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def confirm_bundle(path: Path) -> None:
    """Note that the database says the same as the file."""
    os.utime(path)


def load_bundle(path: Path) -> Bundle:
    """The world on disk. Raises BundleRefused, and FileNotFoundError where there is none."""
    changed = path.stat().st_mtime
    data = path.read_bytes()
    if not data.startswith(_MARK) or len(data) < len(_MARK) + 8 + 32:
        raise BundleRefused("The bundle on disk is none.")
    body, said = data[len(_MARK) : -40], data[-32:]
    signature = hmac.new(_key(), _MARK + body, sha256).digest()
    if not hmac.compare_digest(signature, said) or data[-40:-32] != bytes(8):
        raise BundleRefused("The bundle on disk was cut, changed or signed with another key.")
    found = [_read(piece) for piece in _framed(body)]
    version, registered, floors, rules, exceptions = found[0]
    made: dict[str, list[Any]] = {kind: [] for kind in _MADE}
    for kind, columns in found[1:]:
        made[kind] += _records(_MADE[kind], columns)
    return Bundle(
        World(version, tuple(made["people"]), tuple(made["datasets"]), rules, exceptions, floors),
        registered,
        age_of(changed),
    )


def age_of(changed: float) -> float:
    """Seconds since a file of that time of change was known to hold; for ever ago where that lies
    ahead."""
    age = time.time() - changed
    return float("inf") if age < -_AHEAD else max(age, 0.0)


def _pieces(index: Index, registered: Registered) -> Iterator[bytes]:
    parts = index.parts
    head = (
        parts.version, registered, parts.floors,
        tuple(parts.rules.values()), tuple(parts.exceptions.values()),
    )  # fmt: skip
    yield _written(head)
    for kind, records in (("people", parts.persons), ("datasets", parts.records)):
        told = attrgetter(*(one.name for one in fields(_MADE[kind])))
        for some in in_steps(records.values(), _CHUNK):
            yield _written((kind, tuple(zip(*map(told, some), strict=True))))


def _records(kind: type[Any], columns: Sequence[Sequence[Any]]) -> list[Any]:
    """Records from the values of each of their fields. Without their constructor, which takes ten
    times as long: a process that starts has a hundred thousand to make."""
    made = [object.__new__(kind) for _ in columns[0]]
    for one, values in zip(fields(kind), columns, strict=True):
        deque(map(getattr(kind, one.name).__set__, made, values), maxlen=0)
    return made


def _framed(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):
        size = int.from_bytes(body[position : position + 8], "big")
        yield body[position + 8 : position + 8 + size]
        position += 8 + size


class _Pickler(pickle.Pickler):
    """Writes members of enumerations by their values, as most versions of Python do; those of 3.11
    before 3.11.4 look them up by a function that no bundle may hold."""

    def reducer_override(self, value: Any) -> Any:
        return (type(value), (value.value,)) if isinstance(value, Enum) else NotImplemented


def _written(value: Any) -> bytes:
    piece = io.BytesIO()
    _Pickler(piece, protocol=5).dump(value)
    return piece.getvalue()


class _Unpickler(pickle.Unpickler):
    """Makes nothing but our own records, signed or not."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuses every class that a bundle has no use for."""
        if not f"{module}.{name}".startswith(_KNOWN):
            raise BundleRefused(f"The bundle on disk holds a {module}.{name}.")
        return super().find_class(module, name)


def _read(piece: bytes) -> Any:
    return _Unpickler(io.BytesIO(piece)).load()


def _key() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"gateways' bundle", sha256).digest()

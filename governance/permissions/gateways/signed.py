"""Files that a process of ours wrote for those that start after it: signed with the service's key
and read by nobody else.

A file is written piece by piece, so that answers are not held up meanwhile, and takes the place of
the former one as a whole.
"""

from __future__ import annotations

import hmac
import io
import os
import pickle
import tempfile
from collections.abc import Iterable, Iterator
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from governance.permissions.engine.pacing import breathe

_SIGNATURE = 32
_KNOWN = (
    "governance.permissions.", "catalog.types", "builtins.frozenset", "datetime.date",
)  # fmt: skip


class BundleRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A file on disk is not ours, or not whole."""


def write_signed(path: Path, mark: bytes, pieces: Iterable[Any]) -> bytes:
    """Replace the file at once; a reader sees the former one or this one. `mark` says what kind
    of file it is. Returns the signature, which is like no other's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    signature = hmac.new(_key(), mark, sha256)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(mark)
            for piece in pieces:
                written = _written(piece)
                framed = len(written).to_bytes(8, "big") + written
                signature.update(framed)
                file.write(framed)
                breathe()
            file.write((0).to_bytes(8, "big") + signature.digest())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return signature.digest()


def read_signed(path: Path, mark: bytes) -> tuple[list[Any], bytes]:
    """The pieces of a file and its signature. Raises BundleRefused, and FileNotFoundError where
    there is none."""
    data = path.read_bytes()
    if not data.startswith(mark) or len(data) < len(mark) + 8 + _SIGNATURE:
        raise BundleRefused(f"The file {path.name} on disk is no such file.")
    body, end, said = data[len(mark) : -40], data[-40:-_SIGNATURE], data[-_SIGNATURE:]
    signature = hmac.new(_key(), mark + body, sha256).digest()
    if not hmac.compare_digest(signature, said) or end != bytes(8):
        raise BundleRefused(
            f"The file {path.name} on disk was cut, changed or signed with another key."
        )
    return [_read(piece) for piece in _framed(body)], said


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

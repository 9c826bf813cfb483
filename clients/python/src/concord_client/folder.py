"""The copy on disk: the last whole bundle as it was signed, with the changes taken in since.

Read at start, so that a service that is away keeps nobody from starting. Everything in it is
signed; what was cut by a crash ends the reading, and what comes before it still serves. How old it
is is told by the signed instants in it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from concord_client.clocks import ServiceClock
from concord_client.errors import FolderInUse
from governance.permissions.bundling import (
    BundleRefused,
    Header,
    Unpacked,
    changes_in,
    followed,
    opened,
    unpacked,
    word_in,
)
from governance.permissions.bundling.sealing import BUNDLE, CHANGES

WORD_SECONDS = 5.0  # between two writings of the word that it still holds
AHEAD_SECONDS = 60.0
"""By so much a signed instant may lie ahead of this machine's clock; beyond, the clock is wrong and
nothing is known of the age."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies on disk: the state, the header that brought it, and its age in seconds."""

    state: Unpacked
    header: Header
    age: float


class Folder:
    """One client's folder, held by one process at a time. Raises FolderInUse."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FolderInUse(
                f"Another process keeps its copy in {path}: give each process its own folder."
            ) from None
        self._state = path / "state"
        self._word = path / "word"
        self._word_at = float("-inf")

    def close(self) -> None:
        """Leave the folder to another process."""
        self._lock.close()

    def read(self, keys: Iterable[Ed25519PublicKey], clock: ServiceClock) -> Kept | None:
        """What lies there; None where there is nothing. Raises BundleRefused."""
        try:
            data = self._state.read_bytes()
        except FileNotFoundError:
            return None
        trusted = tuple(keys)
        state: Unpacked | None = None
        last: Header | None = None
        frames = list(_frames(data))
        # What comes next would stand behind an end that was cut, and be read as more of it.
        whole = sum(len(_frame(one)) for one in frames)
        if whole < len(data):
            os.truncate(self._state, whole)
        for frame in frames:
            header, body = opened(frame, trusted)
            if state is None and header.kind == BUNDLE:
                state = unpacked(body, clock)
            elif state is not None and header.kind == CHANGES:
                state = followed(state, changes_in(body))
            else:
                raise BundleRefused("What lies on disk does not begin with a whole bundle.")
            last = header
        if state is None or last is None:
            raise BundleRefused("What lies on disk is none.")
        return Kept(state, last, _age(self._confirmed(last, trusted)))

    def begin(self, data: bytes) -> None:
        """Put a whole bundle in the place of everything. Raises OSError."""
        self._replace(self._state, _frame(data))

    def append(self, data: bytes) -> None:
        """Add changes to what lies there. Raises OSError; then nothing was added."""
        frame = _frame(data)
        with open(self._state, "r+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            try:
                if file.write(frame) != len(frame):
                    raise OSError("The disk is full.")
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def still(self, word: str) -> None:
        """Keep the service's word that nothing changed, now and then. Raises OSError."""
        if time.monotonic() - self._word_at >= WORD_SECONDS:
            self._replace(self._word, word.encode())
            self._word_at = time.monotonic()

    def forget(self) -> None:
        """Remove the copy; the next answer of the service is taken, whatever its version."""
        self._state.unlink(missing_ok=True)
        self._word.unlink(missing_ok=True)

    def _confirmed(self, last: Header, keys: Iterable[Ed25519PublicKey]) -> float:
        """When the service last said that the state holds, by its own clock."""
        confirmed = last.confirmed if last.version == last.latest else float("-inf")
        try:
            word = word_in(self._word.read_text("ascii"), keys)
        except (OSError, ValueError):
            return confirmed
        return max(confirmed, word.confirmed) if word.version == last.version else confirmed

    def _replace(self, path: Path, data: bytes) -> None:
        descriptor, draft = tempfile.mkstemp(dir=self.path, prefix=".draft-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def _age(confirmed: float) -> float:
    age = time.time() - confirmed
    return float("inf") if age < -AHEAD_SECONDS else max(age, 0.0)


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


def _frames(data: bytes) -> Iterable[bytes]:
    """Every whole frame; one that was cut is none."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 8], "big")
        frame = data[position + 8 : position + 8 + size]
        if len(frame) < size:
            return
        yield frame
        position += 8 + size

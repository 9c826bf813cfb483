"""One row for each call at a door, however many questions it asks: the seam to the record.

Whoever keeps the record puts a recorder here at start-up; a call whose record is refused is not
answered. Without one, decisions only get their number.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from governance.permissions.doors import Door

_boot = secrets.token_hex(6)
_numbers = itertools.count(1)


@dataclass(slots=True)
class Answered:
    """What was asked at a door and what was answered. `resources` are the names asked about as
    the engine or the client wrote them; `count` of them were asked, `allowed_count` allowed."""

    door: Door
    gateway: str
    person: int | None
    username: str
    operation: str
    resources: tuple[str, ...]
    columns: tuple[str, ...]
    purpose: str
    allowed: bool
    code: str
    rules: tuple[str, ...]
    version: int
    instant: float
    count: int = 1
    allowed_count: int = 0
    external_id: str = ""
    decision_id: str = ""


Recorder = Callable[[Answered], None]
_recorders: list[Recorder] = []


def install_recorder(recorder: Recorder) -> None:
    """Have every call recorded before it is answered; a recorder that raises denies the answer."""
    _recorders[:] = [recorder]


def record_decision(answered: Answered) -> str:
    """Record one call; its number, which is told to whoever asks."""
    answered.decision_id = f"{_boot}-{next(_numbers):x}"
    for recorder in _recorders:
        recorder(answered)
    return answered.decision_id

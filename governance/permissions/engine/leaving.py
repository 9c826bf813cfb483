"""What an index held is freed in steps, by a thread that sweeps, whoever let go of it last.

To free a hundred thousand datasets takes tens of milliseconds, in which no other thread has the
interpreter; and the last to let go is the one that answers, with its first look at the next index.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from governance.permissions.engine.parts import MatchedParts

_AT_ONCE = 500


class Leaving:
    """What indexes held that are gone. Nothing is kept in a process where nobody sweeps."""

    def __init__(self) -> None:
        self._held: deque[list[Any]] = deque()
        self._is_swept = False

    def take(self, parts: object, answers: Iterable[object]) -> None:
        """The parts of an index that goes, and the answers that it has written out."""
        if self._is_swept and isinstance(parts, MatchedParts):
            self._held.append([parts, list(answers)])

    def sweep(self) -> None:
        """Free what was left until now; from here on it is kept until somebody comes again."""
        self._is_swept = True
        while self._held:
            _free(self._held.popleft())


def _free(left: list[Any]) -> None:
    """In steps of a millisecond at most: between two of them another thread has its turn."""
    records = left.pop()
    parts: MatchedParts = left.pop()
    pages: list[Any] = [*parts.records.pages, *parts.signatures.pages, *parts.by_name.pages]
    records += parts.persons.values()
    pages += [getattr(parts, one.name) for one in fields(parts)]
    del parts
    while pages:
        pages.pop()
    while records:
        del records[-_AT_ONCE:]


leaving = Leaving()
"""Those of this process."""

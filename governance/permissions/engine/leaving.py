"""What an index held is freed in steps, by a thread that sweeps, whoever let go of it last.

To free a hundred thousand datasets takes tens of milliseconds, in which no other thread has the
interpreter; and the last to let go is the one that answers, with its first look at the next index.
"""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from typing import Any

from governance.permissions.engine.pacing import breathe, empty
from governance.permissions.engine.parts import MatchedParts


class Leaving:
    """What indexes held that are gone. Nothing is kept in a process where nobody sweeps."""

    def __init__(self) -> None:
        self._held: deque[list[Any]] = deque()
        self._is_swept = False

    def take(self, parts: object, answers: dict[Any, Any]) -> None:
        """The parts of an index that goes, and the answers that it has written out, by what they
        are kept under."""
        if self._is_swept and isinstance(parts, MatchedParts):
            self._held.append([parts, answers])

    def sweep(self) -> None:
        """Free what was left until now; from here on it is kept until somebody comes again."""
        self._is_swept = True
        while self._held:
            _free(self._held.popleft())


def _free(left: list[Any]) -> None:
    """Answers, people and pages of data in steps; between two of them others have a moment."""
    answers: dict[Any, Any] = left.pop()
    parts: MatchedParts = left.pop()
    pages: list[Any] = [*parts.records.pages, *parts.signatures.pages, *parts.by_name.pages]
    people = dict(parts.persons)
    pages += [getattr(parts, one.name) for one in fields(parts)]
    del parts
    while pages:
        pages.pop()
        breathe()
    empty(people)
    empty(answers)


leaving = Leaving()
"""Those of this process."""

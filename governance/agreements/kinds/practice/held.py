"""The practices in force by what they say, read and indexed once for an epoch.

Checking a proposal with hundreds of practices, or all practices against each other, takes time by
its own size and not by its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from governance.agreements.kinds.practice.document import PracticeDocument
from governance.agreements.kinds.term.labels import normalised
from governance.agreements.selectors.in_force import AsOf, as_of, in_force
from governance.agreements.selectors.reading_once import once


@dataclass(frozen=True, slots=True)
class HeldPractice:
    """A practice in force, with its key and title."""

    key: str
    title: str
    document: PracticeDocument


_kept: tuple[AsOf, Mapping[str, Sequence[HeldPractice]]] | None = None


def practices_saying(statement: str) -> Sequence[HeldPractice]:
    """Those in force that say the same but for spacing, case and punctuation; none for no text."""
    return _by_statement().get(normalised(statement), ()) if statement.strip() else ()


@once
def _by_statement() -> Mapping[str, Sequence[HeldPractice]]:
    """Read again after an adoption."""
    global _kept
    now = as_of("practice")
    if _kept is None or _kept[0] != now:
        _kept = (now, _read())
    return _kept[1]


def _read() -> Mapping[str, Sequence[HeldPractice]]:
    found: dict[str, list[HeldPractice]] = defaultdict(list)
    for held in in_force("practice"):
        document = PracticeDocument.model_validate(held.document)
        found[normalised(document.statement)].append(HeldPractice(held.key, held.title, document))
    return dict(found)

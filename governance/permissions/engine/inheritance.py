"""Labels that columns inherit: what is derived directly from a labeled column carries its label.

Masking or hashing on the way changes nothing; only an adopted declassification ends a label, at the
column it names and for what is derived from it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Place = tuple[int, str]
"""A column: the id of its dataset and its path in lower case."""


@dataclass(frozen=True, slots=True)
class Declassified:
    """A column no longer carries labels that it inherits; `labels` None means none at all."""

    dataset: int
    column: str
    labels: frozenset[str] | None = None


def inherited_labels(
    own: Mapping[Place, frozenset[str]],
    direct: Iterable[tuple[Place, Place]],
    declassified: Iterable[Declassified] = (),
) -> dict[Place, frozenset[str]]:
    """The labels of each column, own and inherited along direct lineage (source, target).

    Each edge is walked once for each label that travels over it; loops end by themselves. A label
    that somebody put on a column itself stays, whatever was declassified.
    """
    followers: dict[Place, list[Place]] = {}
    for source, target in direct:
        followers.setdefault(source, []).append(target)
    ended: dict[Place, frozenset[str] | None] = {}
    for one in declassified:
        place = (one.dataset, one.column)
        former = ended.get(place, frozenset())
        ended[place] = None if former is None or one.labels is None else former | one.labels
    found: dict[Place, set[str]] = {place: set(labels) for place, labels in own.items() if labels}
    waiting = [(place, frozenset(labels)) for place, labels in found.items() if place in followers]
    while waiting:
        place, labels = waiting.pop()
        for target in followers.get(place, ()):
            coming = labels
            if target in ended:
                gone = ended[target]
                coming = frozenset() if gone is None else labels - gone
            held = found.setdefault(target, set())
            new = coming - held
            if new:
                held |= new
                waiting.append((target, frozenset(new)))
    return {place: frozenset(labels) for place, labels in found.items() if labels}

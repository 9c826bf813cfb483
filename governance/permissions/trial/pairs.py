"""The pairs of a difference in an order of their own, page by page, without writing all out.

One that differs in two ways stands twice, one after the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import overload

from governance.permissions.trial.difference import Change, Difference

Pair = tuple[int, int, Change]
"""A person, a dataset, how it differs."""


class Pairs(Sequence[Pair]):
    """Every pair of a difference, by people in an order given, each by dataset."""

    def __init__(self, difference: Difference, people: Sequence[int]) -> None:
        self._difference = difference
        self._people = people
        counts = (sum(map(len, difference.of(person).values())) for person in people)
        self._ends = list(accumulate(counts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> Pair: ...

    @overload
    def __getitem__(self, place: slice) -> list[Pair]: ...

    def __getitem__(self, place: int | slice) -> Pair | list[Pair]:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            return list(self._between(start, stop))[::step]
        found = list(self._between(*slice(place, place + 1 or None).indices(len(self))[:2]))
        if not found:
            raise IndexError(place)
        return found[0]

    def __iter__(self) -> Iterator[Pair]:
        return self._between(0, len(self))

    def _between(self, start: int, stop: int) -> Iterator[Pair]:
        number = bisect_right(self._ends, start)
        while start < stop:
            person = self._people[number]
            before = self._ends[number - 1] if number else 0
            told = _of(self._difference, person)[start - before : stop - before]
            yield from told
            start += len(told)
            number += 1


def _of(difference: Difference, person: int) -> list[Pair]:
    found = [
        (dataset, change)
        for change, touched in difference.of(person).items()
        for dataset in touched
    ]
    return [(person, dataset, change) for dataset, change in sorted(found)]

"""Recorded questions decided once more, under what holds and under a draft (permissions.md 3.8).

Only questions of people and about data that an opt-out which changes concerns are decided; the
others come out alike without asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from governance.permissions.engine import Index
from governance.permissions.trial.difference import Change, change_between, changed_rules


class Asked(NamedTuple):
    """A question that was asked `times` times at one instant, or between two edges, where the same
    opt-outs hold. `columns` None asks for the dataset as such."""

    person: int
    action: str
    dataset: int
    columns: tuple[str, ...] | None
    purpose: str | None
    environment: str | None
    at: float
    times: int = 1


@dataclass(slots=True)
class Counts:
    """How many questions came out differently, by how, and of whom, about what, what for."""

    asked: int = 0
    differing: Counter[Change] = field(default_factory=Counter)
    by_person: Counter[tuple[int, Change]] = field(default_factory=Counter)
    by_dataset: Counter[tuple[int, Change]] = field(default_factory=Counter)
    by_purpose: Counter[tuple[str, Change]] = field(default_factory=Counter)

    def add(self, one: Asked, change: Change) -> None:
        """A question that came out differently."""
        count = one.times
        self.differing[change] += count
        self.by_person[one.person, change] += count
        self.by_dataset[one.dataset, change] += count
        self.by_purpose[one.purpose or "", change] += count


class Comparing:
    """Two indexes, asked the same questions."""

    def __init__(self, base: Index, draft: Index) -> None:
        self.base, self.draft = base, draft
        self._changed = changed_rules(base, draft) | changed_rules(draft, base)
        self._people: set[int] = set()
        self._datasets: set[int] = set()
        for index in (base, draft):
            bits = 0
            for key in self._changed:
                bits |= index.parts.slots.by_rule.get(key, 0)
            self._people |= {pk for pk, mask in index.parts.masks.items() if mask & bits}
            self._datasets |= {
                pk
                for pk, signature in index.parts.signatures.items()
                if (signature.any | signature.by_name) & bits
            }

    def may_differ(self, person: int, dataset: int) -> bool:
        """Whether an opt-out that changes could matter for a person and a dataset at all."""
        return person in self._people and dataset in self._datasets

    def change(self, one: Asked) -> Change | None:
        """How one question comes out differently; None where it does not."""
        if one.person not in self._people or one.dataset not in self._datasets:
            return None
        question = one[:7]
        before, after = self.base.decide(*question), self.draft.decide(*question)
        return change_between(before, after, self._changed)

    def count(self, asked: Iterable[Asked], counts: Counts) -> None:
        """Every question, added to what was counted before."""
        people, datasets, changed = self._people, self._datasets, self._changed
        before_of, after_of = self.base.decide, self.draft.decide
        total = 0
        for one in asked:
            person, action, dataset, columns, purpose, environment, at, times = one
            total += times
            if person not in people or dataset not in datasets:
                continue
            before = before_of(person, action, dataset, columns, purpose, environment, at)
            after = after_of(person, action, dataset, columns, purpose, environment, at)
            if before.code == after.code and before.code != "restricted":
                continue
            change = change_between(before, after, changed)
            if change is not None:
                counts.add(one, change)
        counts.asked += total

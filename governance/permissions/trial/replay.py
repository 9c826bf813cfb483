"""Recorded questions decided once more, under what holds and under a draft (permissions.md 3.8).

Only questions of people and about data that an opt-out which changes concerns are decided; the
others come out alike without asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from governance.permissions.engine import Index
from governance.permissions.trial.difference import Change, change_between, changed_rules

_What = TypeVar("_What", int, str)


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
class Differing:
    """Questions that came out differently in one way: how many, of whom, about what, what for."""

    questions: int = 0
    people: dict[int, int] = field(default_factory=dict)
    datasets: dict[int, int] = field(default_factory=dict)
    purposes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """How many questions were asked, and how many came out differently, by how."""

    asked: int = 0
    by_change: dict[Change, Differing] = field(
        default_factory=lambda: {change: Differing() for change in Change}
    )

    @property
    def differing(self) -> Counter[Change]:
        """How many came out differently."""
        found = {change: one.questions for change, one in self.by_change.items()}
        return Counter({change: count for change, count in found.items() if count})

    @property
    def by_person(self) -> Counter[tuple[int, Change]]:
        """Of whom."""
        return _flat((change, one.people) for change, one in self.by_change.items())

    @property
    def by_dataset(self) -> Counter[tuple[int, Change]]:
        """About what."""
        return _flat((change, one.datasets) for change, one in self.by_change.items())

    @property
    def by_purpose(self) -> Counter[tuple[str, Change]]:
        """What for; empty where no purpose was stated."""
        return _flat((change, one.purposes) for change, one in self.by_change.items())


def _flat(
    found: Iterable[tuple[Change, Mapping[_What, int]]],
) -> Counter[tuple[_What, Change]]:
    return Counter(
        {(what, change): count for change, counts in found for what, count in counts.items()}
    )


class Comparing:
    """Two indexes, asked the same questions."""

    def __init__(self, base: Index, draft: Index) -> None:
        self.base, self.draft = base, draft
        self._changed = changed_rules(base, draft) | changed_rules(draft, base)
        self._before, self._after = _Bits(base, self._changed), _Bits(draft, self._changed)
        self._people = self._before.people | self._after.people
        self._datasets = self._before.datasets | self._after.datasets
        lifted = self._before.lifted | self._after.lifted
        before, after = self._before.masks, self._after.masks
        self._masks = {pk: (before[pk], after[pk]) for pk in self._people if pk not in lifted}
        self._bits = {
            pk: (one.any, other.any)
            for pk in self._datasets
            if (one := self._before.signatures[pk]).is_plain
            and (other := self._after.signatures[pk]).is_plain
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
        """Every question, added to what was counted before: what `change` says of each.

        Where no opt-out looks at columns, ages or exceptions, the bits of both sides say it without
        a decision being written out.
        """
        people, datasets = self._people, self._datasets
        masks_of, bits_of = self._masks.get, self._bits.get
        slots, later = self._before.slots, self._after.slots
        special, special_later = self._before.special, self._after.special
        by_change = counts.by_change
        total, starts, ends = 0, 0.0, 0.0
        period, period_later = slots.period(0.0), later.period(0.0)
        for one in asked:
            person, action, dataset, _, purpose, environment, at, times = one
            total += times
            masks, bits = masks_of(person), bits_of(dataset)
            change: Change | None
            if masks is None or bits is None:
                if person not in people or dataset not in datasets:
                    continue
                change = self.change(one)
            else:
                if not starts <= at < ends:
                    period, period_later = slots.period(at), later.period(at)
                    starts = max(period.starts, period_later.starts)
                    ends = min(period.ends, period_later.ends)
                use = (action, purpose, environment)
                answering = period.applying.get(use)
                if answering is None:
                    answering = period.fill(*use)
                answering_later = period_later.applying.get(use)
                if answering_later is None:
                    answering_later = period_later.fill(*use)
                hits, then = masks[0] & answering & bits[0], masks[1] & answering_later & bits[1]
                if hits & special or then & special_later:
                    change = self.change(one)
                else:
                    change = self._between(hits, then)
            if change is not None:
                found = by_change[change]
                found.questions += times
                found.people[person] = found.people.get(person, 0) + times
                found.datasets[dataset] = found.datasets.get(dataset, 0) + times
                told = purpose or ""
                found.purposes[told] = found.purposes.get(told, 0) + times
        counts.asked += total

    def _between(self, hits: int, then: int) -> Change | None:
        """How two sets of bits over whole datasets differ."""
        was_denied, is_denied = hits & self._before.denying, then & self._after.denying
        if was_denied or is_denied:
            if was_denied and is_denied:
                return None
            return Change.GAINED if was_denied else Change.LOST
        if not hits:
            return Change.NARROWED if then else None
        if not then:
            return Change.WIDENED
        applied = hits & self._before.changed or then & self._after.changed
        return Change.ALTERED if applied else None


class _Bits:
    """What an index answers from, as its bits say it."""

    def __init__(self, index: Index, changed: frozenset[str]) -> None:
        parts = index.parts
        self.slots = parts.slots
        self.masks = parts.masks
        self.signatures = parts.signatures
        self.denying = parts.slots.denying
        self.special = parts.slots.aged | parts.slots.only_asked_from
        self.changed = 0
        for key in changed:
            self.changed |= parts.slots.by_rule.get(key, 0)
        self.lifted = frozenset(parts.liftings)
        self.people = {pk for pk, mask in parts.masks.items() if mask & self.changed}
        self.datasets = {
            pk
            for pk, signature in parts.signatures.items()
            if (signature.any | signature.by_name) & self.changed
        }

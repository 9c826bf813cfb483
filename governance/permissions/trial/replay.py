"""Recorded questions decided once more, under what holds and under a draft (R-085).

Only questions of people and about data that an opt-out which changes concerns are decided; the
others come out alike without asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from governance.permissions.engine import Index
from governance.permissions.trial.difference import Change, change_between, changed_rules
from governance.permissions.trial.joined import Joined, Touched

_What = TypeVar("_What", int, str)

_MOST_HELD = 1_000_000
"""Datasets of questions that are held until they are counted together."""


class Asked(NamedTuple):
    """A question of an instant. `columns` None asks for the dataset as such."""

    person: int
    action: str
    dataset: int
    columns: tuple[str, ...] | None
    purpose: str | None
    environment: str | None
    at: float


class Together(NamedTuple):
    """Questions of one person for one use, asked at one instant or between two edges, where the
    same opt-outs hold: one about each of `datasets`, which may repeat."""

    person: int
    action: str
    columns: tuple[str, ...] | None
    purpose: str | None
    environment: str | None
    at: float
    datasets: Sequence[int]

    def about(self, dataset: int) -> Asked:
        """One of them."""
        person, action, columns, purpose, environment, at, _ = self
        return Asked(person, action, dataset, columns, purpose, environment, at)


@dataclass(slots=True)
class Differing:
    """Questions that came out differently in one way: of whom, about what, what for."""

    people: Counter[int] = field(default_factory=Counter)
    datasets: Counter[int] = field(default_factory=Counter)
    purposes: Counter[str] = field(default_factory=Counter)

    @property
    def questions(self) -> int:
        """How many."""
        return self.people.total()


@dataclass(slots=True)
class Counts:
    """How many questions were asked, and how many came out differently, by how. `left_out` are rows
    of the log that asked for data and are no question, by why."""

    asked: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
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
        self._joined = Joined(base, draft, self._changed)

    @property
    def reads_columns(self) -> bool:
        """Whether the columns of a question may matter."""
        return bool(self._joined.in_part)

    @property
    def reads_environments(self) -> bool:
        """Whether it may matter where a question came from."""
        sides = (self.base.parts, self.draft.parts)
        return any(rule.when.environments for parts in sides for rule in parts.rules.values())

    @property
    def reads_ages(self) -> bool:
        """Whether the age of data may matter."""
        return bool(self._joined.aged)

    @property
    def excepted(self) -> Collection[int]:
        """Who has an exception at some time."""
        return self._joined.lifted.keys()

    @cached_property
    def own_edges(self) -> Mapping[int, Collection[float]]:
        """When exceptions of somebody begin and end, by person."""
        found: dict[int, set[float]] = {}
        for index in (self.base, self.draft):
            for person, liftings in index.parts.liftings.items():
                ends = found.setdefault(person, set())
                for one in liftings:
                    ends |= {one.exception.begins, one.exception.ends}
        return found

    def may_differ(self, person: int, dataset: int) -> bool:
        """Whether an opt-out that changes could matter for a person and a dataset at all."""
        joined = self._joined
        return person in joined.masks and (dataset in joined.wholes or dataset in joined.in_part)

    def change(self, one: Asked) -> Change | None:
        """How one question comes out differently; None where it does not."""
        if not self.may_differ(one.person, one.dataset):
            return None
        before, after = self.base.decide(*one), self.draft.decide(*one)
        return change_between(before, after, self._changed)

    def count(self, asked: Iterable[Together], counts: Counts) -> None:
        """Every question, added to what was counted before: what `change` says of each.

        What becomes of a set of opt-outs is worked out once for all questions under it. Only where
        exceptions, the age of data or unlisted columns matter is a question decided by itself.
        """
        joined, found = self._joined, _Found(self._joined, counts)
        span = joined.span(0.0)
        for batch in asked:
            datasets = batch.datasets
            counts.asked += len(datasets)
            mask = joined.masks.get(batch.person)
            if mask is None:
                continue
            if not span.starts <= batch.at < span.ends:
                span = joined.span(batch.at)
            use = (batch.action, batch.purpose, batch.environment)
            held = mask & (span.applying.get(use) or span.fill(use))
            if not held & joined.changed:
                continue
            alone = held & (joined.aged | joined.lifted.get(batch.person, 0))
            bits = list(map(joined.touching(batch.columns).__getitem__, datasets))
            if alone or (joined.in_part and (batch.columns is None or None in bits)):
                self._sort(batch, bits, held, alone, found)
            else:
                hits = map(held.__and__, cast("list[int]", bits))
                lists = map(found.about.__getitem__, hits)
                for about, dataset in zip(lists, datasets, strict=True):
                    about.append(dataset)
            found.count(batch)
        found.finish()

    def _sort(
        self,
        batch: Together,
        bits: Iterable[int | Touched | None],
        held: int,
        alone: int,
        found: _Found,
    ) -> None:
        """Put each dataset of a batch into the list of what becomes of its question; one that
        meets any of the bits in `alone`, or whose columns nobody lists, is decided by itself."""
        for dataset, touched in zip(batch.datasets, bits, strict=True):
            if type(touched) is Touched:
                if not held & touched.bits & alone:
                    found.partly[held & touched.bits, touched.denying].append(dataset)
                    continue
            elif touched is not None and not (hits := held & cast("int", touched)) & alone:
                found.about[hits].append(dataset)
                continue
            found.by_change[self.change(batch.about(dataset))].append(dataset)


class _Found:
    """The datasets of questions by what became of them, until they are counted. `about` finds the
    list for a set of bits any of which may deny, `partly` that for bits of which some do."""

    def __init__(self, joined: Joined, counts: Counts) -> None:
        self.by_change: dict[Change | None, list[int]] = {None: []} | {one: [] for one in Change}
        self.about = _Lists(joined, self.by_change)
        self.partly = _PartLists(joined, self.by_change)
        self._counts = counts
        self._counted: dict[Change, int] = dict.fromkeys(Change, 0)

    def count(self, batch: Together) -> None:
        """Count what is new of a batch, by its person and purpose."""
        self.by_change[None].clear()
        for change, counted in self._counted.items():
            held = len(self.by_change[change])
            if held > counted:
                self._counted[change] = held
                into = self._counts.by_change[change]
                into.people[batch.person] += held - counted
                into.purposes[batch.purpose or ""] += held - counted
        if sum(self._counted.values()) >= _MOST_HELD:
            self.finish()

    def finish(self) -> None:
        """Count what is held by dataset."""
        for change in self._counted:
            self._counts.by_change[change].datasets.update(self.by_change[change])
            self.by_change[change].clear()
            self._counted[change] = 0


class _Lists(dict[int, list[int]]):
    """What becomes of sets of bits, worked out where it is not known yet."""

    def __init__(self, joined: Joined, by_change: Mapping[Change | None, list[int]]) -> None:
        self._joined, self._by_change = joined, by_change

    def __missing__(self, hits: int) -> list[int]:
        found = self[hits] = self._by_change[self._joined.outcome(hits, self._joined.denying)]
        return found


class _PartLists(dict[tuple[int, int], list[int]]):
    """The same for bits and those that deny."""

    def __init__(self, joined: Joined, by_change: Mapping[Change | None, list[int]]) -> None:
        self._joined, self._by_change = joined, by_change

    def __missing__(self, key: tuple[int, int]) -> list[int]:
        found = self[key] = self._by_change[self._joined.outcome(*key)]
        return found

"""Two indexes as one: what applies before and what applies after stand in one integer.

The bits of the one lie below, those of the other above. So one question takes two operations, and
what a set of bits means is worked out once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from governance.permissions.engine import Dataset, Index
from governance.permissions.engine.parts import Parts, Signature, touched_bits
from governance.permissions.engine.slots import Slots
from governance.permissions.trial.difference import Change

Use = tuple[str, str | None, str | None]
"""Action, purpose, and the environment that is asked from."""

_MOST_USES = 512
_MOST_COLUMNS = 4_096
"""Uses kept for a span and sets of columns kept for a dataset; beyond, all are forgotten."""
_MOST_SETS = 512
"""Sets of columns for which what they touch is kept by dataset; beyond, all are forgotten."""


class Touched(NamedTuple):
    """What a use of a dataset touches, and which of it denies the use as a whole."""

    bits: int
    denying: int


@dataclass(frozen=True, slots=True)
class Span:
    """Between two edges: the same opt-outs hold, before and after."""

    starts: float
    ends: float
    sides: tuple[Slots, Slots]
    joined: Joined
    applying: dict[Use, int] = field(default_factory=dict)

    def fill(self, use: Use) -> int:
        """The opt-outs that hold for a use; kept in `applying`."""
        before, after = (slots.period(self.starts).fill(*use) for slots in self.sides)
        found = self.joined.together(before, after)
        if len(self.applying) >= _MOST_USES:
            self.applying.clear()
        self.applying[use] = found
        return found


class Cover:
    """The opt-outs on a dataset some of which are about columns."""

    __slots__ = ("_joined", "_kept", "_sides", "whole")

    def __init__(self, sides: tuple[Signature, Signature], joined: Joined) -> None:
        before, after = sides
        self.whole = Touched(
            joined.together(before.any, after.any),
            joined.together(before.whole, after.whole) & joined.denying,
        )
        self._sides, self._joined = sides, joined
        self._kept: dict[tuple[str, ...], Touched] = {}

    def of(self, columns: tuple[str, ...], listed: Collection[str]) -> Touched | None:
        """What a use of some columns touches; None where a column is not among those listed, which
        the names of columns decide."""
        found = self._kept.get(columns)
        if found is None:
            found = self._of(columns)
            if len(self._kept) >= _MOST_COLUMNS:
                self._kept.clear()
            self._kept[columns] = found
        if all(path in listed for path in columns):
            return found
        return None

    def _of(self, columns: Sequence[str]) -> Touched:
        before, after = (touched_bits(side, columns) for side in self._sides)
        joined = self._joined
        return Touched(joined.together(before, after), joined.denying)


class Touching(dict[int, "int | Touched | None"]):
    """By dataset the bits that uses of some columns touch, worked out where it is not known yet:
    with those that deny, where these are fewer, as for a use of all of it. None where a column is
    not listed, so that the question has to be looked at closely."""

    def __init__(
        self, columns: tuple[str, ...] | None, joined: Joined, records: Mapping[int, Dataset]
    ) -> None:
        super().__init__()
        self._columns, self._joined, self._records = columns, joined, records

    def __missing__(self, dataset: int) -> int | Touched | None:
        cover = self._joined.in_part.get(dataset)
        found: int | Touched | None = None
        if cover is None:
            found = self._joined.wholes.get(dataset, 0)
        elif self._columns is None:
            found = cover.whole
        else:
            touched = cover.of(self._columns, self._records[dataset].columns)
            found = None if touched is None else touched.bits
        self[dataset] = found
        return found


class Joined:
    """What two indexes of the same people and data answer from; `changed` are the opt-outs that do
    not decide alike.

    `masks` holds the bits of everybody whom one of them concerns, `wholes` those of every dataset
    under one of them, or `in_part` where some on it is about columns. What is missing comes out
    alike before and after. `lifted` are the bits that exceptions of somebody lift, some
    of the time; `aged` are opt-outs for which the age of data matters.
    """

    def __init__(self, base: Index, draft: Index, changed: Collection[str]) -> None:
        before, after = base.parts, draft.parts
        self._sides = (before.slots, after.slots)
        self._records = before.records
        self._touching: dict[tuple[str, ...] | None, Touching] = {}
        self._shift = len(before.slots.slots)
        self._low = (1 << self._shift) - 1
        self.denying = self.together(before.slots.denying, after.slots.denying)
        self.aged = self.together(before.slots.aged, after.slots.aged)
        self.changed = self.together(_bits(before.slots, changed), _bits(after.slots, changed))
        self.lifted = {
            pk: self.together(_lifted(before, pk), _lifted(after, pk))
            for pk in before.liftings.keys() | after.liftings.keys()
        }
        held = ((pk, self.together(mask, after.masks[pk])) for pk, mask in before.masks.items())
        self.masks = {pk: both for pk, both in held if both & self.changed}
        covers = self._covers(before, after)
        self.wholes = {pk: one for pk, one in covers.items() if isinstance(one, int)}
        self.in_part = {pk: one for pk, one in covers.items() if isinstance(one, Cover)}
        self._edges = sorted({*before.slots.edges, *after.slots.edges})
        self._spans: dict[int, Span] = {}

    def together(self, before: int, after: int) -> int:
        """The bits of both sides as one integer."""
        return before | after << self._shift

    def touching(self, columns: tuple[str, ...] | None) -> Touching:
        """What uses of some columns touch, None for all of them."""
        found = self._touching.get(columns)
        if found is None:
            if len(self._touching) >= _MOST_SETS:
                self._touching.clear()
            found = self._touching[columns] = Touching(columns, self, self._records)
        return found

    def span(self, at: float) -> Span:
        """The time around an instant in which the same opt-outs hold."""
        place = bisect_right(self._edges, at)
        found = self._spans.get(place)
        if found is None or not found.starts <= at < found.ends:
            periods = [slots.period(at) for slots in self._sides]
            starts, ends = max(one.starts for one in periods), min(one.ends for one in periods)
            found = self._spans[place] = Span(starts, ends, self._sides, self)
        return found

    def outcome(self, hits: int, denying: int) -> Change | None:
        """How what applies before and after differs; `denying` are those that deny the use."""
        denied = hits & denying
        was_denied, is_denied = denied & self._low, denied >> self._shift
        if was_denied or is_denied:
            if was_denied and is_denied:
                return None
            return Change.GAINED if was_denied else Change.LOST
        was_held, is_held = hits & self._low, hits >> self._shift
        if not was_held:
            return Change.NARROWED if is_held else None
        if not is_held:
            return Change.WIDENED
        return Change.ALTERED if hits & self.changed else None

    def _covers(self, before: Parts, after: Parts) -> Mapping[int, int | Cover]:
        """Datasets under the same opt-outs share what is made for them."""
        found: dict[int, int | Cover] = {}
        kept: dict[tuple[int, int], int | Cover | None] = {}
        for pk, signature in before.signatures.items():
            later = after.signatures[pk]
            key = (signature.number, later.number)
            if key not in kept:
                kept[key] = self._cover(signature, later)
            cover = kept[key]
            if cover is not None:
                found[pk] = cover
        return found

    def _cover(self, before: Signature, after: Signature) -> int | Cover | None:
        whole = self.together(before.any, after.any)
        if not (whole | self.together(before.by_name, after.by_name)) & self.changed:
            return None
        if before.is_plain and after.is_plain:
            return whole
        return Cover((before, after), self)


def _bits(slots: Slots, keys: Collection[str]) -> int:
    found = 0
    for key in keys:
        found |= slots.by_rule.get(key, 0)
    return found


def _lifted(parts: Parts, person: int) -> int:
    found = 0
    for lifting in parts.liftings.get(person, ()):
        found |= lifting.bits
    return found

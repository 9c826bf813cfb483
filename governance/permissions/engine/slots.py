"""Variants of rules as bits of one integer, and which of them hold when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

from pyroaring import BitMap

from governance.permissions.engine.coverage import Variant
from governance.permissions.engine.pacing import breathing
from governance.permissions.engine.periods import edges_around, holds_at, next_edge
from governance.permissions.engine.types import Parameter, Rule
from governance.permissions.types import DataAction, Effect, Purpose

_Wanted = Callable[["Slot"], bool]

_Coverage = tuple[list[BitMap], list[tuple[int, BitMap]]]

_NOTHING = BitMap()

_TRUTH = bytes.maketrans(b"01", b"\x00\x01")

_FEW = 5
"""Opt-outs whose windows are looked at in a tenth of a millisecond."""

_MANY = 4
"""Slots for the same people and questions of which so many are united beforehand."""

_MOST_COMBINATIONS = 512
"""Combinations of action, purpose and environment kept for a period; others are computed anew."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One bit: a variant of a rule with the datasets it covers whole, and at least in part."""

    rule: Rule
    variant: Variant
    whole: BitMap
    touched: BitMap

    @property
    def denies(self) -> bool:
        """Whether what it covers may not be had at all."""
        return self.rule.effect is Effect.DENY or bool(self.variant.stricter)

    @property
    def is_personal(self) -> bool:
        """Whether its answer depends on who asks beyond that they are concerned."""
        text = self.rule.filter
        return text is not None and any(isinstance(piece, Parameter) for piece in text.pieces)


class Period:
    """Between two edges: the same opt-outs hold. It knows the slots and not what holds it, so that
    an index which nobody uses any more goes at once, without the collector."""

    __slots__ = ("_slots", "applying", "ends", "mask", "starts")

    def __init__(self, starts: float, ends: float, mask: int, slots: Sequence[Slot | None]) -> None:
        self.starts = starts
        self.ends = ends
        self.mask = mask
        self.applying: dict[tuple[str, str | None, str | None], int] = {}
        self._slots = slots

    def fill(self, action: str, purpose: str | None, environment: str | None) -> int:
        """The opt-outs that hold for a combination; kept in `applying`."""
        answering = _mask(self._slots, lambda slot: answers(slot, action, purpose, environment))
        found = self.mask & answering
        if len(self.applying) < _MOST_COMBINATIONS:
            self.applying[action, purpose, environment] = found
        return found


class Slots:
    """All bits of an index with the masks that tell them apart. A freed place is None."""

    def __init__(self, slots: Sequence[Slot | None], near: float) -> None:
        self.slots = tuple(slots)
        self.denying = self._mask(lambda slot: slot.denies)
        self.confidential = self._mask(lambda slot: slot.rule.confidential)
        self.aged = self._mask(lambda slot: slot.rule.when.has_age)
        self.personal = self._mask(lambda slot: slot.is_personal)
        self.only_asked_from = self._mask(lambda slot: slot.variant.only_asked_from)
        self.by_rule: dict[str, int] = {}
        for number, slot in enumerate(breathing(self.slots)):
            if slot is not None:
                key = slot.rule.key
                self.by_rule[key] = self.by_rule.get(key, 0) | 1 << number
        self._whens = {slot.rule.key: slot.rule.when for slot in self.slots if slot is not None}
        self.edges = edges_around(self._whens.values(), near)
        self._periods: dict[int, Period] = {}

    def of(self, bits: int) -> Iterator[Slot]:
        """The slots of a set of bits, the lowest first."""
        for _, slot in self.with_bits(bits):
            yield slot

    def with_bits(self, bits: int) -> Iterator[tuple[int, Slot]]:
        """The same with the bit of each."""
        slots = self.slots
        while bits:
            low = bits & -bits
            slot = slots[low.bit_length() - 1]
            assert slot is not None
            yield low, slot
            bits ^= low

    def covered(self, bits: int, *, is_whole: bool) -> BitMap:
        """What a set of bits covers whole, or at least in part."""
        held, together = self._wholes if is_whole else self._touched
        found = [_NOTHING]
        for all_of_them, covered in together:
            if bits & all_of_them == all_of_them:
                bits ^= all_of_them
                found.append(covered)
        found += compress(held, f"{bits:b}"[::-1].encode().translate(_TRUTH))
        return BitMap.union(*found)

    @cached_property
    def _wholes(self) -> _Coverage:
        return self._united([_NOTHING if slot is None else slot.whole for slot in self.slots])

    @cached_property
    def _touched(self) -> _Coverage:
        return self._united([_NOTHING if slot is None else slot.touched for slot in self.slots])

    def _united(self, held: list[BitMap]) -> _Coverage:
        """What each bit covers, and beforehand what many do that mostly come together."""
        alike: dict[object, list[int]] = {}
        for number, slot in enumerate(breathing(self.slots, _FEW)):
            if slot is not None:
                alike.setdefault(_askers(slot), []).append(number)
        return held, [
            (
                sum(1 << number for number in numbers),
                BitMap.union(*(held[number] for number in numbers)),
            )
            for numbers in breathing(alike.values(), _FEW)
            if len(numbers) >= _MANY
        ]

    def period(self, at: float) -> Period:
        """The period that an instant lies in."""
        place = bisect_right(self.edges, at)
        if 0 < place < len(self.edges):
            found = self._periods.get(place)
            if found is None:
                found = Period(self.edges[place - 1], self.edges[place], self._held(at), self.slots)
                self._periods[place] = found
            return found
        end = next_edge(self._whens.values(), at)
        return Period(at, end, self._held(at), self.slots)

    def _held(self, at: float) -> int:
        whens = breathing(self._whens.items(), _FEW)
        held = {key for key, when in whens if holds_at(when, at)}
        return self._mask(lambda slot: slot.rule.key in held)

    def _mask(self, wanted: _Wanted) -> int:
        return _mask(self.slots, wanted)


def _askers(slot: Slot) -> object:
    """Alike for slots that concern the same people, and the same questions of them."""
    rule, variant = slot.rule, slot.variant
    asked = (rule.actions, rule.purposes, variant.only_asked_from, rule.when.environments)
    return rule.subjects, rule.condition, variant.given, asked, slot.denies


def _mask(slots: Sequence[Slot | None], wanted: _Wanted) -> int:
    return sum(
        1 << number for number, slot in enumerate(slots) if slot is not None and wanted(slot)
    )


def answers(slot: Slot, action: str, purpose: str | None, environment: str | None) -> bool:
    """Whether a slot answers to a question; subject, data and time aside."""
    if slot.variant.only_asked_from and environment not in slot.rule.when.environments:
        return False
    return _acts(slot.rule, action) and _is_for(slot.rule, purpose)


def _acts(rule: Rule, action: str) -> bool:
    """Exporting reads; an action that nobody knows is under every opt-out."""
    if action == DataAction.EXPORT:
        return DataAction.EXPORT in rule.actions or DataAction.READ in rule.actions
    return action in rule.actions or action not in _ACTIONS


def _is_for(rule: Rule, purpose: str | None) -> bool:
    """Without a purpose, or with one that nobody knows, every opt-out holds."""
    if purpose is None or purpose == Purpose.ANY or purpose not in _PURPOSES:
        return True
    return Purpose.ANY in rule.purposes or purpose in rule.purposes


_ACTIONS = frozenset(DataAction)
_PURPOSES = frozenset(Purpose)

"""Who gains and who loses access to what between two indexes, and who learns or no longer learns
that it exists: people x datasets, as bitmaps.

People who meet the same opt-outs where anything differs lose and gain the same, so each such group
is asked once; ten thousand people and a hundred thousand datasets take some seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pyroaring import BitMap

from governance.permissions.engine import Decision, Index, Rule
from governance.permissions.engine.slots import Slot
from governance.permissions.types import Category, DataAction


class Change(StrEnum):
    """What differs for a person and a dataset.

    `lost` and `gained`: it is read no more, or again, as a whole or in part. Of data that is read
    before and after: `narrowed` (as it is before, in part or unreadable in places after),
    `widened` (the reverse), `altered` (restricted both times, by other opt-outs). Beside one of
    them `hidden` or `shown` may stand: a confidential opt-out hides the very name after and not
    before, or the reverse.
    """

    __hash__ = str.__hash__

    LOST = "lost"
    GAINED = "gained"
    NARROWED = "narrowed"
    WIDENED = "widened"
    ALTERED = "altered"
    HIDDEN = "hidden"
    SHOWN = "shown"


SIGHT = (Change.HIDDEN, Change.SHOWN)
"""What becomes of a name, whatever becomes of the data."""

Changes = Mapping[Change, BitMap]
"""The datasets that differ, by how."""


@dataclass(frozen=True, slots=True)
class Alike:
    """People for whom the same differs."""

    people: BitMap
    datasets: Changes

    @property
    def touched(self) -> BitMap:
        """Every dataset that differs."""
        return BitMap.union(BitMap(), *self.datasets.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """Every pair of a person and a dataset that differs at an instant; each person stands in one
    part at most."""

    at: float
    parts: tuple[Alike, ...] = ()
    _place: dict[int, int] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for number, part in enumerate(self.parts):
            self._place.update(dict.fromkeys(part.people, number))

    @property
    def people(self) -> BitMap:
        """Everybody for whom something differs."""
        return BitMap.union(BitMap(), *(part.people for part in self.parts))

    @property
    def datasets(self) -> BitMap:
        """Every dataset that differs for somebody."""
        return BitMap.union(BitMap(), *(part.touched for part in self.parts))

    @property
    def pair_count(self) -> int:
        """How many pairs differ in any way; one that differs in two counts once."""
        return sum(len(part.people) * len(part.touched) for part in self.parts)

    @property
    def pairs(self) -> Mapping[Change, int]:
        """How many pairs differ, by how."""
        return Counter(
            {
                change: count
                for change in Change
                if (count := sum(_pairs(part, change) for part in self.parts))
            }
        )

    def of(self, person: int) -> Changes:
        """What differs for one person."""
        place = self._place.get(person)
        return {} if place is None else self.parts[place].datasets

    def people_of(self, change: Change) -> BitMap:
        """Everybody for whom something differs in this way."""
        return BitMap.union(
            BitMap(), *(part.people for part in self.parts if change in part.datasets)
        )

    def among(
        self,
        people: BitMap | None = None,
        datasets: BitMap | None = None,
        change: Change | None = None,
    ) -> Difference:
        """The same for some people, some datasets and one way of differing only."""
        found = []
        for part in self.parts:
            left = part.people if people is None else part.people & people
            kept = {
                how: inside
                for how, touched in part.datasets.items()
                if change in (None, how)
                and (inside := touched if datasets is None else touched & datasets)
            }
            if left and kept:
                found.append(Alike(left, kept))
        return Difference(self.at, tuple(found))

    def by_groups(
        self, people: Mapping[str, BitMap], datasets: Mapping[str, BitMap]
    ) -> Mapping[tuple[str, str], Counter[Change]]:
        """How many pairs differ, for each group of people and of datasets that have any."""
        found: dict[tuple[str, str], Counter[Change]] = {}
        for part in self.parts:
            inside = [
                (name, count)
                for name, members in people.items()
                if (count := part.people.intersection_cardinality(members))
            ]
            for change, touched in part.datasets.items():
                for group, members in datasets.items():
                    many = touched.intersection_cardinality(members)
                    if not many:
                        continue
                    for name, count in inside:
                        found.setdefault((name, group), Counter())[change] += count * many
        return found


def access_difference(
    base: Index,
    draft: Index,
    *,
    action: str = DataAction.READ,
    purpose: str | None = None,
    at: float | None = None,
) -> Difference:
    """What differs between two indexes of the same people and data, for one use at one instant.

    It says what `decide` says of each pair, asked about the dataset as a whole: `code` before and
    after, and where both are `restricted` whether the opt-outs that apply are the same. Of names it
    says what `see` says, whatever the use.
    """
    now = base.now() if at is None else at
    gone, new = changed_rules(base, draft), changed_rules(draft, base)
    sides = (_Side(base, gone, action, purpose, now), _Side(draft, new, action, purpose, now))
    area = sides[0].area | sides[1].area
    if not area:
        return Difference(now)
    for side in sides:
        side.look_at(area)
    alike: dict[tuple[int, int, int], list[int]] = {}
    for person in base.parts.masks:
        if sides[0].is_concerned(person) or sides[1].is_concerned(person):
            key = (sides[0].bits(person), sides[1].bits(person), _alone(person, sides))
            alike.setdefault(key, []).append(person)
    found: dict[tuple[tuple[Change, bytes], ...], Alike] = {}
    for people in alike.values():
        changes = _changes(sides, people[0])
        if not changes:
            continue
        key_of = tuple((change, touched.serialize()) for change, touched in changes.items())
        known = found.get(key_of)
        members = BitMap(people) if known is None else known.people | BitMap(people)
        found[key_of] = Alike(members, changes)
    return Difference(now, tuple(found.values()))


def changed_rules(one: Index, other: Index) -> frozenset[str]:
    """The keys of the opt-outs of one index that the other does not have, or not as they decide
    there: reasons and names are no matter."""
    theirs = other.parts.rules
    return frozenset(
        key
        for key, rule in one.parts.rules.items()
        if (found := theirs.get(key)) is not rule
        and (found is None or _deciding(found) != _deciding(rule))
    )


def change_between(before: Decision, after: Decision, changed: Collection[str]) -> Change | None:
    """How two decisions about one question differ; `changed` are the opt-outs that do not decide
    alike before and after. None where they do not differ."""
    if before.allowed != after.allowed:
        return Change.LOST if before.allowed else Change.GAINED
    if before.code != after.code:
        return Change.NARROWED if before.code == "open" else Change.WIDENED
    if before.code != "restricted":
        return None
    applied = (one.key for decision in (before, after) for one in decision.rules)
    return Change.ALTERED if any(key in changed for key in applied) else None


class _Side:
    """One of the two indexes, asked for one use at one instant."""

    def __init__(
        self, index: Index, changed: frozenset[str], action: str, purpose: str | None, at: float
    ) -> None:
        self.index = index
        self.changed = changed
        self.asked = (action, purpose)
        self.at = at
        slots = index.parts.slots
        self._applying = slots.period(at).fill(action, purpose, None)
        self._changed_bits = 0
        for key in changed:
            self._changed_bits |= slots.by_rule.get(key, 0)
        self._sight = slots.period(at).mask & slots.confidential & ~slots.only_asked_from
        self._changed_sight = self._changed_bits & self._sight
        self._changed_bits &= self._applying
        held = self._changed_bits | self._changed_sight
        self.area = BitMap.union(BitMap(), *(slot.touched for slot in slots.of(held)))
        self._seen = 0

    def look_at(self, area: BitMap) -> None:
        """Only opt-outs that touch the area tell people apart."""
        slots = self.index.parts.slots
        telling = self._applying | self._sight
        self._seen = sum(bit for bit, slot in slots.with_bits(telling) if _meets(slot, area))

    def is_concerned(self, person: int) -> bool:
        """Whether an opt-out that changed concerns somebody."""
        held = self._changed_bits | self._changed_sight
        return bool(self.index.parts.masks.get(person, 0) & held)

    def may_hide(self, person: int) -> bool:
        """Whether an opt-out that changed may hide names from somebody."""
        return bool(self.index.parts.masks.get(person, 0) & self._changed_sight)

    def bits(self, person: int) -> int:
        """What tells somebody from others here."""
        return self.index.parts.masks.get(person, 0) & self._seen

    def is_lifted(self, person: int) -> bool:
        """Whether somebody has an exception of an opt-out here."""
        liftings = self.index.parts.liftings.get(person, ())
        return any(lifting.bits & self._seen for lifting in liftings)

    def touched_by_changed(self, person: int) -> BitMap:
        """Where an opt-out that changed applies to somebody."""
        return self.index.touched_by(person, self.changed, *self.asked, self.at)

    def states(self, person: int, area: BitMap) -> tuple[BitMap, BitMap]:
        """What is denied to somebody, and what is denied or restricted, in an area."""
        denied = self.index.denied_datasets(person, *self.asked, None, self.at)
        touched = self.index.touched_datasets(person, *self.asked, self.at)
        return denied & area, touched & area


def _changes(sides: tuple[_Side, _Side], person: int) -> Changes:
    before, after = sides
    area = before.touched_by_changed(person) | after.touched_by_changed(person)
    found = _of_data(sides, person, area) if area else {}
    if before.may_hide(person) or after.may_hide(person):
        gone, there = (side.index.hidden(person, side.at) for side in (after, before))
        found |= {Change.HIDDEN: gone - there, Change.SHOWN: there - gone}
    return {change: touched for change, touched in found.items() if touched}


def _of_data(sides: tuple[_Side, _Side], person: int, area: BitMap) -> dict[Change, BitMap]:
    before, after = sides
    denied_before, touched_before = before.states(person, area)
    denied_after, touched_after = after.states(person, area)
    restricted_before = touched_before - denied_before
    restricted_after = touched_after - denied_after
    return {
        Change.LOST: denied_after - denied_before,
        Change.GAINED: denied_before - denied_after,
        Change.NARROWED: restricted_after - touched_before,
        Change.WIDENED: restricted_before - touched_after,
        Change.ALTERED: restricted_before & restricted_after,
    }


def _alone(person: int, sides: tuple[_Side, _Side]) -> int:
    """A number of their own for whoever has an exception; ids are zero or greater."""
    return person + 1 if any(side.is_lifted(person) for side in sides) else 0


def _meets(slot: Slot, area: BitMap) -> bool:
    return bool(slot.touched.intersect(area))


def _pairs(part: Alike, change: Change) -> int:
    touched = part.datasets.get(change)
    return 0 if touched is None else len(part.people) * len(touched)


def _deciding(rule: Rule) -> Rule:
    """A rule without what only people read of it."""
    return replace(
        rule,
        number="",
        version=0,
        title="",
        category=Category.SECURITY,
        reason="",
        is_reason_withheld=False,
        owner="",
        ask="",
        until=None,
        review_by=None,
    )

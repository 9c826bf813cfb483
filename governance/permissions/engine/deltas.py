"""The next index from one before: only what changed is matched again.

A rule that ends leaves its bits behind as places that nothing answers to any more, so that no
person and no dataset has to be touched. When many have gathered the index is `is_worn` and
should be compiled anew when there is time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pyroaring import BitMap

from governance.permissions.engine.compiling import is_let_in, liftings, signature, slot_of
from governance.permissions.engine.coverage import Variant, coverage, names_columns
from governance.permissions.engine.index import Index
from governance.permissions.engine.pacing import breathe, breathing
from governance.permissions.engine.pages import PagedDraft
from governance.permissions.engine.parts import MatchedParts, Signature
from governance.permissions.engine.shelf import Reach
from governance.permissions.engine.slots import Slot, Slots
from governance.permissions.engine.subjects import Crowd, concerns
from governance.permissions.engine.types import Dataset, DatedException, Person, Rule

_FEW = 50
"""People or datasets that a rule is put on in some hundredths of a millisecond."""

_CHANGED = 5
"""People or datasets that rules are held against in some hundredths of a millisecond."""

_WORN = 0.5
"""An index with more than this share of freed places is worn."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since an index: records replaced or added, and ids of those gone."""

    version: int
    people: tuple[Person, ...] = ()
    gone_people: frozenset[int] = field(default_factory=frozenset)
    datasets: tuple[Dataset, ...] = ()
    gone_datasets: frozenset[int] = field(default_factory=frozenset)
    rules: tuple[Rule, ...] = ()
    gone_rules: frozenset[str] = field(default_factory=frozenset)
    exceptions: tuple[DatedException, ...] = ()
    gone_exceptions: frozenset[str] = field(default_factory=frozenset)


def next_index(index: Index, delta: Delta) -> Index:
    """The index after a delta. Raises ValueError where its version is older."""
    former = matched(index)
    parts = former
    if delta.version < parts.version:
        raise ValueError(f"Version {delta.version} is older than {parts.version}.")
    parts = replace(parts, version=delta.version)
    if delta.people or delta.gone_people:
        parts = _people(parts, delta)
    if delta.datasets or delta.gone_datasets:
        parts = _datasets(parts, delta, index.now())
    if delta.rules or delta.gone_rules:
        parts = _rules(parts, delta, index.now())
    exceptions: Mapping[str, DatedException] = parts.exceptions
    if delta.exceptions or delta.gone_exceptions:
        exceptions = {
            key: one for key, one in exceptions.items() if key not in delta.gone_exceptions
        } | {one.id: one for one in delta.exceptions}
    if (
        exceptions is not former.exceptions
        or parts.crowd is not former.crowd
        or parts.slots.by_rule != former.slots.by_rule
        or parts.rules.keys() != former.rules.keys()
    ):
        parts = replace(
            parts,
            exceptions=exceptions,
            liftings=liftings(exceptions.values(), parts.rules, parts.slots, parts.crowd),
        )
    return index.following(parts)


def matched(index: Index) -> MatchedParts:
    """The parts of an index that was compiled. Raises TypeError for one that a client unpacked:
    it holds what answers need, and takes in the changes that the service sends."""
    if not isinstance(index.parts, MatchedParts):
        raise TypeError("Only a compiled index is followed by another.")
    return index.parts


def is_worn(index: Index) -> bool:
    """Whether so many places are free that compiling anew pays."""
    slots = index.parts.slots.slots
    return len(slots) > 64 and slots.count(None) > _WORN * len(slots)


def _people(parts: MatchedParts, delta: Delta) -> MatchedParts:
    persons, masks = dict(parts.persons), dict(parts.masks)
    names = dict(parts.by_username)
    changed: dict[int, Person | None] = dict.fromkeys(delta.gone_people)
    changed |= {person.id: person for person in delta.people}
    inside: dict[int, Person | None] = {}
    for pk, person in breathing(changed.items(), _CHANGED):
        former = persons.pop(pk, None)
        masks.pop(pk, None)
        if former is not None and names.get(former.name) == pk:
            del names[former.name]  # unless somebody else has it by now
        inside[pk] = person if person and is_let_in(person, parts.floors) else None
        if person is None:
            continue
        persons[pk] = person
        names[person.name] = pk
        if inside[pk] is not None:
            masks[pk] = _mask_of(person, parts.slots.slots)
    return replace(
        parts,
        persons=persons,
        masks=masks,
        by_username=names,
        crowd=parts.crowd.changed(inside),
    )


def _mask_of(person: Person, slots: Iterable[Slot | None]) -> int:
    bits = 0
    for number, slot in enumerate(breathing(slots, _FEW)):
        if slot is not None and concerns(slot.rule, slot.variant, person):
            bits |= 1 << number
    return bits


def _rules(parts: MatchedParts, delta: Delta, now: float) -> MatchedParts:
    replaced = {rule.key for rule in delta.rules} | delta.gone_rules
    rules = {key: rule for key, rule in parts.rules.items() if key not in replaced}
    rules |= {rule.key: rule for rule in delta.rules}
    slots = [
        None if slot is None or slot.rule.key in replaced else slot for slot in parts.slots.slots
    ]
    draft = _Draft(slots, dict(parts.masks), PagedDraft(parts.signatures), parts)
    for rule in breathing(delta.rules, 1):
        for variant, reach in parts.shelf.reach(rule).items():
            draft.add(rule, variant, reach)
    return replace(
        parts,
        rules=rules,
        slots=Slots(draft.slots, now),
        masks=draft.masks,
        signatures=draft.signatures.finished(),
    )


class _Draft:
    """Slots, masks and signatures of the index to come."""

    def __init__(
        self,
        slots: list[Slot | None],
        masks: dict[int, int],
        signatures: PagedDraft[int, Signature],
        parts: MatchedParts,
    ) -> None:
        self.slots = slots
        self.masks = masks
        self.signatures = signatures
        self._crowd: Crowd = parts.crowd
        self._interned = parts.interned

    def add(self, rule: Rule, variant: Variant, reach: Reach) -> None:
        """A new bit on everybody and everything it concerns."""
        bit = 1 << len(self.slots)
        self.slots.append(slot_of(rule, variant, reach))
        breathe()
        for person in breathing(self._crowd.concerned(rule, variant), _FEW):
            self.masks[person] |= bit
        moved: dict[int, Signature] = {}
        signatures = self.signatures
        for pk in breathing(reach.whole, _FEW):
            former = signatures[pk]
            found = moved.get(former.number)
            if found is None:
                found = self._signed(former, former.whole | bit, {}, 0)
                moved[former.number] = found
            signatures[pk] = found
        by_name = bit if names_columns(rule.resources) else 0
        for pk, paths in breathing(reach.columns.items(), _FEW):
            former = signatures[pk]
            signatures[pk] = self._signed(former, former.whole, dict.fromkeys(paths, bit), by_name)

    def _signed(
        self, former: Signature, whole: int, more: Mapping[str, int], by_name: int
    ) -> Signature:
        columns = dict(former.columns or {})
        for path, bit in more.items():
            columns[path] = columns.get(path, 0) | bit
        return signature(self._interned, whole, columns or None, former.by_name | by_name)


def _datasets(parts: MatchedParts, delta: Delta, now: float) -> MatchedParts:
    records, signatures = PagedDraft(parts.records), PagedDraft(parts.signatures)
    by_name, present = PagedDraft(parts.by_name), BitMap(parts.present)
    changed: dict[int, Dataset | None] = dict.fromkeys(delta.gone_datasets)
    changed |= {dataset.id: dataset for dataset in delta.datasets}
    slots = list(parts.slots.slots)
    places = {
        (slot.rule.key, slot.variant): number
        for number, slot in enumerate(slots)
        if slot is not None
    }
    masks: dict[int, int] | None = None
    has_moved = False
    lost: set[str] = set()
    for pk, dataset in breathing(changed.items(), _CHANGED):
        former = records.pop(pk)
        signatures.pop(pk)
        present.discard(pk)
        lost |= _unnamed(by_name, pk, former)
        if dataset is not None:
            records[pk] = dataset
            present.add(pk)
            by_name[dataset.name] = pk
        held: dict[int, frozenset[str] | None] = {}
        for rule in breathing(parts.rules.values(), _FEW) if dataset is not None else ():
            assert dataset is not None
            covered = coverage(rule, dataset)
            if covered is None:
                continue
            place = places.get((rule.key, covered.variant))
            if place is None:
                place = len(slots)
                places[rule.key, covered.variant] = place
                slots.append(slot_of(rule, covered.variant, Reach()))
                masks = dict(parts.masks) if masks is None else masks
                for person in breathing(parts.crowd.concerned(rule, covered.variant), _FEW):
                    masks[person] |= 1 << place
            held[place] = covered.columns
        has_moved |= _move(slots, pk, held)
        if dataset is not None:
            signatures[pk] = _signature(parts, slots, held)
    named = [dataset for dataset in delta.datasets if dataset.aliases]
    if lost := {name for name in lost if by_name.get(name) is None}:
        # What was called so may have hidden that another has it as an alias.
        held_now = breathing(parts.records.values())
        named += [one for one in held_now if not lost.isdisjoint(one.aliases)]
    for dataset in breathing(named, _FEW):
        if changed.get(dataset.id, dataset) is not None:
            _called_also(by_name, records, dataset.id)
    now_there = records.finished()
    return replace(
        parts,
        records=now_there,
        signatures=signatures.finished(),
        by_name=by_name.finished(),
        present=present,
        masks=parts.masks if masks is None else masks,
        slots=Slots(slots, now) if has_moved or masks is not None else parts.slots,
        shelf=parts.shelf.changed(now_there, changed),
    )


def _unnamed(by_name: PagedDraft[str, int], pk: int, former: Dataset | None) -> set[str]:
    """Take the names of a dataset away; those that nothing goes by any more."""
    if former is None:
        return set()
    held = {name for name in (former.name, *former.aliases) if by_name.get(name) == pk}
    for name in held:
        by_name.pop(name)
    return held


def _called_also(by_name: PagedDraft[str, int], records: PagedDraft[int, Dataset], pk: int) -> None:
    """Give a dataset its aliases, but for what another is called."""
    record = records[pk]
    anew = [alias for alias in record.aliases if by_name.get(alias) is None]
    for alias in anew:
        by_name[alias] = pk
    if anew:
        records[pk] = replace(record)  # so that whoever compares indexes finds it changed


def _move(slots: list[Slot | None], pk: int, held: Mapping[int, frozenset[str] | None]) -> bool:
    """Put a dataset into the bitmaps of the slots that hold it, and out of all others; whether any
    changed."""
    alone = BitMap([pk])
    has_moved = False
    for number, slot in enumerate(breathing(slots, _FEW)):
        if slot is None:
            continue
        is_whole = number in held and held[number] is None
        is_touched = is_whole or bool(held.get(number))
        whole, touched = slot.whole, slot.touched
        if (pk in whole) != is_whole:
            whole = whole | alone if is_whole else whole - alone
        if (pk in touched) != is_touched:
            touched = touched | alone if is_touched else touched - alone
        if whole is not slot.whole or touched is not slot.touched:
            slots[number] = Slot(slot.rule, slot.variant, whole, touched)
            has_moved = True
    return has_moved


def _signature(
    parts: MatchedParts, slots: list[Slot | None], held: Mapping[int, frozenset[str] | None]
) -> Signature:
    whole = by_name = 0
    columns: dict[str, int] = {}
    for place, paths in held.items():
        bit = 1 << place
        if paths is None:
            whole |= bit
            continue
        for path in paths:
            columns[path] = columns.get(path, 0) | bit
        slot = slots[place]
        if slot is not None and names_columns(slot.rule.resources):
            by_name |= bit
    return signature(parts.interned, whole, columns or None, by_name)

"""From a state and changes to the next state; what does not change is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
from pyroaring import BitMap

from governance.permissions.bundling.documents import (
    ChangesDocument,
    DatasetDocument,
    SignatureDocument,
    as_bits,
)
from governance.permissions.bundling.named import bits_of, bits_of_people
from governance.permissions.bundling.on_demand import (
    People,
    Reaches,
    UnpackedSlot,
    dataset_of,
    named,
    places_in,
)
from governance.permissions.bundling.records import restored
from governance.permissions.bundling.sealing import BundleRefused
from governance.permissions.bundling.state import UNREADABLE, Unpacked
from governance.permissions.bundling.unpacking import liftings_in, require_format
from governance.permissions.engine import Dataset, Person
from governance.permissions.engine.pages import PagedDraft
from governance.permissions.engine.parts import Parts, Signature
from governance.permissions.engine.slots import Slot, Slots

_decode = msgspec.msgpack.Decoder(ChangesDocument).decode


def changes_in(body: bytes) -> ChangesDocument:
    """What a body says. Raises BundleRefused for none that can be read."""
    try:
        found = _decode(body)
    except UNREADABLE as error:
        raise BundleRefused(f"The changes cannot be read: {error}") from None
    require_format(found.format)
    return found


def followed(held: Unpacked, changes: ChangesDocument) -> Unpacked:
    """The state after changes. Raises BundleRefused where they follow another one, or where what
    comes out is not as much as the service has."""
    if changes.base != held.index.version:
        raise BundleRefused(f"The changes follow version {changes.base}, not {held.index.version}.")
    try:
        return _after(held, changes).checked()
    except BundleRefused:
        raise
    except UNREADABLE as error:
        raise BundleRefused(f"The changes cannot be taken in: {error!r:.300}") from None


def _after(held: Unpacked, changes: ChangesDocument) -> Unpacked:
    parts = held.index.parts
    rules = {rule.key: rule for rule in map(restored, changes.rules)}
    replaced = rules.keys() | set(changes.gone_rules)
    kept = {key: rule for key, rule in parts.rules.items() if key not in replaced} | rules
    places = {at: place for at, place in held.places.items() if at[0] not in replaced}
    size = len(parts.slots.slots)
    moved: dict[int, int] = {}
    for one in changes.slots:
        at = (one.rule, restored(one.variant))
        place = places.get(at)
        if place is None:
            place = places[at] = size
            size += 1
        moved[one.place] = place
    bits = _Renumbering(moved)
    masks, persons, by_username = _people_after(held, changes, bits)
    data = _DataDraft(held, bits)
    for name in changes.gone_datasets:
        data.drop(name)
    for dataset in changes.datasets:
        data.put(dataset)
    now = data.signatures.finished()
    reaches = Reaches(now)
    slots: list[Slot | None] = [None] * size
    for (rule, variant), place in places.items():
        slots[place] = UnpackedSlot(kept[rule], variant, place, reaches)
    slots_now = Slots(slots, held.index.now())
    exceptions, liftings = parts.exceptions, parts.liftings
    if changes.liftings is not None:
        exceptions, liftings = liftings_in(changes.liftings, slots_now)
    records = held.data.changed(data.changed) if data.changed else held.data
    is_same = masks is parts.masks and changes.liftings is None
    following = Parts(
        version=changes.version, floors=parts.floors, persons=persons, records=records, rules=kept,
        exceptions=exceptions, slots=slots_now, masks=masks, signatures=now, liftings=liftings,
        by_username=by_username, by_name=data.by_name, present=data.present,
    )  # fmt: skip
    return replace(
        held,
        index=held.index.following(following),
        counts=changes.counts, places=places, people=persons, data=records, open=data.open,
        next_dataset=data.next_dataset, next_signature=data.next_signature,
        people_bits=held.people_bits if is_same else bits_of_people(following),
        data_bits=data.bits,
    )  # fmt: skip


def _people_after(
    held: Unpacked, changes: ChangesDocument, bits: _Renumbering
) -> tuple[Mapping[int, int], People, Mapping[str, int]]:
    parts = held.index.parts
    slots = [one for one in changes.slots if one.people]
    if not (changes.people or changes.gone_people or slots):
        return parts.masks, held.people, parts.by_username
    masks = dict(parts.masks)
    for slot in slots:
        bit = bits(1 << slot.place)
        for pk in BitMap.deserialize(slot.people):
            masks[pk] |= bit
    if not changes.people and not changes.gone_people:
        return masks, held.people, parts.by_username
    by_username = dict(parts.by_username)
    for pk in (*changes.gone_people, *(one.id for one in changes.people)):
        masks.pop(pk, None)
        former = held.people.get(pk)
        if former is not None:
            by_username.pop(former.name, None)
    made: dict[int, Person] = {}
    for one in changes.people:
        made[one.id] = Person(
            one.id, one.name, frozenset(one.groups), named(one.attributes, one.name),
            one.is_active,
        )  # fmt: skip
        by_username[one.name] = one.id
        if one.mask is not None:
            masks[one.id] = bits(as_bits(one.mask))
    return masks, held.people.changed(made, frozenset(changes.gone_people)), by_username


class _DataDraft:
    """The data to come: what does not change is shared with the state before."""

    def __init__(self, held: Unpacked, bits: _Renumbering) -> None:
        parts = held.index.parts
        self.signatures = PagedDraft(parts.signatures)
        self.changed: dict[int, Dataset | None] = {}
        self.by_name: Mapping[str, int] = parts.by_name
        self.bits: Mapping[str, int] = held.data_bits
        self.present, self.open = parts.present, held.open
        self.next_dataset, self.next_signature = held.next_dataset, held.next_signature
        self._bits = bits
        self._interned: dict[bytes, Signature] = {}
        self._own_names: dict[str, int] | None = None
        self._own_bits: dict[str, int] | None = None

    def drop(self, name: str) -> None:
        """Data that is gone, or not the client's any more."""
        number = self.by_name.get(name)
        if number is None:
            return
        del self._names()[name]
        del self._drafted_bits()[name]
        self.signatures.pop(number)
        self.changed[number] = None
        self.open = self.open - BitMap([number])
        self.present = self.present - BitMap([number])

    def put(self, one: DatasetDocument) -> None:
        """Data that is new or changed."""
        number = self.by_name.get(one.name)
        if number is None:
            number = self._names()[one.name] = self.next_dataset
            self.next_dataset += 1
            self.present = self.present | BitMap([number])
        signature = self._signature(one.signature)
        self.signatures[number] = signature
        self._drafted_bits()[one.name] = bits_of(signature)
        self.changed[number] = dataset_of(number, one.name, one.columns, one.modified)
        if one.is_open != (number in self.open):
            alone = BitMap([number])
            self.open = self.open | alone if one.is_open else self.open - alone

    def _signature(self, one: SignatureDocument) -> Signature:
        key = msgspec.msgpack.encode(one)
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = self._bits.signature(one, self.next_signature)
            self.next_signature += 1  # answers are kept by it: no other signature may have it
        return found

    def _drafted_bits(self) -> dict[str, int]:
        if self._own_bits is None:
            self.bits = self._own_bits = dict(self.bits)
        return self._own_bits

    def _names(self) -> dict[str, int]:
        if self._own_names is None:
            self.by_name = self._own_names = dict(self.by_name)
        return self._own_names


class _Renumbering:
    """Sets of bits of a document as sets of our own places."""

    def __init__(self, moved: Mapping[int, int]) -> None:
        self._moved = moved
        self._is_same = all(place == own for place, own in moved.items())

    def __call__(self, bits: int) -> int:
        """The same slots. Raises KeyError for one that the document does not name."""
        if self._is_same:
            return bits
        found = 0
        for place in places_in(bits):
            found |= 1 << self._moved[place]
        return found

    def signature(self, one: SignatureDocument, number: int) -> Signature:
        """A signature, renumbered."""
        columns = (
            {path: self(as_bits(bits)) for path, bits in one.columns.items()}
            if one.columns
            else None
        )
        return Signature(self(as_bits(one.whole)), columns, self(as_bits(one.by_name)), number)

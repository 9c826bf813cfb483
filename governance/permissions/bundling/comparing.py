"""What changed between two indexes of one process, for a client that has the first.

Both have to number their slots alike: one was made from the other by deltas. What they share is
the same object, so most of it is passed over at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from pyroaring import BitMap

from governance.permissions.bundling.documents import (
    FORMAT,
    ChangesDocument,
    DatasetDocument,
    PersonDocument,
    SignatureDocument,
    SlotDocument,
    as_bits,
    as_bytes,
)
from governance.permissions.bundling.packing import (
    Terms,
    attributes_of,
    counts_of,
    liftings_of,
    live_bits,
    looked_at,
    signature_document,
)
from governance.permissions.bundling.records import plain
from governance.permissions.engine import Dataset, Index
from governance.permissions.engine.pages import PLACES, Paged
from governance.permissions.engine.parts import MatchedParts, Signature


def changes_between(former: Index, index: Index, terms: Terms | None = None) -> bytes | None:
    """The changes after `former`, not yet compressed; None where the two do not number alike, so
    that only a whole bundle serves."""
    before, now = former.parts, index.parts
    if not isinstance(before, MatchedParts) or not isinstance(now, MatchedParts):
        return None
    if before.interned is not now.interned or before.floors != now.floors:
        return None
    return msgspec.msgpack.encode(_Comparison(before, now, terms or Terms()).document())


class _Comparison:
    def __init__(self, before: MatchedParts, now: MatchedParts, terms: Terms) -> None:
        self.before = before
        self.now = now
        self.terms = terms
        self.live = live_bits(now)

    def document(self) -> ChangesDocument:
        """See the module."""
        before, now = self.before, self.now
        changed = self._changed_rules()
        fresh = 0
        for key in changed:
            fresh |= now.slots.by_rule.get(key, 0)
        people, gone_people, concerned = self._people(fresh)
        datasets, gone_datasets = self._datasets()
        has_other_liftings = (
            before.exceptions != now.exceptions or before.liftings != now.liftings or changed
        )
        return ChangesDocument(
            format=FORMAT,
            base=before.version,
            version=now.version,
            counts=counts_of(now, self._listed()),
            rules=[plain(now.rules[key]) for key in sorted(changed & now.rules.keys())],
            gone_rules=sorted(changed - now.rules.keys()),
            slots=self._slots(fresh, concerned, people, datasets),
            liftings=liftings_of(now) if has_other_liftings else None,
            people=people,
            gone_people=gone_people,
            datasets=datasets,
            gone_datasets=gone_datasets,
        )

    def _listed(self) -> int:
        """How many datasets the client has in the end."""
        named, records, systems = self.now.by_name, self.now.records.pages, self.terms.systems
        if not systems:
            return len(named)
        return sum(
            records[pk & PLACES][pk].system_of(name) in systems
            for page in named.pages
            for name, pk in page.items()
        )

    def _changed_rules(self) -> set[str]:
        """The keys of rules that are new, gone, another, or whose places were freed."""
        before, now = self.before, self.now
        held, holds = before.slots.by_rule, now.slots.by_rule
        return {
            key
            for key in before.rules.keys() | now.rules.keys()
            if before.rules.get(key) != now.rules.get(key) or held.get(key, 0) & ~holds.get(key, 0)
        }

    def _slots(
        self,
        fresh: int,
        concerned: dict[int, BitMap],
        people: list[PersonDocument],
        datasets: list[DatasetDocument],
    ) -> list[SlotDocument]:
        """Every slot of a changed rule, and all that the bits of people and data mean."""
        bits = fresh
        for person in people:
            bits |= as_bits(person.mask or b"")
        for dataset in datasets:
            bits |= _bits_of(dataset.signature)
        slots = self.now.slots.with_bits(bits)
        return [
            SlotDocument(
                bit.bit_length() - 1, slot.rule.key, plain(slot.variant),
                concerned[bit].serialize() if bit in concerned else b"",
            )
            for bit, slot in slots
        ]  # fmt: skip

    def _people(self, fresh: int) -> tuple[list[PersonDocument], list[int], dict[int, BitMap]]:
        """Who is new, changed or gone, and whom each fresh slot concerns of all others."""
        before, now = self.before, self.now
        if before.masks is now.masks and before.persons is now.persons:
            return [], [], {}
        found = []
        concerned: dict[int, list[int]] = {}
        lasting = self.live & ~fresh
        for pk, person in now.persons.items():
            mask, former = now.masks.get(pk), before.masks.get(pk)
            if before.persons.get(pk) is person:
                if mask == former:
                    continue
                if mask is not None and former is not None and not (mask ^ former) & lasting:
                    for bit, _ in now.slots.with_bits(mask & fresh):
                        concerned.setdefault(bit, []).append(pk)
                    continue
            found.append(
                PersonDocument(
                    pk, person.name, sorted(person.groups), attributes_of(person),
                    person.is_active, None if mask is None else as_bytes(mask & self.live),
                )
            )  # fmt: skip
        gone = sorted(before.persons.keys() - now.persons.keys())
        return found, gone, {bit: BitMap(people) for bit, people in concerned.items()}

    def _datasets(self) -> tuple[list[DatasetDocument], list[str]]:
        before, now, terms = self.before, self.now, self.terms
        touched = set(_differing(before.records, now.records))
        touched.update(_differing(before.signatures, now.signatures))
        names: dict[str, DatasetDocument] = {}
        gone: set[str] = set()
        for pk in touched:
            former, record = before.records.get(pk), now.records.get(pk)
            if former is not None:
                gone.update(name for name in _names(before, former) if terms.covers(former, name))
            if record is None:
                continue
            for name in _names(now, record):
                if terms.covers(record, name):
                    names[name] = self._dataset(name, now.signatures[pk], record)
        return [names[name] for name in sorted(names)], sorted(gone - names.keys())

    def _dataset(self, name: str, signature: Signature, record: Dataset) -> DatasetDocument:
        return DatasetDocument(
            name,
            signature_document(signature, self.live),
            looked_at(signature, record),
            record.modified_at,
            self.terms.opens(record),
        )


def _names(parts: MatchedParts, record: Dataset) -> list[str]:
    """What a dataset is found by; an alias that another is called is none."""
    known = parts.by_name
    return [name for name in (record.name, *record.aliases) if known.get(name) == record.id]


_V = TypeVar("_V", Dataset, Signature)


def _differing(before: Paged[int, _V], now: Paged[int, _V]) -> Iterator[int]:
    for page, other in zip(before.pages, now.pages, strict=True):
        if page is other:
            continue
        yield from page.keys() - other.keys()
        held = page.get
        yield from [pk for pk, value in other.items() if held(pk) is not value]


def _bits_of(signature: SignatureDocument) -> int:
    bits = as_bits(signature.whole) | as_bits(signature.by_name)
    for one in _values(signature.columns):
        bits |= as_bits(one)
    return bits


def _values(columns: dict[str, bytes] | None) -> Iterable[bytes]:
    return columns.values() if columns else ()

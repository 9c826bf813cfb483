"""From an index to a bundle: everything that answers need, nothing that only matching needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

import msgspec
from pyroaring import BitMap

from governance.permissions.bundling.documents import (
    FORMAT,
    BundleDocument,
    Counts,
    DatasetsDocument,
    LiftingDocument,
    PeopleDocument,
    SignatureDocument,
    SlotDocument,
    as_bytes,
)
from governance.permissions.bundling.records import plain
from governance.permissions.engine import Dataset, Index, Person
from governance.permissions.engine.pacing import breathing, in_steps
from governance.permissions.engine.parts import Parts, Signature


def _nothing_is_open(dataset: Dataset) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client gets: data of `systems`, all of it where none is named; `opens` says which may
    be served for longer than the rest when the service is away."""

    systems: frozenset[str] = frozenset()
    opens: Callable[[Dataset], bool] = _nothing_is_open

    def covers(self, dataset: Dataset, name: str) -> bool:
        """Whether a dataset is one of the client's by one of its names."""
        return not self.systems or dataset.system_of(name) in self.systems


def packed(index: Index, terms: Terms | None = None) -> bytes:
    """The bundle of an index, not yet compressed."""
    terms = terms or Terms()
    parts = index.parts
    live = live_bits(parts)
    named = _in_order(named_in(parts, terms))
    return msgspec.msgpack.encode(
        BundleDocument(
            format=FORMAT,
            version=index.version,
            counts=counts_of(parts, len(named)),
            systems=sorted(terms.systems),
            floors=plain(parts.floors),
            rules=[plain(rule) for rule in parts.rules.values()],
            slots=[
                SlotDocument(place, slot.rule.key, plain(slot.variant))
                for place, slot in enumerate(parts.slots.slots)
                if slot is not None
            ],
            liftings=liftings_of(parts),
            people=_people(parts, live),
            datasets=_datasets(parts, named, live, terms),
        )
    )


def _in_order(named: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Names sorted in short pieces: a hundred thousand take a tenth of a second in one call into C,
    in which the process that packs for clients answers no gateway."""
    return list(breathing(merge(*[sorted(some) for some in in_steps(named)])))


def counts_of(parts: Parts, datasets: int) -> Counts:
    """What whoever unpacks has to have in the end."""
    return Counts(len(parts.persons), datasets, len(parts.rules), len(parts.exceptions))


def named_in(parts: Parts, terms: Terms) -> Iterator[tuple[str, int]]:
    """The names of a client's data, each with its id here."""
    if not terms.systems:
        yield from parts.by_name.items()
        return
    for name, pk in parts.by_name.items():
        if terms.covers(parts.records[pk], name):
            yield name, pk


def live_bits(parts: Parts) -> int:
    """The places that something answers to."""
    return sum(1 << place for place, slot in enumerate(parts.slots.slots) if slot is not None)


def liftings_of(parts: Parts) -> list[LiftingDocument]:
    """All exceptions with the people whom they concern now."""
    people: dict[str, list[int]] = {key: [] for key in parts.exceptions}
    for person, liftings in parts.liftings.items():
        for lifting in liftings:
            people[lifting.exception.id].append(person)
    return [LiftingDocument(plain(parts.exceptions[key]), who) for key, who in people.items()]


def signature_document(signature: Signature, live: int) -> SignatureDocument:
    """The rules on data, without places that were freed."""
    columns = {
        path: as_bytes(bits & live)
        for path, bits in (signature.columns or {}).items()
        if bits & live
    }
    return SignatureDocument(
        as_bytes(signature.whole & live), as_bytes(signature.by_name & live), columns or None
    )


def looked_at(signature: Signature, record: Dataset) -> list[str] | None:
    """The paths of a dataset, where a rule asks for those that are listed."""
    return None if signature.is_plain else list(record.columns)


def attributes_of(person: Person) -> dict[str, str]:
    """What is known of somebody, their name aside where it is repeated."""
    return {
        name: value
        for name, value in person.attributes.items()
        if value and not (name == "username" and value == person.name)
    }


def _people(parts: Parts, live: int) -> PeopleDocument:
    people = [parts.persons[pk] for pk in sorted(parts.persons)]
    places = _places(group for one in people for group in sorted(one.groups))
    known = [attributes_of(one) for one in people]
    names = sorted({name for one in known for name in one})
    masks = (parts.masks.get(one.id) for one in people)
    return PeopleDocument(
        ids=[one.id for one in people],
        names=[one.name for one in people],
        groups=list(places),
        memberships=[sorted(places[group] for group in one.groups) for one in people],
        attributes={name: _coded(known, name) for name in names},
        inactive=[one.id for one in people if not one.is_active],
        masks=[None if mask is None else as_bytes(mask & live) for mask in masks],
    )


def _coded(known: list[dict[str, str]], name: str) -> tuple[list[str], list[int]]:
    places = _places(["", *(one.get(name, "") for one in known)])
    return list(places), [places[one.get(name, "")] for one in known]


def _places(values: Iterable[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for value in values:
        places.setdefault(value, len(places))
    return places


def _datasets(
    parts: Parts, named: Collection[tuple[str, int]], live: int, terms: Terms
) -> DatasetsDocument:
    folders, rests = _by_folder(name for name, _ in named)
    numbers: list[int] = []
    table: dict[int, int] = {}
    signatures: list[SignatureDocument] = []
    columns: dict[int, list[str]] = {}
    modified: dict[int, float] = {}
    aged = parts.slots.aged
    opened: list[int] = []
    for place, (_, pk) in enumerate(named):
        signature, record = parts.signatures[pk], parts.records[pk]
        number = table.get(signature.number)
        if number is None:
            number = table[signature.number] = len(signatures)
            signatures.append(signature_document(signature, live))
        numbers.append(number)
        listed = looked_at(signature, record)
        if listed is not None:
            columns[place] = listed
        if record.modified_at is not None and (signature.any | signature.by_name) & aged:
            modified[place] = record.modified_at
        if terms.opens(record):
            opened.append(place)
    return DatasetsDocument(
        folders=folders,
        rests=rests,
        signatures=signatures,
        numbers=b"".join(_planes(numbers)),
        columns=columns,
        modified=modified,
        open=BitMap(opened).serialize(),
    )


def _by_folder(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """What names begin with, each once where they are sorted, and the rests of each."""
    folders, rests = [], []
    for folder, found in groupby(names, key=_folder):
        folders.append(folder)
        rests.append("\0".join(name[len(folder) :] for name in found))
    return folders, rests


def _folder(name: str) -> str:
    return name[: max(name.rfind("."), name.rfind("/")) + 1]


def _planes(numbers: list[int]) -> Iterator[bytes]:
    """The lowest byte of each number, then the next, four in all."""
    for shift in (0, 8, 16, 24):
        yield bytes(number >> shift & 0xFF for number in numbers)

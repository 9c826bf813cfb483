"""From a bundle to an index in tens of milliseconds.

Datasets are numbered by whoever unpacks; numbers mean nothing elsewhere.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from time import time

import msgspec
from pyroaring import BitMap

from governance.permissions.bundling.documents import (
    FORMAT,
    BundleDocument,
    DatasetsDocument,
    LiftingDocument,
    SignatureDocument,
    as_bits,
)
from governance.permissions.bundling.on_demand import Data, People, Reaches, UnpackedSlot
from governance.permissions.bundling.records import restored
from governance.permissions.bundling.sealing import BundleRefused
from governance.permissions.bundling.state import UNREADABLE, Unpacked
from governance.permissions.engine import DatedException, Index
from governance.permissions.engine.coverage import Variant
from governance.permissions.engine.pages import PLACES, Paged
from governance.permissions.engine.parts import Lifting, Parts, Signature
from governance.permissions.engine.slots import Slot, Slots

_decode = msgspec.msgpack.Decoder(BundleDocument).decode


def unpacked(body: bytes, clock: Callable[[], float] = time) -> Unpacked:
    """What a body says. Raises BundleRefused for none that can be read."""
    was_enabled = gc.isenabled()
    gc.disable()  # it would walk through everything made so far, again and again
    try:
        document = _decode(body)
        require_format(document.format)
        return _unpacked(document, clock)
    except BundleRefused:
        raise
    except UNREADABLE as error:
        raise BundleRefused(f"The bundle cannot be read: {error!r:.300}") from None
    finally:
        if was_enabled:
            gc.enable()


def require_format(number: int) -> None:
    """Raises BundleRefused for a document that another version of the client reads."""
    if number != FORMAT:
        raise BundleRefused(
            f"The bundle is of format {number}, this client reads {FORMAT}: update it."
        )


def _unpacked(document: BundleDocument, clock: Callable[[], float]) -> Unpacked:
    rules = {rule.key: rule for rule in map(restored, document.rules)}
    names = _names(document.datasets)
    held_signatures = _signatures(document.datasets, len(names))
    signatures = _paged(held_signatures)
    reaches = Reaches(signatures)
    slots: list[Slot | None] = []
    places: dict[tuple[str, Variant], int] = {}
    for one in document.slots:
        slots += [None] * (one.place - len(slots))
        variant = restored(one.variant)
        places[one.rule, variant] = one.place
        slots.append(UnpackedSlot(rules[one.rule], variant, one.place, reaches))
    held = Slots(slots, clock())
    people = People(document.people)
    by_name = dict(zip(names, range(len(names)), strict=True))
    data = Data(names, document.datasets.columns, document.datasets.modified)
    masks = zip(document.people.ids, document.people.masks, strict=True)
    exceptions, liftings = liftings_in(document.liftings, held)
    parts = Parts(
        version=document.version,
        floors=restored(document.floors),
        persons=people,
        records=data,
        rules=rules,
        exceptions=exceptions,
        slots=held,
        masks={pk: int.from_bytes(mask, "little") for pk, mask in masks if mask is not None},
        signatures=signatures,
        liftings=liftings,
        by_username=dict(zip(document.people.names, document.people.ids, strict=True)),
        by_name=by_name,
        present=BitMap(range(len(names))),
    )
    return Unpacked(
        index=Index(parts, clock=clock),
        counts=document.counts,
        systems=frozenset(document.systems),
        places=places,
        people=people,
        data=data,
        open=BitMap.deserialize(document.datasets.open),
        next_dataset=len(names),
        next_signature=len(document.datasets.signatures),
        signed=dict(zip(names, held_signatures, strict=True)),
        asking=asking(parts),
    ).checked()


def asking(parts: Parts) -> Mapping[str, tuple[int, int]]:
    """Everybody who is let in, by user name."""
    masks = parts.masks
    return {name: (pk, masks[pk]) for name, pk in parts.by_username.items() if pk in masks}


def _names(document: DatasetsDocument) -> list[str]:
    names = []
    former = ""
    rests = document.rests.split("\0") if document.shared else []
    for length, rest in zip(document.shared, rests, strict=True):
        former = former[:length] + rest
        names.append(former)
    return names


def _signatures(document: DatasetsDocument, count: int) -> list[Signature]:
    """The signature of each dataset, in their order."""
    made = [_signature(one, number) for number, one in enumerate(document.signatures)]
    planes = [document.numbers[count * plane : count * (plane + 1)] for plane in range(4)]
    if any(planes[2]) or any(planes[3]):
        numbers = [a | b << 8 | c << 16 | d << 24 for a, b, c, d in zip(*planes, strict=True)]
    else:
        numbers = [low | high << 8 for low, high in zip(planes[0], planes[1], strict=True)]
    return [made[number] for number in numbers]


def _paged(held: Sequence[Signature]) -> Paged[int, Signature]:
    count = len(held)
    step = PLACES + 1
    return Paged(
        [dict(zip(range(page, count, step), held[page::step], strict=True)) for page in range(step)]
    )


def _signature(one: SignatureDocument, number: int) -> Signature:
    columns = {path: as_bits(bits) for path, bits in one.columns.items()} if one.columns else None
    return Signature(as_bits(one.whole), columns, as_bits(one.by_name), number)


def liftings_in(
    documents: Sequence[LiftingDocument], slots: Slots
) -> tuple[dict[str, DatedException], dict[int, tuple[Lifting, ...]]]:
    exceptions: dict[str, DatedException] = {}
    found: dict[int, tuple[Lifting, ...]] = {}
    for one in sorted(documents, key=lambda one: str(one.exception[1])):
        exception: DatedException = restored(one.exception)
        exceptions[exception.id] = exception
        bits = slots.by_rule.get(exception.rule, 0)
        for person in one.people:
            found[person] = (*found.get(person, ()), Lifting(bits, exception))
    return exceptions, found

"""From a bundle to an index in tens of milliseconds.

Datasets are numbered by whoever unpacks; numbers mean nothing elsewhere.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Callable, Sequence
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
from governance.permissions.bundling.named import bits_of, bits_of_people
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
    made = [_signature(one, number) for number, one in enumerate(document.datasets.signatures)]
    numbers = _numbers(document.datasets.numbers, len(names))
    signatures = _paged(made, numbers)
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
    bits = [bits_of(one) for one in made]
    data_bits = by_name.copy()  # so that neither hashes nor sizes are found again
    data_bits.update(zip(names, map(bits.__getitem__, numbers), strict=True))
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
        people_bits=bits_of_people(parts),
        data_bits=data_bits,
    ).checked()


def _names(document: DatasetsDocument) -> list[str]:
    names: list[str] = []
    for folder, rests in zip(document.folders, document.rests, strict=True):
        names += (folder + rests.replace("\0", f"\0{folder}")).split("\0")
    return names


def _numbers(planes: bytes, count: int) -> Sequence[int]:
    """The place of each dataset's signature."""
    numbers = bytearray(4 * count)
    for plane in range(4):
        numbers[plane::4] = planes[count * plane : count * (plane + 1)]
    return struct.unpack(f"<{count}I", numbers)


def _paged(made: Sequence[Signature], numbers: Sequence[int]) -> Paged[int, Signature]:
    count, step, of = len(numbers), PLACES + 1, made.__getitem__
    return Paged(
        [
            dict(zip(range(page, count, step), map(of, numbers[page::step]), strict=True))
            for page in range(step)
        ]
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

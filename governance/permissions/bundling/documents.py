"""The parts of a bundle and of the changes after one, as they are written (MessagePack).

A set of bits is an integer as little-endian bytes. The bits are places in the document's own list
of slots. Datasets have no ids here: their place in the sorted list of names is their number.
"""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = 2


class SignatureDocument(msgspec.Struct, array_like=True, gc=False):
    """The rules on a dataset: see `engine.parts.Signature`."""

    whole: bytes
    by_name: bytes = b""
    columns: dict[str, bytes] | None = None


class PeopleDocument(msgspec.Struct, array_like=True):
    """Everybody, by columns. `memberships` are places in `groups`; each attribute has its values
    and for each person the place of theirs, 0 where it is not known. `masks` of those whom a floor
    denies everything are None."""

    ids: list[int]
    names: list[str]
    groups: list[str]
    memberships: list[list[int]]
    attributes: dict[str, tuple[list[str], list[int]]]
    inactive: list[int]
    masks: list[bytes | None]


class DatasetsDocument(msgspec.Struct, array_like=True):
    """Everything listed. Names are sorted and told by what they begin with up to their last part,
    and for each such `folders` the last parts, parted by NUL, which no name holds.
    `numbers` are places in `signatures`, low bytes first, then high ones. `columns` are the paths
    of data with rules on columns, `modified` when data changed last where that matters, `open` a
    bitmap of what may be served for longer."""

    folders: list[str]
    rests: list[str]
    signatures: list[SignatureDocument]
    numbers: bytes
    columns: dict[int, list[str]]
    modified: dict[int, float]
    open: bytes


class SlotDocument(msgspec.Struct, array_like=True):
    """A bit: its place, the rule and the variant of it. Among changes, `people` is a bitmap of
    those whom a new one concerns and of whom nothing else changed."""

    place: int
    rule: str
    variant: Any
    people: bytes = b""


class LiftingDocument(msgspec.Struct, array_like=True):
    """An exception, with the people whom it concerns."""

    exception: Any
    people: list[int]


class Counts(msgspec.Struct, array_like=True, frozen=True):
    """How much of everything there is, after changes too: whoever counts otherwise starts anew."""

    people: int
    datasets: int
    rules: int
    exceptions: int


class BundleDocument(msgspec.Struct, array_like=True):
    """A whole state. `systems` are those whose data it lists."""

    format: int
    version: int
    counts: Counts
    systems: list[str]
    floors: Any
    rules: list[Any]
    slots: list[SlotDocument]
    liftings: list[LiftingDocument]
    people: PeopleDocument
    datasets: DatasetsDocument


class PersonDocument(msgspec.Struct, array_like=True):
    """Somebody who changed or is new; `mask` as in `PeopleDocument`."""

    id: int
    name: str
    groups: list[str]
    attributes: dict[str, str]
    is_active: bool
    mask: bytes | None


class DatasetDocument(msgspec.Struct, array_like=True):
    """Data that changed or is new."""

    name: str
    signature: SignatureDocument
    columns: list[str] | None
    modified: float | None
    is_open: bool


class ChangesDocument(msgspec.Struct, array_like=True):
    """What changed after `base`. `slots` are all that the bits here mean. `liftings` are all
    exceptions where any changed."""

    format: int
    base: int
    version: int
    counts: Counts
    rules: list[Any]
    gone_rules: list[str]
    slots: list[SlotDocument]
    liftings: list[LiftingDocument] | None
    people: list[PersonDocument]
    gone_people: list[int]
    datasets: list[DatasetDocument]
    gone_datasets: list[str]


def as_bytes(bits: int) -> bytes:
    """A set of bits."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def as_bits(data: bytes) -> int:
    """The set of bits that the bytes hold."""
    return int.from_bytes(data, "little")

"""What an index holds, of which a delta makes the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from governance.permissions.engine.pages import Paged
from governance.permissions.engine.shelf import Shelf
from governance.permissions.engine.slots import Slots
from governance.permissions.engine.subjects import Crowd
from governance.permissions.engine.types import Dataset, DatedException, Floors, Person, Rule


class Signature:
    """The rules that cover a dataset: `any` of it, the `whole`, each of its `columns`.

    `by_name` are rules that name columns by patterns, for columns that the catalog does not list;
    `any_column` are those and all on columns. `is_plain` where no rule is about columns.
    """

    __slots__ = ("any", "any_column", "by_name", "columns", "is_plain", "number", "whole")

    def __init__(
        self, whole: int, columns: Mapping[str, int] | None, by_name: int, number: int
    ) -> None:
        self.whole = whole
        self.columns = columns
        self.by_name = by_name
        self.number = number
        self.is_plain = columns is None and not by_name
        self.any = whole
        for bits in columns.values() if columns else ():
            self.any |= bits
        self.any_column = (self.any & ~whole) | by_name


@dataclass(frozen=True, slots=True)
class Lifting:
    """An exception as it concerns one person: the bits it lifts, when, on which datasets."""

    bits: int
    exception: DatedException


@dataclass(frozen=True, slots=True)
class Parts:
    """What an index answers from."""

    version: int
    floors: Floors
    persons: Mapping[int, Person]
    records: Mapping[int, Dataset]
    rules: Mapping[str, Rule]
    exceptions: Mapping[str, DatedException]
    slots: Slots
    masks: Mapping[int, int]
    signatures: Paged[int, Signature]
    liftings: Mapping[int, tuple[Lifting, ...]]
    by_username: Mapping[str, int]
    by_name: Mapping[str, int]
    present: BitMap


@dataclass(frozen=True, slots=True)
class MatchedParts(Parts):
    """The same with what people and data were matched by, of which a delta makes the next index.

    `interned` is handed on: two indexes that share it number their slots alike.
    """

    records: Paged[int, Dataset]
    by_name: Paged[str, int]
    crowd: Crowd
    shelf: Shelf
    interned: dict[tuple[int, tuple[tuple[str, int], ...], int], Signature]


def touched_bits(signature: Signature, columns: Sequence[str] | None) -> int:
    """The rules on a dataset that a use of some columns touches."""
    if columns is None or signature.columns is None:
        return signature.any
    bits = signature.whole
    for path in columns:
        bits |= signature.columns.get(path, 0)
    return bits


def columns_of_bit(
    bit: int, signature: Signature, unlisted: Mapping[str, int]
) -> frozenset[str] | None:
    """The columns that a rule covers here, `unlisted` ones included; None for the whole."""
    if signature.whole & bit:
        return None
    listed = signature.columns or {}
    found = {path for path, bits in listed.items() if bits & bit}
    found |= {path for path, bits in unlisted.items() if bits & bit}
    return frozenset(found)

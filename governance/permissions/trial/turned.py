"""An index turned around: the people of each bit, the data under it, who is excepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyroaring import BitMap

from governance.permissions.engine import DatedException, Index
from governance.permissions.engine.deltas import matched
from governance.permissions.engine.parts import Signature


class Turned:
    """An index at an instant, asked by opt-out and by bit instead of by person and dataset."""

    def __init__(self, index: Index, at: float) -> None:
        self.index, self.at = index, at
        self.parts = matched(index)
        self.slots = self.parts.slots
        self._people = _people_by_place(index)
        self._signatures = _signatures_by_bit(index)
        self._by_rule = {key: self._people_under(bits) for key, bits in self.slots.by_rule.items()}
        self._excepted: dict[str, BitMap] = {}
        self._exceptions: dict[str, list[tuple[DatedException, BitMap]]] = {}
        for exception in sorted(index.parts.exceptions.values(), key=lambda one: one.id):
            held = self._exceptions.setdefault(exception.rule, [])
            held.append((exception, self._meant(exception)))

    def bits_of(self, key: str) -> int:
        """The bits of an opt-out."""
        return self.slots.by_rule.get(key, 0)

    def people_at(self, bit: int) -> BitMap:
        """Everybody with a bit."""
        return self._people[bit.bit_length() - 1]

    def people_of(self, key: str) -> BitMap:
        """Everybody whom an opt-out concerns anywhere."""
        return self._by_rule.get(key, BitMap())

    def datasets_of(self, key: str) -> BitMap:
        """Every dataset that an opt-out touches."""
        return BitMap.union(BitMap(), *(slot.touched for slot in self.slots.of(self.bits_of(key))))

    def signatures_under(self, bit: int) -> list[Signature]:
        """The sets of opt-outs of the datasets under a bit, each once."""
        return self._signatures.get(bit, [])

    def exceptions_of(self, key: str) -> list[tuple[DatedException, BitMap]]:
        """The dated exceptions of an opt-out with whom they except, by their ids."""
        return self._exceptions.get(key, [])

    def excepted_from(self, key: str) -> BitMap:
        """Everybody who has, or will have, an exception of an opt-out anywhere."""
        found = self._excepted.get(key)
        if found is None:
            held = (meant for one, meant in self.exceptions_of(key) if one.ends > self.at)
            found = self._excepted[key] = BitMap.union(BitMap(), *held)
        return found

    def _people_under(self, bits: int) -> BitMap:
        return BitMap.union(BitMap(), *map(self.people_at, each(bits)))

    def _meant(self, exception: DatedException) -> BitMap:
        crowd = self.parts.crowd
        named = exception.people & crowd.people.keys()
        return BitMap(crowd.members(exception.groups)) | BitMap(named)


def each(bits: int) -> Iterator[int]:
    """Each bit by itself, the lowest first."""
    while bits:
        low = bits & -bits
        yield low
        bits ^= low


def places_under(signature: Signature, bit: int) -> Iterator[int]:
    """The bits on each place of a dataset where a bit is: the whole, or each of its columns."""
    if signature.whole & bit:
        yield signature.whole
        return
    for bits in (signature.columns or {}).values():
        if bits & bit:
            yield bits | signature.whole


def paths_of(signature: Signature) -> Iterator[tuple[str, int]]:
    """Each column with its bits; where no opt-out is about columns, the whole under no name."""
    if not signature.columns:
        yield "", signature.whole
    for path, bits in (signature.columns or {}).items():
        yield path, bits | signature.whole


def _people_by_place(index: Index) -> list[BitMap]:
    found: list[list[int]] = [[] for _ in index.parts.slots.slots]
    live = _live(index)
    for person, mask in index.parts.masks.items():
        for bit in each(mask & live):
            found[bit.bit_length() - 1].append(person)
    return [BitMap(people) for people in found]


def _signatures_by_bit(index: Index) -> Mapping[int, list[Signature]]:
    live = _live(index)
    distinct = {one.number: one for one in index.parts.signatures.values()}
    found: dict[int, list[Signature]] = {}
    for signature in distinct.values():
        for bit in each(signature.any & live):
            found.setdefault(bit, []).append(signature)
    return found


def _live(index: Index) -> int:
    """The bits that something answers to: a rule that ended leaves its bits behind."""
    return sum(index.parts.slots.by_rule.values())

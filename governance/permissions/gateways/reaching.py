"""Whom each opt-out concerns at one instant, and which tables of an engine: what documents for
engines that decide by themselves are written from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from catalog.names import outer_column
from governance.permissions.engine import Index, Parameter
from governance.permissions.engine.coverage import is_of_age
from governance.permissions.engine.parts import Lifting
from governance.permissions.engine.patterns import names_match
from governance.permissions.engine.slots import Slot
from governance.permissions.gateways.ranger.tables import EngineTable
from governance.permissions.types import DataAction, Effect


@dataclass(slots=True)
class Reach:
    """See the module. `at` is the instant; `tables` are those that the engine can name."""

    index: Index
    at: float
    purpose: str | None
    environment: str | None
    tables: Mapping[int, EngineTable]

    def is_concerned(self, person: int) -> bool:
        return any(
            self.index.concerns(person, action, self.purpose, self.environment, self.at)
            for action in DataAction
        )

    def applying(self, action: DataAction) -> Iterator[tuple[int, Slot]]:
        slots = self.index.parts.slots
        bits = slots.period(self.at).fill(action, self.purpose, self.environment)
        yield from slots.with_bits(bits)

    def concerned(self, bit: int, slot: Slot) -> Iterator[tuple[list[int], tuple[str, ...]]]:
        """Whom a slot concerns, with the names of data that an exception takes out of it; those
        who are excepted from all of it are left out."""
        parts = self.index.parts
        found: dict[tuple[str, ...], list[int]] = {}
        for person, mask in parts.masks.items():
            if not mask & bit:
                continue
            held = [one for one in parts.liftings.get(person, ()) if self._holds(one, bit)]
            if any(not one.exception.names for one in held):
                continue
            names = tuple(sorted({name for one in held for name in one.exception.names}))
            found.setdefault(names, []).append(person)
        for names in sorted(found):
            yield found[names], names

    def _holds(self, lifting: Lifting, bit: int) -> bool:
        exception = lifting.exception
        return bool(lifting.bits & bit) and exception.begins <= self.at < exception.ends

    def there(self, slot: Slot, pks: BitMap, lifted: Sequence[str]) -> list[EngineTable]:
        return [table for _, table in self.datasets(slot, pks, lifted)]

    def datasets(
        self, slot: Slot, pks: BitMap, lifted: Sequence[str]
    ) -> Iterator[tuple[int, EngineTable]]:
        """The engine's tables among some datasets, those aside that are of another age or that
        an exception takes out."""
        records = self.index.parts.records
        for pk in pks:
            table = self.tables.get(pk)
            if table is None:
                continue
            if slot.rule.when.has_age and not is_of_age(slot.rule.when, records[pk], self.at):
                continue
            if not (lifted and names_match(lifted, records[pk].name)):
                yield pk, table

    def names(self, people: Iterable[int]) -> list[str]:
        persons = self.index.parts.persons
        return sorted(persons[pk].name for pk in people)

    def columns_covered(
        self, bit: int, slot: Slot, lifted: Sequence[str]
    ) -> dict[tuple[str, ...], list[EngineTable]]:
        """Tables of which some columns are covered, by these columns."""
        signatures = self.index.parts.signatures
        found: dict[tuple[str, ...], list[EngineTable]] = {}
        for pk, table in self.datasets(slot, slot.touched - slot.whole, lifted):
            covered = signatures[pk].columns or {}
            columns = {outer_column(path) for path, bits in covered.items() if bits & bit}
            found.setdefault(tuple(sorted(columns)), []).append(table)
        return found

    def alike(self, bits: int) -> list[list[int]]:
        """People whom some of the opt-outs concern, by all that may tell their answers apart."""
        parts = self.index.parts
        found: dict[object, list[int]] = {}
        for person, mask in parts.masks.items():
            held = mask & bits
            if not held:
                continue
            lifted = tuple(
                one.exception.id
                for one in parts.liftings.get(person, ())
                if one.bits & bits and one.exception.begins <= self.at < one.exception.ends
            )
            values: tuple[str, ...] = ()
            if held & parts.slots.personal:
                known = parts.persons[person].attributes
                values = tuple(
                    known.get(piece.name, "")
                    for slot in parts.slots.of(held & parts.slots.personal)
                    for piece in (slot.rule.filter.pieces if slot.rule.filter else ())
                    if isinstance(piece, Parameter)
                )
            found.setdefault((held, lifted, values), []).append(person)
        return list(found.values())


def denies(slot: Slot) -> bool:
    """Groups of a least size cannot be carried: they deny."""
    return slot.denies or slot.rule.effect is Effect.MIN_GROUP

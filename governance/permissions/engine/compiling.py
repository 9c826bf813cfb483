"""From the world to an index: each rule is matched with all people and all data once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from time import time
from typing import Any, TypeVar

from pyroaring import BitMap

from governance.permissions.engine.conditions import Condition
from governance.permissions.engine.coverage import Variant, names_columns
from governance.permissions.engine.index import Index
from governance.permissions.engine.pacing import breathe, in_steps, run
from governance.permissions.engine.pages import PLACES, Paged
from governance.permissions.engine.parts import Lifting, MatchedParts, Signature
from governance.permissions.engine.shelf import Reach, Shelf
from governance.permissions.engine.slots import Slot, Slots
from governance.permissions.engine.subjects import Crowd
from governance.permissions.engine.types import (
    Dataset,
    DatedException,
    Floors,
    Person,
    Rule,
    Subjects,
    World,
)

_AT_ONCE = 200
"""Datasets whose opt-outs are put together in a tenth of a millisecond."""

_T = TypeVar("_T", Person, Dataset, Rule, DatedException)

_Whom = tuple[Subjects, Condition | None, tuple[str, ...]]
Interned = dict[tuple[int, tuple[tuple[str, int], ...], int], Signature]


def compile_index(world: World, *, clock: Callable[[], float] = time) -> Index:
    """The index of a world. Raises ValueError where two people, datasets, rules or exceptions have
    the same id, or an id is not below 2**32.

    Meanwhile the collector rests: it would walk through everything made so far, again and again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _compiled(world, clock)
    finally:
        if was_enabled:
            gc.enable()


def _compiled(world: World, clock: Callable[[], float]) -> Index:
    persons = _by("id", world.people, "people")
    records = _by("id", world.datasets, "datasets")
    rules = _by("key", world.rules, "opt-outs")
    exceptions = _by("id", world.exceptions, "exceptions")
    crowd = Crowd(person for person in world.people if is_let_in(person, world.floors))
    shelf = Shelf(records)
    slots: list[Slot | None] = []
    masks = dict.fromkeys(crowd.people, 0)
    concerning: dict[_Whom, int] = {}  # many opt-outs are about the same people
    meant: dict[_Whom, tuple[Rule, Variant]] = {}
    covering: dict[int, list[int]] = {pk: [] for pk in records}
    by_column: dict[int, dict[str, int]] = {}
    by_name: dict[int, int] = {}
    for rule in rules.values():
        for variant, reach in shelf.reach(rule).items():
            number = len(slots)
            bit = 1 << number
            slots.append(slot_of(rule, variant, reach))
            whom = (rule.subjects, rule.condition, variant.given)
            concerning[whom] = concerning.get(whom, 0) | bit
            meant.setdefault(whom, (rule, variant))
            covered = map(covering.__getitem__, reach.whole)
            run(map(list.append, covered, repeat(number)), len(reach.whole))
            for pk, paths in reach.columns.items():
                held = by_column.setdefault(pk, {})
                for path in paths:
                    held[path] = held.get(path, 0) | bit
                if names_columns(rule.resources):
                    by_name[pk] = by_name.get(pk, 0) | bit
    interned: Interned = {}
    for whom, bits in concerning.items():
        for person in crowd.concerned(*meant[whom]):
            masks[person] |= bits
    signatures: list[dict[int, Signature]] = [{} for _ in range(PLACES + 1)]
    plain: dict[tuple[int, ...], Signature] = {}
    for done, pk in enumerate(records):
        if not done % _AT_ONCE:
            breathe()
        together = tuple(covering.pop(pk))  # a hundred thousand lists at once would hold all up
        found = plain.get(together) if pk not in by_column else None
        if found is None:
            bits = sum(1 << number for number in together)
            found = signature(interned, bits, by_column.get(pk), by_name.get(pk, 0))
            if pk not in by_column:
                plain[together] = found
        signatures[pk & PLACES][pk] = found
    held_slots = Slots(slots, clock())
    parts = MatchedParts(
        version=world.version,
        floors=world.floors,
        persons=persons,
        records=Paged.of(records),
        rules=rules,
        exceptions=exceptions,
        slots=held_slots,
        masks=masks,
        signatures=Paged(signatures),
        liftings=liftings(exceptions.values(), rules, held_slots, crowd),
        by_username={person.name: person.id for person in world.people},
        by_name=Paged.of(ids_by_name(world.datasets)),
        present=shelf.present,
        crowd=crowd,
        shelf=shelf,
        interned=interned,
    )
    return Index(parts, clock=clock)


def ids_by_name(datasets: Iterable[Dataset]) -> dict[str, int]:
    """Datasets by all their names; what one is called itself is no other's alias."""
    listed = list(datasets)
    found = {alias: dataset.id for dataset in listed for alias in dataset.aliases}
    found.update((dataset.name, dataset.id) for dataset in listed)
    return found


def is_let_in(person: Person, floors: Floors) -> bool:
    """Whether no floor closes everything to a person."""
    return person.is_active and person.employment not in floors.denied_employments


def slot_of(rule: Rule, variant: Variant, reach: Reach) -> Slot:
    """A slot with its datasets as bitmaps."""
    touched = BitMap(pk for pk, paths in reach.columns.items() if paths)
    return Slot(rule, variant, reach.whole, reach.whole | touched)


def signature(
    interned: Interned, whole: int, columns: Mapping[str, int] | None, by_name: int
) -> Signature:
    """The one object for all datasets under the same rules."""
    key = (whole, tuple(sorted(columns.items())) if columns else (), by_name)
    found = interned.get(key)
    if found is None:
        found = Signature(whole, dict(columns) if columns else None, by_name, len(interned))
        interned[key] = found
    return found


def liftings(
    exceptions: Iterable[DatedException], rules: Container[str], slots: Slots, crowd: Crowd
) -> dict[int, tuple[Lifting, ...]]:
    """The exceptions of each person, those of their groups included; without bits where the rule
    covers nothing that is listed, for it may cover what is not."""
    found: dict[int, tuple[Lifting, ...]] = {}
    for exception in sorted(exceptions, key=lambda one: one.id):
        if exception.rule not in rules:
            continue
        bits = slots.by_rule.get(exception.rule, 0)
        members = crowd.members(exception.groups) | (exception.people & crowd.people.keys())
        for person in members:
            found[person] = (*found.get(person, ()), Lifting(bits, exception))
    return found


def _by(name: str, records: Sequence[_T], what: str) -> dict[Any, _T]:
    found: dict[Any, _T] = {}
    for some in in_steps(records):
        keys = list(map(attrgetter(name), some))
        for key in (min(keys), max(keys)):
            if isinstance(key, int) and not 0 <= key < 2**32:
                raise ValueError(f"The id {key} of {what} is not below 2**32.")
        found.update(zip(keys, some, strict=True))
    if len(found) != len(records):
        raise ValueError(f"Two {what} have the same id.")
    return found

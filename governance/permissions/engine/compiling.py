"""From the world to an index: each rule is matched with all people and all data once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Sized
from itertools import chain, repeat
from operator import attrgetter
from time import time
from typing import Any, TypeVar

from pyroaring import BitMap

from governance.permissions.engine.conditions import Condition
from governance.permissions.engine.coverage import Variant, names_columns
from governance.permissions.engine.index import Index
from governance.permissions.engine.pacing import breathing, empty, in_steps, run
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

_FEW = 50
"""Steps of Python that take some hundredths of a millisecond, a microsecond or less each."""

_TOGETHER = 1_000
"""Datasets whose opt-outs are put together at a time: a hundred thousand lists, and a table of
them, would hold all up when they are made and when they go."""

_T = TypeVar("_T", Person, Dataset, Rule, DatedException)
_Held = TypeVar("_Held", bound=Sized)

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
    persons = _once(dict(_by("id", world.people, "people")), world.people, "people")
    records = _once(Paged.of(_by("id", world.datasets, "datasets")), world.datasets, "datasets")
    rules = _once(dict(_by("key", world.rules, "opt-outs")), world.rules, "opt-outs")
    exceptions = _once(
        dict(_by("id", world.exceptions, "exceptions")), world.exceptions, "exceptions"
    )
    crowd = Crowd(person for person in world.people if is_let_in(person, world.floors))
    shelf = Shelf(records)
    slots: list[Slot | None] = []
    masks = dict.fromkeys(crowd.people, 0)
    concerning: dict[_Whom, int] = {}  # many opt-outs are about the same people
    meant: dict[_Whom, tuple[Rule, Variant]] = {}
    by_column: dict[int, dict[str, int]] = {}
    by_name: dict[int, int] = {}
    for rule in breathing(rules.values(), 1):
        for variant, reach in shelf.reach(rule).items():
            number = len(slots)
            bit = 1 << number
            slots.append(slot_of(rule, variant, reach))
            whom = (rule.subjects, rule.condition, variant.given)
            concerning[whom] = concerning.get(whom, 0) | bit
            meant.setdefault(whom, (rule, variant))
            for pk, paths in breathing(reach.columns.items(), _FEW):
                held = by_column.setdefault(pk, {})
                for path in paths:
                    held[path] = held.get(path, 0) | bit
                if names_columns(rule.resources):
                    by_name[pk] = by_name.get(pk, 0) | bit
    interned: Interned = {}
    for whom, bits in breathing(concerning.items(), 1):
        for person in breathing(crowd.concerned(*meant[whom])):
            masks[person] |= bits
    signatures: list[dict[int, Signature]] = [{} for _ in range(PLACES + 1)]
    plain: dict[tuple[int, ...], Signature] = {}
    for pk, together in breathing(_covering(shelf.present, slots), _FEW):
        found = plain.get(together) if pk not in by_column else None
        if found is None:
            bits = sum(1 << number for number in together)
            found = signature(interned, bits, by_column.get(pk), by_name.get(pk, 0))
            if pk not in by_column:
                plain[together] = found
        signatures[pk & PLACES][pk] = found
    empty(plain)
    held_slots = Slots(slots, clock())
    parts = MatchedParts(
        version=world.version,
        floors=world.floors,
        persons=persons,
        records=records,
        rules=rules,
        exceptions=exceptions,
        slots=held_slots,
        masks=masks,
        signatures=Paged(signatures),
        liftings=liftings(exceptions.values(), rules, held_slots, crowd),
        by_username={person.name: person.id for person in breathing(world.people)},
        by_name=Paged.of(_names(world.datasets)),
        present=shelf.present,
        crowd=crowd,
        shelf=shelf,
        interned=interned,
    )
    return Index(parts, clock=clock)


def _covering(
    present: BitMap, slots: Iterable[Slot | None]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The numbers of the slots that cover each dataset as a whole."""
    wholes = [(number, slot.whole) for number, slot in enumerate(slots) if slot is not None]
    for some in in_steps(present, _TOGETHER):
        these = BitMap(some)
        covering: dict[int, list[int]] = {pk: [] for pk in some}
        for number, whole in breathing(wholes, _FEW):
            if covered := whole & these:
                each = map(covering.__getitem__, covered)
                run(map(list.append, each, repeat(number)), len(covered))
        for pk, numbers in covering.items():
            yield pk, tuple(numbers)


def _names(datasets: Iterable[Dataset]) -> Iterator[tuple[str, int]]:
    """All names with their datasets, aliases first: what one is called itself is no other's."""
    others = ((alias, one.id) for one in breathing(datasets) for alias in one.aliases)
    return chain(others, ((one.name, one.id) for one in datasets))


def is_let_in(person: Person, floors: Floors) -> bool:
    """Whether no floor closes everything to a person."""
    return person.is_active and person.employment not in floors.denied_employments


def slot_of(rule: Rule, variant: Variant, reach: Reach) -> Slot:
    """A slot with its datasets as bitmaps."""
    touched = BitMap(pk for pk, paths in breathing(reach.columns.items()) if paths)
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
    for exception in breathing(sorted(exceptions, key=lambda one: one.id), _FEW):
        if exception.rule not in rules:
            continue
        bits = slots.by_rule.get(exception.rule, 0)
        members = crowd.members(exception.groups) | (exception.people & crowd.people.keys())
        for person in breathing(members, _FEW):
            found[person] = (*found.get(person, ()), Lifting(bits, exception))
    return found


def _by(name: str, records: Sequence[_T], what: str) -> Iterator[tuple[Any, _T]]:
    """Records by their ids."""
    for some in in_steps(records):
        keys = list(map(attrgetter(name), some))
        for key in (min(keys), max(keys)):
            if isinstance(key, int) and not 0 <= key < 2**32:
                raise ValueError(f"The id {key} of {what} is not below 2**32.")
        yield from zip(keys, some, strict=True)


def _once(found: _Held, records: Sized, what: str) -> _Held:
    if len(found) != len(records):
        raise ValueError(f"Two {what} have the same id.")
    return found

"""What is wrong with opt-outs as a set: those that never matter, matter too much, or collide.

Everything is asked of the people and the data of today, by the bits of the compiled index: with
deny-only rules over finite sets containment is set algebra, and no solver is needed
(docs/adr/0014-opt-outs-as-bits.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import combinations

from pyroaring import BitMap

from governance.permissions.engine import DatedException, Index, Rule, Subjects
from governance.permissions.engine.coverage import Variant
from governance.permissions.engine.lattice import strictest
from governance.permissions.engine.patterns import names_match
from governance.permissions.trial.flaws import Cause, Flaw, Found
from governance.permissions.trial.turned import Turned, each, paths_of, places_under
from governance.permissions.trial.width import is_as_far, is_as_strict_a_measure

OVERBROAD = 0.25
"""The share of all pairs of a person and a dataset from which a denial counts as broad."""
FEW_DATASETS = 10
"""With fewer datasets no denial is broad, whatever its share of a small catalog."""


def analyzed(
    index: Index, *, among: Collection[str] | None = None, at: float | None = None
) -> list[Found]:
    """Every flaw, by opt-out; `among` leaves those in which one of some opt-outs takes part. Of a
    company without people or without data nothing can be said."""
    if not (index.parts.masks and index.parts.present):
        return []
    held = Turned(index, index.now() if at is None else at)
    found: list[Found] = []
    for key in sorted(index.parts.rules):
        if among is None or key in among:
            found += _of_one(held, index.parts.rules[key])
            found += _redundant_exceptions(held, key)
    hopeless = {one.rule for one in found if one.flaw in NEVER}
    found += _shadowed(held, among, hopeless)
    found += _conflicting_masks(held, among)
    gone = index.parts.exceptions.values() if among is None else ()
    found += [
        Found(Flaw.REDUNDANT_EXCEPTION, one.rule, Cause.NO_OPT_OUT, exceptions=(one.id,))
        for one in gone
        if one.rule not in index.parts.rules
    ]
    order = list(Flaw)
    return sorted(found, key=lambda one: (one.rule, order.index(one.flaw), one.others))


NEVER = frozenset({Flaw.DEAD, Flaw.UNREACHABLE_CONDITION, Flaw.SELF_EXEMPTING, Flaw.CANCELLED})
"""Flaws of an opt-out that applies to nobody today."""

# --- one by itself ---------------------------------------------------------------------------


def _of_one(held: Turned, rule: Rule) -> Iterator[Found]:
    people, told = held.people_of(rule.key), _told(held, rule.key)
    never = _never(held, rule)
    if never is not None:
        yield replace(told, flaw=never[0], cause=never[1])
        return
    lifting = [
        (one.id, meant)
        for one, meant in held.exceptions_of(rule.key)
        if one.begins <= held.at < one.ends and not one.names
    ]
    if people <= BitMap.union(BitMap(), *(meant for _, meant in lifting)):
        ids = tuple(pk for pk, meant in lifting if meant & people)
        yield replace(told, flaw=Flaw.CANCELLED, exceptions=ids)
    denying = held.bits_of(rule.key) & held.slots.denying
    pairs = sum(
        len(held.people_at(bit)) * len(slot.whole) for bit, slot in held.slots.with_bits(denying)
    )
    share = pairs / (len(held.index.parts.masks) * len(held.index.parts.present))
    if share >= OVERBROAD and told.datasets >= FEW_DATASETS:
        yield replace(told, flaw=Flaw.OVERBROAD, share=share)


def _never(held: Turned, rule: Rule) -> tuple[Flaw, Cause] | None:
    """Why it never applies to anybody and anything; None where it does."""
    if rule.when.ends is not None and rule.when.ends <= held.at:
        return Flaw.DEAD, Cause.ENDED
    subjects = rule.subjects
    named = Subjects(subjects.everybody, subjects.groups, subjects.people)
    if not _concerns_anybody(held, rule, named):
        return Flaw.DEAD, Cause.NOBODY
    if not _concerns_anybody(held, rule, replace(named, where=subjects.where)):
        return Flaw.UNREACHABLE_CONDITION, Cause.OF_PEOPLE
    if not _concerns_anybody(held, rule, subjects):
        return Flaw.SELF_EXEMPTING, Cause.NOBODY
    if not held.datasets_of(rule.key):
        wide = replace(rule, resources=replace(rule.resources, where=None), condition=None)
        shelf = held.parts.shelf
        narrowed = rule.resources.where is not None or rule.condition is not None
        if narrowed and any(
            one.whole or any(one.columns.values()) for one in shelf.reach(wide).values()
        ):
            of_data = rule.resources.where is not None
            return Flaw.UNREACHABLE_CONDITION, Cause.OF_DATA if of_data else Cause.OF_BOTH
        return Flaw.DEAD, Cause.NOTHING
    if not held.people_of(rule.key):
        return Flaw.UNREACHABLE_CONDITION, Cause.OF_BOTH
    return None


def _concerns_anybody(held: Turned, rule: Rule, subjects: Subjects) -> bool:
    """Whether some subjects are anybody, whatever the condition that compares them with data."""
    meant = replace(rule, subjects=subjects, condition=None)
    return bool(held.parts.crowd.concerned(meant, Variant(rule.key)))


def _told(held: Turned, key: str) -> Found:
    """What is told of whatever flaw it has."""
    people, datasets = held.people_of(key), held.datasets_of(key)
    return Found(
        Flaw.DEAD,
        key,
        people=len(people),
        datasets=len(datasets),
        dataset=datasets.min() if datasets else None,
        person=people.min() if people else None,
    )


# --- others beside it ------------------------------------------------------------------------


def _shadowed(
    held: Turned, among: Collection[str] | None, hopeless: Collection[str]
) -> Iterator[Found]:
    """Opt-outs that change nothing today, because others say as much to the same people of the same
    data. All that are told could go together: what one of them needs is not told itself."""
    mine = 0
    for key in among or ():
        mine |= held.bits_of(key)
    gone = 0
    for key, rule in sorted(held.index.parts.rules.items(), reverse=True):
        bits = held.bits_of(key)
        if not bits or key in hopeless:
            continue
        strong = _as_strong(held, rule) & ~gone
        if among is not None and key not in among and not strong & mine:
            continue
        covering = _covering(held, bits, strong)
        if covering and (among is None or key in among or covering & mine):
            gone |= bits
            others = sorted({slot.rule.key for slot in held.slots.of(covering)})
            yield replace(_told(held, key), flaw=Flaw.SHADOWED, others=tuple(others))


def _as_strong(held: Turned, rule: Rule) -> int:
    """The bits of all other opt-outs that say at least as much wherever they apply."""
    denies = bool(held.bits_of(rule.key) & held.slots.denying)
    people = held.people_of(rule.key)
    found = 0
    for other in held.index.parts.rules.values():
        if other.key == rule.key or not is_as_far(other, rule, held.at):
            continue
        if not people.intersect(held.people_of(other.key)):
            continue
        is_strict = not denies and is_as_strict_a_measure(other, rule)
        for bit, slot in held.slots.with_bits(held.bits_of(other.key)):
            if slot.denies or is_strict:
                found |= bit
    return found


def _covering(held: Turned, bits: int, strong: int) -> int:
    """The bits that cover all people and data of some bits; 0 where something is left, or where
    there is nothing to cover."""
    used = 0
    for bit in each(bits):
        people = held.people_at(bit)
        known: dict[int, int] = {}
        for signature in held.signatures_under(bit) if people else ():
            for place in places_under(signature, bit):
                others = place & strong
                if others not in known:
                    known[others] = _enough(held, people, others)
                if not known[others]:
                    return 0
                used |= known[others]
    return used


def _enough(held: Turned, people: BitMap, bits: int) -> int:
    """Of some bits, those that together concern all of some people, whom no exception lifts from
    them; 0 where they do not."""
    found: dict[int, BitMap] = {}
    for bit, slot in held.slots.with_bits(bits):
        meant = (held.people_at(bit) & people) - held.excepted_from(slot.rule.key)
        if len(meant) == len(people):
            return bit
        if meant:
            found[bit] = meant
    return sum(found) if BitMap.union(BitMap(), *found.values()) == people else 0


def _conflicting_masks(held: Turned, among: Collection[str] | None) -> Iterator[Found]:
    """Pairs of masks that meet on a column and leave less than either shows."""
    masking = [rule for _, rule in sorted(held.index.parts.rules.items()) if rule.mask is not None]
    for one, other in combinations(masking, 2):
        if among is not None and one.key not in among and other.key not in among:
            continue
        assert one.mask is not None
        assert other.mask is not None
        if strictest((one.mask, other.mask)) in (one.mask, other.mask):
            continue
        if held.people_of(one.key).intersect(held.people_of(other.key)):
            yield from _meeting(held, one.key, other.key)


def _meeting(held: Turned, one: str, other: str) -> Iterator[Found]:
    """Where two masks meet for somebody."""
    first, second = held.bits_of(one), held.bits_of(other)
    concerned, places = BitMap(), 0
    example: tuple[int, str] | None = None
    together: dict[tuple[int, int], BitMap] = {}
    for pk in held.datasets_of(one) & held.datasets_of(other):
        met = False
        for path, bits in paths_of(held.index.parts.signatures[pk]):
            key = (bits & first, bits & second)
            if key not in together:
                together[key] = _together(held, *key)
            if together[key]:
                met = True
                concerned |= together[key]
                example = example or (pk, path)
        places += met
    if example is not None:
        yield Found(
            Flaw.CONFLICTING_MASKS,
            one,
            others=(other,),
            people=len(concerned),
            datasets=places,
            dataset=example[0],
            column=example[1],
            person=concerned.min(),
        )


def _together(held: Turned, first: int, second: int) -> BitMap:
    """Everybody with one of some bits and one of others."""
    one = BitMap.union(BitMap(), *map(held.people_at, each(first)))
    return one & BitMap.union(BitMap(), *map(held.people_at, each(second)))


# --- dated exceptions ------------------------------------------------------------------------


def _redundant_exceptions(held: Turned, key: str) -> Iterator[Found]:
    """Dated exceptions of an opt-out that lift nothing."""
    for exception, people in held.exceptions_of(key):
        cause = _lifts_nothing(held, exception, people)
        if cause is not None:
            yield Found(
                Flaw.REDUNDANT_EXCEPTION, key, cause, exceptions=(exception.id,), people=len(people)
            )


def _lifts_nothing(held: Turned, exception: DatedException, people: BitMap) -> Cause | None:
    if exception.ends <= held.at:
        return Cause.ENDED
    if not people.intersect(held.people_of(exception.rule)):
        return Cause.NOT_CONCERNED
    records = held.index.parts.records
    if exception.names and not any(
        names_match(exception.names, records[pk].name) for pk in held.datasets_of(exception.rule)
    ):
        return Cause.NOT_COVERED
    for other, meant in held.exceptions_of(exception.rule):
        if other.id == exception.id or not _as_wide(other, exception, held.at):
            continue
        # Of two that say the same, the one with the later id is told.
        is_first = _as_wide(exception, other, held.at) and people == meant
        if people <= meant and not (is_first and exception.id < other.id):
            return Cause.REPEATED
    return None


def _as_wide(wide: DatedException, narrow: DatedException, at: float) -> bool:
    return (
        wide.begins <= max(narrow.begins, at)
        and wide.ends >= narrow.ends
        and (not wide.names or wide.names == narrow.names)
    )

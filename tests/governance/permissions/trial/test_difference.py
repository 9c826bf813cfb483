"""Who gains and loses what, against every decision of both indexes, pair by pair."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from governance.permissions.engine import (
    Dataset,
    Decision,
    Exempt,
    Index,
    Person,
    Resources,
    Rule,
    Subjects,
    World,
)
from governance.permissions.trial.difference import Change, Difference, access_difference
from governance.permissions.trial.pairs import Pairs
from governance.permissions.types import DataAction, Effect, Mask
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import compiled, drafted, laws
from tests.governance.permissions.worlds import NOW

Found = dict[tuple[int, int], Change]


def as_found(difference: Difference) -> Found:
    return {
        (person, dataset): change
        for person, dataset, change in Pairs(difference, list(difference.people))
    }


def pair_by_pair(
    world: World, base: Index, draft: Index, action: str, purpose: str | None, at: float
) -> Found:
    """What both indexes decide of each pair, compared."""
    found: Found = {}
    for person in world.people:
        for dataset in world.datasets:
            before, after = (
                index.decide(person.id, action, dataset.id, purpose=purpose, at=at)
                for index in (base, draft)
            )
            change = compared(before, after)
            if change is not None:
                found[person.id, dataset.id] = change
    return found


def compared(before: Decision, after: Decision) -> Change | None:
    if before.allowed != after.allowed:
        return Change.LOST if before.allowed else Change.GAINED
    if not before.allowed:
        return None
    match before.code, after.code:
        case "open", "restricted":
            return Change.NARROWED
        case "restricted", "open":
            return Change.WIDENED
    same = {one.rule for one in before.rules} == {one.rule for one in after.rules}
    return None if same else Change.ALTERED


@laws
@given(drafted(), worlds.questions)
def test_the_difference_is_what_both_indexes_decide_pair_by_pair(
    tried: tuple[World, Index, Index], question: worlds.questions
) -> None:
    world, base, draft = tried
    action, _, purpose, _, at = question

    found = access_difference(base, draft, action=action, purpose=purpose, at=at)

    assert as_found(found) == pair_by_pair(world, base, draft, action, purpose, at)
    assert found.at == at


@laws
@given(drafted())
def test_what_is_narrowed_and_counted_is_a_part_of_the_whole(
    tried: tuple[World, Index, Index],
) -> None:
    world, base, draft = tried
    people = BitMap(one.id for one in world.people if one.id % 2)
    datasets = BitMap(one.id for one in world.datasets if one.id % 3)
    whole = access_difference(base, draft)
    found = as_found(whole)

    for change in (None, *Change):
        part = as_found(whole.among(people, datasets, change))
        assert part == {
            pair: how
            for pair, how in found.items()
            if pair[0] in people and pair[1] in datasets and change in (None, how)
        }
    assert whole.pairs == Counter(found.values())
    counts = whole.by_groups(
        {"odd": people, "even": whole.people - people}, {"some": datasets, "all": whole.datasets}
    )
    assert counts.get(("odd", "some"), Counter()) == Counter(
        how for (person, dataset), how in found.items() if person in people and dataset in datasets
    )
    for change in Change:
        assert set(whole.people_of(change)) == {
            pair[0] for pair, how in found.items() if how is change
        }


@laws
@given(drafted(), st.integers(0, 9), st.integers(0, 9))
def test_a_page_of_pairs_is_a_slice_of_all(
    tried: tuple[World, Index, Index], start: int, count: int
) -> None:
    _, base, draft = tried
    difference = access_difference(base, draft)
    people = sorted(difference.people, reverse=True)

    pairs = Pairs(difference, people)

    everything = list(pairs)
    assert len(pairs) == len(everything) == sum(difference.pairs.values())
    assert pairs[start : start + count] == everything[start : start + count]
    assert [pairs[place] for place in range(len(pairs))] == everything


def test_reasons_and_names_make_no_difference() -> None:
    rule = Rule(
        key="permission_policy:oo-1", number="OO-1", version=1, effect=Effect.MASK, mask=Mask.LAST3,
        subjects=Subjects(everybody=True, exempt=Exempt(people=frozenset({"p1"}))),
        resources=Resources(names=("hr.pay",)), actions=frozenset({DataAction.READ}),
        reason="Pay is private.",
    )  # fmt: skip
    world = World(
        version=1, people=tuple(Person(number, f"p{number}") for number in (1, 2, 3)),
        datasets=(Dataset(1, "pg://w/hr.pay"), Dataset(2, "pg://w/crm.contact")), rules=(rule,),
    )  # fmt: skip
    base = compiled(world)

    reworded = compiled(replace(world, rules=(replace(rule, reason="The law.", version=2),)))
    sharper = compiled(replace(world, rules=(replace(rule, mask=Mask.ALL),)))
    wider = compiled(replace(world, rules=(replace(rule, effect=Effect.DENY, mask=None),)))

    assert access_difference(base, reworded, at=NOW) == Difference(NOW)
    assert as_found(access_difference(base, sharper)) == {
        (2, 1): Change.ALTERED, (3, 1): Change.ALTERED,
    }  # fmt: skip
    assert as_found(access_difference(base, wider)) == {(2, 1): Change.LOST, (3, 1): Change.LOST}
    assert as_found(access_difference(wider, base)) == {
        (2, 1): Change.GAINED, (3, 1): Change.GAINED,
    }  # fmt: skip

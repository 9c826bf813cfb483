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
from governance.permissions.trial.difference import (
    SIGHT,
    Change,
    Difference,
    access_difference,
)
from governance.permissions.trial.pairs import Pairs
from governance.permissions.types import DataAction, Effect, Mask
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import compiled, drafted, laws
from tests.governance.permissions.worlds import NOW

Found = dict[tuple[int, int, bool], Change]
"""By person and dataset, once for the data and once for the name."""


def as_found(difference: Difference) -> Found:
    return {
        (person, dataset, change in SIGHT): change
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
                found[person.id, dataset.id, False] = change
            sees, saw = (index.see(person.id, dataset.id, at).allowed for index in (draft, base))
            if sees != saw and person.id in base.parts.masks:
                found[person.id, dataset.id, True] = Change.SHOWN if sees else Change.HIDDEN
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
        how
        for (person, dataset, _), how in found.items()
        if person in people and dataset in datasets
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
        (2, 1, False): Change.ALTERED, (3, 1, False): Change.ALTERED,
    }  # fmt: skip
    assert as_found(access_difference(base, wider)) == {
        (2, 1, False): Change.LOST, (3, 1, False): Change.LOST,
    }  # fmt: skip
    assert as_found(access_difference(wider, base)) == {
        (2, 1, False): Change.GAINED, (3, 1, False): Change.GAINED,
    }  # fmt: skip


def test_who_no_longer_sees_that_something_exists_is_told() -> None:
    # given a denial that shows the name, and an opt-out of another action that hides nothing
    rule = Rule(
        key="permission_policy:oo-1", number="OO-1", version=1, effect=Effect.DENY,
        subjects=Subjects(everybody=True, exempt=Exempt(people=frozenset({"p1"}))),
        resources=Resources(names=("hr.pay",)), actions=frozenset({DataAction.READ}),
        reason="Pay is private.",
    )  # fmt: skip
    world = World(
        version=1, people=tuple(Person(number, f"p{number}") for number in (1, 2, 3)),
        datasets=(Dataset(1, "pg://w/hr.pay"), Dataset(2, "pg://w/crm.contact")), rules=(rule,),
    )  # fmt: skip
    base = compiled(world)
    # when the name becomes confidential, then nobody loses data and two no longer see the name
    hiding = compiled(replace(world, rules=(replace(rule, confidential=True),)))
    found = access_difference(base, hiding, at=NOW)
    assert as_found(found) == {(2, 1, True): Change.HIDDEN, (3, 1, True): Change.HIDDEN}
    assert (found.pair_count, dict(found.pairs)) == (2, {Change.HIDDEN: 2})
    # and the reverse
    assert as_found(access_difference(hiding, base, at=NOW)) == {
        (2, 1, True): Change.SHOWN, (3, 1, True): Change.SHOWN,
    }  # fmt: skip
    # when all of it is new, then both are told, and a pair counts once
    new = access_difference(compiled(replace(world, rules=())), hiding, at=NOW)
    assert as_found(new) == {
        (2, 1, False): Change.LOST, (3, 1, False): Change.LOST,
        (2, 1, True): Change.HIDDEN, (3, 1, True): Change.HIDDEN,
    }  # fmt: skip
    assert (new.pair_count, len(Pairs(new, [2, 3]))) == (2, 4)
    # and whatever the use is that is asked about
    writing = access_difference(base, hiding, action=DataAction.WRITE, at=NOW)
    assert {how for _, _, how in Pairs(writing, [2, 3])} == {Change.HIDDEN}

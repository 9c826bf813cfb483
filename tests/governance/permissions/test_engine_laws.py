"""The engine against the plain reading of opt-outs, in worlds that nobody wrote."""

from __future__ import annotations

import datetime as dt
import gc
import random
import weakref
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from governance.permissions.engine import (
    Attribute,
    ColumnEffect,
    Compare,
    Dataset,
    Decision,
    Delta,
    FilterText,
    Index,
    Operator,
    Parameter,
    Person,
    QuarterWindow,
    Resources,
    Rule,
    Side,
    Subjects,
    When,
    World,
    compile_index,
    next_index,
    residual,
)
from governance.permissions.engine.differing import delta_between
from governance.permissions.engine.periods import DAY, edges, holds_at
from governance.permissions.types import DataAction, Effect, Mask, Purpose
from tests.governance.permissions import reference, worlds
from tests.governance.permissions.worlds import NOW

Record = TypeVar("Record")
Question = tuple[str, tuple[str, ...] | None, str | None, str | None, float]

# A world that fails is shown as it was found: making it smaller takes minutes.
laws = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def compiled(world: World) -> Index:
    return compile_index(world, clock=lambda: NOW)


def answer(decision: Decision) -> reference.Answer:
    return reference.Answer(
        allowed=decision.allowed,
        code=decision.code,
        everywhere=flat(decision.everywhere),
        columns={path: flat(one) for path, one in decision.columns.items()},
        filters=tuple((one.rule, one.expression) for one in decision.filters),
        rules=tuple(one.key for one in decision.rules),
        lifted=tuple(one.id for one in decision.lifted),
    )


def flat(effect: ColumnEffect) -> tuple[bool, str | None, int, tuple[str, ...]]:
    return effect.denied, effect.mask, effect.min_group, effect.rules


def agree(index: Index, world: World, question: Question) -> None:
    action, columns, purpose, environment, at = question
    for person in (*(one.id for one in world.people), 99):
        for dataset in (*(one.id for one in world.datasets), 99):
            found = index.decide(person, action, dataset, columns, purpose, environment, at)
            again = index.decide(person, action, dataset, columns, purpose, environment, at)
            expected = reference.decide(
                world, person, action, dataset, columns, purpose, environment, at
            )
            assert answer(found) == expected
            assert answer(again) == expected


@laws
@given(worlds.worlds(), worlds.questions)
def test_the_engine_answers_as_the_reference(world: World, question: Question) -> None:
    agree(compiled(world), world, question)


def test_what_is_kept_for_some_columns_answers_for_no_whole_dataset() -> None:
    # Given an opt-out from a column of the first dataset and, since nobody knows its columns, from
    # the whole of the second, and a filter made of the person's own department
    person = Person(1, "p1", frozenset(), {"department": "sales"})
    own = FilterText(("region = ", Parameter("department")), frozenset())
    world = World(
        version=1,
        people=(person,),
        datasets=(
            Dataset(1, "pg://w/hr.pay", columns={"address": frozenset()}),
            Dataset(2, "pg://w/hr.raw"),
        ),
        rules=(
            rule("oo-1", Effect.DENY, columns=("addr*",)),
            rule("oo-2", Effect.ROW_FILTER, filter=own),
        ),
    )
    index = compiled(world)

    # When both are asked for, the first one first
    answers = [index.decide(1, "read", number) for number in (1, 2)]

    # Then the answer for the one is not taken for the other's
    assert [one.allowed for one in answers] == [True, False]
    agree(index, world, ("read", None, None, None, NOW))


def test_what_is_kept_for_a_column_that_is_listed_answers_for_none_that_is_not() -> None:
    # Given two datasets of which the same columns are covered; the zip is listed in one only
    listed = {"name": frozenset[str](), "address": frozenset[str]()}
    listed["address.city"] = frozenset()
    world = World(
        version=1,
        people=(Person(1, "p1"),),
        datasets=(
            Dataset(1, "pg://w/hr.a", columns={**listed, "address.zip": frozenset()}),
            Dataset(2, "pg://w/hr.b", columns=listed),
        ),
        rules=(rule("oo-1", Effect.MASK, columns=("address.city", "name"), mask=Mask.ALL),),
    )
    index = compiled(world)

    # When its name and zip are read, in the one and then in the other
    masked = [set(index.decide(1, "read", one, ("name", "address.zip")).columns) for one in (1, 2)]

    # Then what nobody listed is masked with what it lies in
    assert "address.zip" not in masked[0]
    assert "address.zip" in masked[1]
    agree(index, world, ("read", ("name", "address.zip"), None, None, NOW))


def rule(key: str, effect: Effect, columns: tuple[str, ...] = (), **fields: Any) -> Rule:
    return Rule(
        key=key,
        number=key,
        version=1,
        effect=effect,
        subjects=Subjects(everybody=True),
        resources=Resources(names=("*",), columns=columns),
        actions=frozenset({DataAction.READ}),
        **fields,
    )


@laws
@given(worlds.worlds(), worlds.questions, st.randoms(use_true_random=False))
def test_the_order_of_everything_changes_nothing(
    world: World, question: Question, chance: random.Random
) -> None:
    # Given the same world with its opt-outs, people, data and exceptions shuffled
    def shuffled(records: tuple[Record, ...]) -> tuple[Record, ...]:
        return tuple(chance.sample(records, len(records)))

    other = replace(
        world,
        rules=shuffled(world.rules),
        people=shuffled(world.people),
        datasets=shuffled(world.datasets),
        exceptions=shuffled(world.exceptions),
    )
    one, two = compiled(world), compiled(other)

    # Then every answer is the same, to the last reason
    action, columns, purpose, environment, at = question
    for person in world.people:
        for dataset in world.datasets:
            asked = (person.id, action, dataset.id, columns, purpose, environment, at)
            assert one.decide(*asked) == two.decide(*asked)


@laws
@given(worlds.worlds(), worlds.questions)
def test_sets_and_predicates_say_what_single_answers_say(world: World, question: Question) -> None:
    index = compiled(world)
    action, _, purpose, environment, at = question
    everything = [one.id for one in world.datasets]
    for person in world.people:
        # Given each answer alone
        alone = [
            index.decide(person.id, action, pk, None, purpose, environment, at) for pk in everything
        ]
        denied = {pk for pk, one in zip(everything, alone, strict=True) if not one.allowed}

        # Then lists and bitmaps say the same
        assert index.decide_many(person.id, action, everything, purpose, environment, at) == alone
        assert set(index.denied_datasets(person.id, action, purpose, environment, at)) == denied
        allowed = index.allowed_datasets(person.id, action, purpose, environment, at)
        assert set(allowed) == set(everything) - denied

        # And so do the predicates that are left for this person
        if person.id not in index.parts.masks:
            continue
        left = residual(index, person.id, action, purpose, environment, at)
        for dataset, one in zip(world.datasets, alone, strict=True):
            assert {x.rule.key for x in left if x.covers(dataset)} == {x.key for x in one.rules}
            assert any(x.denies(dataset) for x in left) is not one.allowed

        # And data that is described instead of listed
        for dataset, one in zip(world.datasets, alone, strict=True):
            found = index.decide_unlisted(
                person.id, action, dataset, None, purpose, environment, at
            )
            assert answer(found) == answer(one)


@laws
@given(worlds.worlds(), worlds.questions)
def test_data_that_is_not_listed_is_decided_as_if_it_were(world: World, question: Question) -> None:
    # Given a world, and the same without one dataset, so that rules may cover nothing listed
    assume(world.datasets)
    action, _, purpose, environment, at = question
    one = world.datasets[0]
    listed = compiled(world)
    unlisted = compiled(replace(world, datasets=world.datasets[1:]))

    # Then it is decided alike, exceptions included, and seen alike
    for person in listed.parts.masks:
        rest = (None, purpose, environment, at)
        found = unlisted.decide_unlisted(person, action, one, *rest)
        assert answer(found) == answer(listed.decide(person, action, one.id, *rest))
        seen = unlisted.see_unlisted(person, one, at)
        assert seen.allowed is listed.see(person, one.id, at).allowed


@laws
@given(worlds.worlds(), st.sampled_from(worlds.INSTANTS))
def test_what_is_hidden_is_hidden_everywhere(world: World, at: float) -> None:
    index = compiled(world)
    for person in world.people:
        if person.id not in index.parts.masks:
            assert set(index.visible(person.id, at)) == set()
            continue
        expected = {
            one.id for one in world.datasets if reference.hides(world, person.id, one.id, at)
        }
        assert set(index.hidden(person.id, at)) == expected
        assert {
            one.id for one in world.datasets if not index.see(person.id, one.id, at).allowed
        } == expected


@laws
@given(worlds.worlds(), worlds.worlds(), worlds.questions, st.data())
def test_a_delta_leads_to_the_same_index(
    before: World, after: World, question: Question, data: st.DataObject
) -> None:
    # Given an index of one world, and everything that another has otherwise
    delta = Delta(
        version=2,
        people=after.people,
        gone_people=frozenset({one.id for one in before.people}),
        datasets=after.datasets,
        gone_datasets=frozenset({one.id for one in before.datasets}),
        rules=after.rules,
        gone_rules=frozenset({one.key for one in before.rules}),
        exceptions=after.exceptions,
        gone_exceptions=frozenset({one.id for one in before.exceptions}),
    )
    index = compiled(before)

    # When it all comes as one delta, or in four, in any order
    steps = [
        replace(_EMPTY, people=delta.people, gone_people=delta.gone_people),
        replace(_EMPTY, datasets=delta.datasets, gone_datasets=delta.gone_datasets),
        replace(_EMPTY, rules=delta.rules, gone_rules=delta.gone_rules),
        replace(_EMPTY, exceptions=delta.exceptions, gone_exceptions=delta.gone_exceptions),
    ]
    at_once = next_index(index, delta)
    stepwise = index
    for number, step in enumerate(data.draw(st.permutations(steps)), start=2):
        stepwise = next_index(stepwise, replace(step, version=number))

    # Then answers are those of the other world, and the former index still answers for its own
    agree(at_once, after, question)
    agree(stepwise, after, question)
    agree(index, before, question)

    # And what differs between two indexes, whether or not one was made from the other, leads there
    for other in (at_once, compiled(replace(after, version=2))):
        agree(next_index(index, delta_between(index, other)), after, question)
    assert delta_between(index, index) == Delta(version=index.version)


_EMPTY = Delta(version=2)


def called(pk: int, name: str) -> Person:
    return Person(pk, name, attributes={"username": name})


def test_a_name_that_somebody_else_takes_over_in_one_delta_is_theirs() -> None:
    # Given two people, of whom one takes the name that the other gives up
    before = World(1, (called(1, "bob"), called(2, "ann")), (Dataset(1, "pg://w/hr.pay"),))
    after = replace(before, people=(called(1, "ann"), called(2, "ann.old")))
    closed = replace(rule("oo-1", Effect.DENY), subjects=Subjects(people=frozenset({"ann"})))

    for people in (after.people, after.people[::-1]):
        # When both changes come at once, and then an opt-out from the person of that name
        index = next_index(compiled(before), Delta(2, people=people))
        then = next_index(index, Delta(3, rules=(closed,)))

        # Then whoever has the name is who is meant, at every door
        assert [index.person_named(name) for name in ("ann", "ann.old", "bob")] == [1, 2, None]
        agree(then, replace(after, rules=(closed,)), ("read", None, None, None, NOW))


def test_a_window_in_the_last_year_there_is_ends_with_it() -> None:
    # Given an opt-out around the ends of quarters that begins in the last month that has a name
    begins = dt.datetime(9999, 12, 1, tzinfo=dt.UTC).timestamp()
    last = dt.datetime(9999, 12, 30, tzinfo=dt.UTC).timestamp()
    when = When(begins=begins, windows=(QuarterWindow(0, 70), QuarterWindow(5, 5)))

    # Then what is tried at its beginning finds when it holds, as far as there is time
    assert holds_at(when, begins)
    assert not holds_at(when, last)
    assert begins in list(edges(when, begins, begins + 366 * DAY))


@laws
@given(worlds.worlds())
def test_an_index_that_nobody_uses_goes_without_the_collector(world: World) -> None:
    # Given an index that has answered, and the one after it
    gc.disable()
    try:
        former = compiled(world)
        for person in world.people:
            for one in world.datasets:
                assert former.decide(person.id, "read", one.id).rules is not None
            former.denied_datasets(person.id, "read")
        following = next_index(former, Delta(world.version + 1))
        gone = weakref.ref(former)

        # When the former is let go, it is gone
        del former
        assert gone() is None
        assert following.version == world.version + 1
    finally:
        gc.enable()


def test_many_opt_outs_on_the_same_people_cover_what_each_covers() -> None:
    # Given residency: five opt-outs on everybody elsewhere, thus many bits that come together,
    # one for a purpose of its own and one that ends before the others
    condition = Compare(
        Attribute(Side.SUBJECT, "location"), Operator.DIFFERENT, Attribute(Side.RESOURCE, "region")
    )
    regions = ("eu", "us", "uk")
    rules = tuple(
        Rule(
            key=f"permission_policy:residency-{number}",
            number=f"OO-{number}",
            version=1,
            effect=Effect.DENY,
            subjects=Subjects(everybody=True),
            resources=Resources(domains=frozenset({f"d{number}", "all"})),
            actions=frozenset({DataAction.READ}),
            purposes=frozenset({Purpose.ML_TRAINING if number == 5 else Purpose.ANY}),
            when=When(begins=NOW - 10, ends=NOW + 5 if number == 6 else None),
            condition=condition,
        )
        for number in range(1, 7)
    )
    people = tuple(
        Person(number, f"u{number}", attributes={"location": region})
        for number, region in enumerate((*regions, ""))
    )
    datasets = tuple(
        Dataset(number, f"a://b/t{number}", domains=(f"d{number % 8}",), region=regions[number % 3])
        for number in range(48)
    )
    world = World(1, people, datasets, rules)
    index = compiled(world)

    # When and then all that somebody may read is what each question on its own allows
    for person in people:
        for purpose in (None, Purpose.ANALYTICS, Purpose.ML_TRAINING):
            for at in (NOW, NOW + 6):
                asked = [
                    one.id
                    for one in datasets
                    if index.decide(person.id, "read", one.id, None, purpose, None, at).allowed
                ]
                found = index.allowed_datasets(person.id, "read", purpose, None, at)
                assert list(found) == asked
    assert len(index.allowed_datasets(0, "read")) < len(
        index.allowed_datasets(0, "read", at=NOW + 6)
    )

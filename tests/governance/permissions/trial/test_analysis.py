"""What is odd about opt-outs as a set, each flaw with what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import given

from governance.permissions.engine import (
    Attribute,
    Compare,
    Dataset,
    DatedException,
    Decision,
    Exempt,
    Index,
    Operator,
    Person,
    Resources,
    Rule,
    Side,
    Subjects,
    When,
    World,
)
from governance.permissions.trial.analysis import analyzed
from governance.permissions.trial.flaws import Cause, Flaw, Found
from governance.permissions.trial.wording import flaw_in_words
from governance.permissions.types import DataAction, Effect, Mask, Purpose
from tests.governance.permissions import worlds
from tests.governance.permissions.trial.drafts import compiled, laws
from tests.governance.permissions.worlds import DAY, NOW

LOCATION = Attribute(Side.SUBJECT, "location")
REGION = Attribute(Side.RESOURCE, "region")
PEOPLE = tuple(
    Person(
        number,
        f"p{number}",
        frozenset({"payroll"} if number < 3 else {"sales"}),
        {"location": "IE" if number % 2 else "DE"},
    )
    for number in range(1, 9)
)
PAY = {"salary": frozenset({"pii"}), "id": frozenset[str]()}
DATA = (
    Dataset(1, "pg://w/hr.pay", domains=("hr",), region="IE", columns=PAY),
    Dataset(2, "pg://w/hr.band", domains=("hr",), region="IE"),
    *(Dataset(n, f"pg://w/crm.t{n}", domains=("crm",), region="DE") for n in range(3, 13)),
)
EVERYBODY = Subjects(everybody=True)


def rule(number: int, **fields: Any) -> Rule:
    """A denial of the hr domain to everybody but payroll."""
    given: dict[str, Any] = {
        "key": f"permission_policy:oo-{number}",
        "number": f"OO-{number}",
        "version": 1,
        "effect": Effect.DENY,
        "subjects": Subjects(everybody=True, exempt=Exempt(groups=frozenset({"payroll"}))),
        "resources": Resources(domains=frozenset({"hr"})),
        "actions": frozenset({DataAction.READ, DataAction.EXPORT}),
        **fields,
    }
    return Rule(**given)


def index_of(*rules: Rule, exceptions: Iterable[DatedException] = ()) -> Index:
    return compiled(World(1, PEOPLE, DATA, rules, tuple(exceptions)))


def flaws(*rules: Rule, exceptions: Iterable[DatedException] = ()) -> list[Found]:
    return analyzed(index_of(*rules, exceptions=exceptions))


def told(found: Iterable[Found]) -> list[tuple[str, Flaw, Cause | None]]:
    return [(one.rule.rpartition("-")[2], one.flaw, one.cause) for one in found]


def test_a_sound_opt_out_has_no_flaw() -> None:
    assert flaws(rule(1)) == []


def test_an_opt_out_that_never_applies_is_told_with_why() -> None:
    from_nowhere = Compare(LOCATION, Operator.EQUAL, "XX")
    nobody = rule(1, subjects=Subjects(groups=frozenset({"ghosts"})))
    nothing = rule(2, resources=Resources(names=("no.such",)))
    ended = rule(3, when=When(begins=NOW - 9 * DAY, ends=NOW - DAY))
    of_people = rule(4, subjects=Subjects(everybody=True, where=from_nowhere))
    of_data = rule(5, resources=Resources(
        domains=frozenset({"hr"}), where=Compare(REGION, Operator.EQUAL, "XX")))  # fmt: skip
    of_both = rule(6, subjects=Subjects(people=frozenset({"p1", "p3"})),
        condition=Compare(LOCATION, Operator.DIFFERENT, REGION))  # fmt: skip
    exempt = rule(7, subjects=Subjects(
        groups=frozenset({"payroll"}), exempt=Exempt(groups=frozenset({"payroll"}))))  # fmt: skip

    found = flaws(nobody, nothing, ended, of_people, of_data, of_both, exempt)

    assert told(found) == [
        ("1", Flaw.DEAD, Cause.NOBODY),
        ("2", Flaw.DEAD, Cause.NOTHING),
        ("3", Flaw.DEAD, Cause.ENDED),
        ("4", Flaw.UNREACHABLE_CONDITION, Cause.OF_PEOPLE),
        ("5", Flaw.UNREACHABLE_CONDITION, Cause.OF_DATA),
        ("6", Flaw.UNREACHABLE_CONDITION, Cause.OF_BOTH),
        ("7", Flaw.SELF_EXEMPTING, Cause.NOBODY),
    ]
    sentence = flaw_in_words(found[5], index_of(of_both))
    assert sentence == "OO-6 never applies: no person and dataset fulfill its condition together."


def test_what_others_say_as_well_changes_nothing() -> None:
    wide = rule(1)
    narrow = rule(2, resources=Resources(names=("hr.pay",), columns=("salary",)))
    masked = rule(3, effect=Effect.MASK, mask=Mask.LAST3, resources=Resources(names=("hr.*",)))

    found = flaws(wide, narrow, masked)

    assert [(one.rule, one.flaw, one.others) for one in found] == [
        (narrow.key, Flaw.SHADOWED, (wide.key,)), (masked.key, Flaw.SHADOWED, (wide.key,)),
    ]  # fmt: skip
    assert flaw_in_words(found[0], index_of(wide, narrow, masked)) == (
        "OO-2 changes nothing today: OO-1 already says as much to the same people about the same"
        " data."
    )


def test_two_together_may_say_all_that_a_third_says() -> None:
    irish = rule(
        1, subjects=Subjects(everybody=True, where=Compare(LOCATION, Operator.EQUAL, "IE"))
    )
    german = rule(
        2, subjects=Subjects(everybody=True, where=Compare(LOCATION, Operator.EQUAL, "DE"))
    )
    both = rule(3)

    found = flaws(irish, german, both)

    assert [(one.rule, one.others) for one in found] == [(both.key, (irish.key, german.key))]
    assert told(flaws(irish, both)) == []


def test_of_two_that_say_the_same_one_is_told() -> None:
    assert told(flaws(rule(1), rule(2))) == [("2", Flaw.SHADOWED, None)]


def test_what_is_weaker_shorter_or_for_less_shadows_nothing() -> None:
    strict = rule(2, resources=Resources(names=("hr.pay",)))
    for weaker in (
        rule(1, effect=Effect.MASK, mask=Mask.ALL),
        rule(1, when=When(ends=NOW + DAY)),
        rule(1, when=When(begins=NOW + DAY)),
        rule(1, purposes=frozenset({Purpose.MARKETING})),
        rule(1, actions=frozenset({DataAction.EXPORT})),
        rule(1, when=When(environments=frozenset({"test"}))),
        rule(1, resources=Resources(domains=frozenset({"hr"}), columns=("salary",))),
    ):
        assert told(flaws(weaker, strict)) == [], weaker
    confidential = replace(strict, confidential=True)
    assert told(flaws(rule(1), confidential)) == []


def test_an_opt_out_with_an_exception_shadows_nothing_that_has_none() -> None:
    lifted = DatedException("e1", rule(1).key, NOW - DAY, NOW + DAY, people=frozenset({5}))
    narrow = rule(2, resources=Resources(names=("hr.pay",)))

    assert told(flaws(rule(1), narrow)) == [("2", Flaw.SHADOWED, None)]
    assert told(flaws(rule(1), narrow, exceptions=[lifted])) == []
    assert told(flaws(rule(1), rule(2), exceptions=[lifted])) == [("1", Flaw.SHADOWED, None)]


def test_exceptions_may_cancel_an_opt_out_or_lift_nothing() -> None:
    sales = frozenset({"sales"})
    later = NOW + 9 * DAY
    held = {
        "ended": DatedException("a", rule(1).key, NOW - 9 * DAY, NOW - DAY, people=frozenset({5})),
        "exempt": DatedException("b", rule(1).key, NOW - DAY, later, people=frozenset({1})),
        "elsewhere": DatedException(
            "c", rule(1).key, NOW - DAY, later, people=frozenset({5}), names=("crm.t3",)
        ),
        "all": DatedException("d", rule(1).key, NOW - DAY, later, groups=sales),
        "again": DatedException("e", rule(1).key, NOW, later, people=frozenset({5})),
        "of nothing": DatedException("f", "permission_policy:gone", NOW, later, groups=sales),
    }

    found = flaws(rule(1), exceptions=held.values())

    assert [(one.rule, one.flaw, one.cause, one.exceptions) for one in found] == [
        ("permission_policy:gone", Flaw.REDUNDANT_EXCEPTION, Cause.NO_OPT_OUT, ("f",)),
        (rule(1).key, Flaw.CANCELLED, None, ("d", "e")),
        (rule(1).key, Flaw.REDUNDANT_EXCEPTION, Cause.ENDED, ("a",)),
        (rule(1).key, Flaw.REDUNDANT_EXCEPTION, Cause.NOT_CONCERNED, ("b",)),
        (rule(1).key, Flaw.REDUNDANT_EXCEPTION, Cause.NOT_COVERED, ("c",)),
        (rule(1).key, Flaw.REDUNDANT_EXCEPTION, Cause.REPEATED, ("e",)),
    ]


def test_a_denial_of_a_quarter_of_everything_is_broad() -> None:
    (found,) = flaws(rule(1, subjects=EVERYBODY, resources=Resources(domains=frozenset({"crm"}))))

    assert (found.flaw, found.people, found.datasets) == (Flaw.OVERBROAD, 8, 10)
    assert found.share == 80 / 96
    assert told(flaws(rule(1, subjects=EVERYBODY))) == []


def test_two_masks_collide_where_both_meet_the_same_person_on_a_column() -> None:
    pay = Resources(names=("hr.pay",), columns=("salary",))
    first = rule(1, effect=Effect.MASK, mask=Mask.FIRST3, subjects=EVERYBODY, resources=pay)
    last = rule(
        2, effect=Effect.MASK, mask=Mask.LAST4, resources=Resources(labels=frozenset({"pii"}))
    )
    four = rule(3, effect=Effect.MASK, mask=Mask.LAST3, resources=pay)
    others = rule(4, effect=Effect.MASK, mask=Mask.YEAR,
        resources=Resources(names=("hr.pay",), columns=("id",)))  # fmt: skip

    found = [one for one in flaws(first, last, four, others) if one.flaw is Flaw.CONFLICTING_MASKS]

    assert [(one.rule, one.others, one.people, one.dataset, one.column) for one in found] == [
        (first.key, (last.key,), 6, 1, "salary"), (first.key, (four.key,), 6, 1, "salary"),
    ]  # fmt: skip
    assert flaw_in_words(found[0], index_of(first, last, four, others)) == (
        "OO-1 (shown as the first three characters) and OO-2 (shown as the last four characters)"
        " meet on 1 dataset, such as hr.pay.salary, for 6 people: what is left is fully masked."
    )


def test_only_what_some_opt_outs_take_part_in_is_told() -> None:
    index = index_of(rule(1), rule(2), rule(3, subjects=Subjects(groups=frozenset({"ghosts"}))))

    assert [one.rule for one in analyzed(index, among={rule(2).key})] == [rule(2).key]
    assert [one.rule for one in analyzed(index, among={rule(3).key})] == [rule(3).key]
    assert analyzed(compiled(World(1, (), DATA, (rule(1),)))) == []


@laws
@given(worlds.worlds())
def test_without_all_that_are_shadowed_every_answer_stays(world: World) -> None:
    index = compiled(world)

    gone = {one.rule for one in analyzed(index) if one.flaw is Flaw.SHADOWED}

    left = compiled(replace(world, rules=tuple(one for one in world.rules if one.key not in gone)))
    for person in world.people:
        for dataset in world.datasets:
            for action in worlds.ACTIONS:
                for purpose in worlds.PURPOSES:
                    for place in (None, "production", "test"):
                        asked = (person.id, action, dataset.id, None, purpose, place)
                        before, after = index.decide(*asked), left.decide(*asked)
                        assert before.allowed == after.allowed, gone
                        assert before.code == after.code
                        for path in dataset.columns:
                            assert left_of(before, path) == left_of(after, path)


def left_of(decision: Decision, path: str) -> object:
    """What somebody is left of a column; of what is denied, nothing else matters."""
    effect = decision.effect_on(path)
    return effect.denied or (effect.mask, effect.min_group)


@laws
@given(worlds.worlds())
def test_whoever_never_matters_makes_no_difference_today(world: World) -> None:
    index = compiled(world)
    never = {Flaw.DEAD, Flaw.UNREACHABLE_CONDITION, Flaw.SELF_EXEMPTING, Flaw.CANCELLED}

    gone = {one.rule for one in analyzed(index) if one.flaw in never}

    left = compiled(replace(world, rules=tuple(one for one in world.rules if one.key not in gone)))
    for person in world.people:
        for dataset in world.datasets:
            before = index.decide(person.id, "read", dataset.id)
            assert before.code == left.decide(person.id, "read", dataset.id).code
            assert not gone & {one.key for one in before.rules}

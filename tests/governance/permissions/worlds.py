"""Small worlds for the engine's laws: few names, so that rules, people and data meet often.

Hypothesis draws the number that a world follows from: drawing the hundred parts of one takes it
ten times as long as deciding what a law asks of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import chain, combinations, permutations, product
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from governance.permissions.engine import (
    Attribute,
    Compare,
    Condition,
    Dataset,
    DatedException,
    Every,
    Exempt,
    FilterText,
    IsUnknown,
    Not,
    OneOf,
    Operator,
    Parameter,
    Person,
    QuarterWindow,
    Resources,
    Rule,
    Side,
    Some,
    Subjects,
    When,
    World,
)
from governance.permissions.types import DataAction, Effect, Mask, Purpose

NOW = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC).timestamp()
DAY = 86_400.0

GROUPS = ("finance", "hr", "sales")
PLACES = ("", "IE", "DE")
KINDS = ("table", "dashboard")
LABELS = ("pii", "pii.gov", "secret")
PATHS = ("id", "name", "salary", "address", "address.city", "address.zip")
NAMES = (
    "pg://w/hr.pay.salary", "pg://w/hr.pay.band", "pg://w/crm.contact", "s3://lake/crm/contact",
    "pg://w/product.tenant",
)  # fmt: skip
OTHER_NAMES = ("duck://d/hr.pay.band", "duck://d/product.lead")
PATTERNS = (
    "hr.pay.*",
    "crm.contact",
    "contact",
    "*",
    "product.*",
    "pg://w/hr.pay.salary",
    "pay.b*",
)
ENVIRONMENTS = ("", "production", "test")
INSTANTS = (NOW - 400 * DAY, NOW - DAY, NOW, NOW + DAY, NOW + 3.5 * DAY, NOW + 5 * DAY)
PURPOSES = (None, "any", "marketing", "ml_training", "nobody knows it")
ACTIONS = ("read", "export", "write")
NARROWED = 0.25


ValueT = TypeVar("ValueT")
Make = Callable[[Random], ValueT]
"""What makes a value by chance."""


def one_of(values: Iterable[ValueT]) -> Make[ValueT]:
    """Any of the values."""
    each = tuple(values)
    return lambda chance: chance.choice(each)


def either(*makes: Make[Any]) -> Make[Any]:
    """What any of them makes."""
    return lambda chance: chance.choice(makes)(chance)


def built(kind: Callable[..., ValueT], /, **makes: Make[Any]) -> Make[ValueT]:
    """One of a kind, each of its parts made by chance."""
    return lambda chance: kind(**{name: make(chance) for name, make in makes.items()})


def several(make: Make[ValueT], least: int, most: int) -> Make[list[ValueT]]:
    """A few of what is made."""
    return lambda chance: [make(chance) for _ in range(chance.randint(least, most))]


def sets(values: Iterable[ValueT], least: int = 0, most: int = 2) -> Make[frozenset[ValueT]]:
    """Any set of some of the values."""
    each = tuple(values)
    found = chain.from_iterable(combinations(each, size) for size in range(least, most + 1))
    return one_of([frozenset(one) for one in found])


def rows(values: Iterable[ValueT], most: int = 2) -> Make[tuple[ValueT, ...]]:
    """Any few of the values in any order, one of them also twice."""
    each = tuple(values)
    return one_of(chain.from_iterable(product(each, repeat=size) for size in range(most + 1)))


def seldom(make: Make[ValueT], otherwise: ValueT) -> Make[ValueT]:
    """A narrowing that most rules go without: who narrows everything meets nothing."""
    return lambda chance: make(chance) if chance.random() < NARROWED else otherwise


def drawn(make: Make[ValueT]) -> st.SearchStrategy[ValueT]:
    """What follows from a number that hypothesis draws."""
    return st.integers(0, 2**24 - 1).map(lambda number: make(Random(number)))


nothing = one_of((None,))
people = built(
    Person,
    id=one_of(range(1, 7)),
    name=one_of(("",)),
    groups=sets(GROUPS),
    attributes=one_of(
        [
            {"location": place, "department": department, "employment_kind": kind}
            for place in PLACES
            for department in ("", "IE", "O'Hara")
            for kind in ("employee", "contractor", "external")
        ]
    ),
    is_active=one_of((True, True, True, False)),
)


def _columns(chance: Random) -> dict[str, frozenset[str]]:
    held = _PATHS_HELD(chance)
    return {path: _LABELS_HELD(chance) for path in PATHS if path in held}


_PATHS_HELD, _LABELS_HELD = sets(PATHS, most=5), sets(LABELS)
datasets = built(
    Dataset,
    id=one_of(range(1, 9)),
    name=one_of(NAMES),
    kind=one_of(KINDS),
    system=one_of(("pg", "s3")),
    domains=one_of(((), ("hr",), ("pay", "hr"), ("crm",))),
    region=one_of(PLACES),
    environment=one_of(ENVIRONMENTS),
    version=one_of(("", "1.0", "1.1", "2.0")),
    modified_at=one_of((None, NOW - 100 * DAY, NOW - 2 * DAY)),
    labels=sets(LABELS),
    columns=_columns,
    aliases=one_of(({}, {}, *({name: "duck"} for name in OTHER_NAMES))),
)


_ATTRIBUTES = {
    Side.SUBJECT: ("location", "department", "employment_kind"),
    Side.RESOURCE: ("region", "kind", "environment", "domain"),
}
_VALUES = ("IE", "DE", "employee", "contractor", "table", "1.0")
_OPERATORS = [one for one in Operator if one is not Operator.LIKE]


def conditions(sides: tuple[Side, ...]) -> Make[Condition]:
    attributes = [Attribute(side, name) for side in sides for name in _ATTRIBUTES[side]]
    leaf = either(
        *(
            one_of([Compare(*one) for one in product(attributes, _OPERATORS, others)])
            for others in (_VALUES, attributes)
        ),
        one_of(
            [Compare(one, Operator.LIKE, like) for one in attributes for like in ("%E", "c_ntr%")]
        ),
        _built_of(OneOf, one_of(attributes), sets(_VALUES)),
        one_of([IsUnknown(one) for one in attributes]),
    )
    inner = _combined(leaf)
    return either(leaf, inner, _combined(either(leaf, inner)))


def _built_of(kind: Callable[..., ValueT], *makes: Make[Any]) -> Make[ValueT]:
    return lambda chance: kind(*(make(chance) for make in makes))


def _combined(inner: Make[Condition]) -> Make[Condition]:
    def few(chance: Random) -> tuple[Condition, ...]:
        return tuple(inner(chance) for _ in range(chance.choice((0, 1, 2, 2))))

    return either(_built_of(Not, inner), _built_of(Every, few), _built_of(Some, few))


OF_SUBJECT = seldom(conditions((Side.SUBJECT,)), None)
OF_RESOURCE = seldom(conditions((Side.RESOURCE,)), None)
OF_BOTH = seldom(conditions((Side.SUBJECT, Side.RESOURCE)), None)
_NONE: frozenset[Any] = frozenset()

subjects = built(
    Subjects,
    groups=seldom(sets(GROUPS), _NONE),
    people=seldom(sets(("p1", "p2")), _NONE),
    where=OF_SUBJECT,
    exempt=built(
        Exempt,
        groups=seldom(sets(GROUPS), _NONE),
        people=seldom(sets(("p1", "p3")), _NONE),
        where=OF_SUBJECT,
    ),
)
resources = built(
    Resources,
    names=rows(PATTERNS),
    columns=rows(("salary", "addr*", "name", "*", "address.city")),
    labels=seldom(sets(LABELS, 1), None),
    domains=seldom(sets(("hr", "pay", "crm")), _NONE),
    regions=seldom(sets(("IE", "DE")), _NONE),
    kinds=seldom(sets(KINDS), _NONE),
    systems=seldom(sets(("pg", "s3")), _NONE),
    where=OF_RESOURCE,
)
edges = one_of((NOW - 200 * DAY, NOW - DAY, NOW, NOW + DAY, NOW + 4 * DAY))
whens = built(
    lambda begins, ends, **rest: When(
        begins=begins, ends=None if ends is None or ends <= begins else ends, **rest
    ),
    begins=edges,
    ends=either(nothing, edges),
    windows=seldom(rows(QuarterWindow(*one) for one in product(range(6), range(1, 6))), ()),
    environments=seldom(sets(("production", "test")), _NONE),
    versions=one_of(((), ("1.*",), ("2.0",))),
    older_than_days=one_of((None, None, 30)),
    younger_than_days=one_of((None, None, 50)),
)
_filtered = sets(("id", "name"))
_actions = sets(DataAction, 1, len(DataAction))
_purposes = either(one_of([frozenset({Purpose.ANY})]), sets((Purpose.MARKETING, Purpose.AUDIT), 1))
_when = seldom(whens, When())


def _rule(chance: Random) -> Rule:
    effect = chance.choice(tuple(Effect))
    text = FilterText(("region = ", Parameter("department")), _filtered(chance))
    return Rule(
        key=f"permission_policy:oo-{chance.randint(1, 9)}",
        number="OO",
        version=1,
        effect=effect,
        subjects=subjects(chance),
        resources=resources(chance),
        actions=_actions(chance),
        purposes=_purposes(chance),
        when=_when(chance),
        condition=OF_BOTH(chance),
        mask=chance.choice(tuple(Mask)) if effect is Effect.MASK else None,
        group_of=chance.randint(2, 9) if effect is Effect.MIN_GROUP else None,
        filter=text if effect is Effect.ROW_FILTER else None,
        confidential=chance.choice((True, False)),
    )


exceptions = built(
    DatedException,
    id=one_of([str(number) for number in range(1, 7)]),
    rule=one_of([f"permission_policy:oo-{number}" for number in range(1, 10)]),
    begins=one_of((NOW - 10 * DAY,)),
    ends=edges,
    people=sets(range(1, 7)),
    groups=sets(GROUPS),
    names=rows(PATTERNS, 1),
)


def _world(chance: Random) -> World:
    found_people = {one.id: one for one in several(people, 1, 5)(chance)}
    found_rules = {one.key: one for one in several(_rule, 0, 6)(chance)}
    found_data = {one.id: one for one in several(datasets, 1, 6)(chance)}
    found_exceptions = {one.id: one for one in several(exceptions, 0, 4)(chance)}
    return World(
        version=1,
        people=tuple(named(one) for one in found_people.values()),
        datasets=tuple(found_data.values()),
        rules=tuple(found_rules.values()),
        exceptions=tuple(found_exceptions.values()),
    )


def rules() -> st.SearchStrategy[Rule]:
    """Any rule."""
    return drawn(_rule)


def worlds() -> st.SearchStrategy[World]:
    """Any world; one that fails is shown as it was found."""
    return drawn(_world)


def named(person: Person) -> Person:
    """A person whose name follows from their id."""
    return Person(person.id, f"p{person.id}", person.groups, person.attributes, person.is_active)


_SELECTIONS = [
    one for size in range(4) for one in permutations((*PATHS, "unlisted", "address.street"), size)
]
_chosen = either(nothing, one_of(_SELECTIONS))
questions = drawn(
    lambda chance: (
        chance.choice(ACTIONS),
        _chosen(chance),
        chance.choice(PURPOSES),
        chance.choice((None, "production", "test", "nowhere")),
        chance.choice(INSTANTS),
    )
)

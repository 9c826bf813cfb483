"""Small worlds for the engine's laws: few names, so that rules, people and data meet often.

What has few values is drawn from all of them at once, which takes a third of the time of drawing
its parts one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import chain, combinations, permutations, product
from typing import TypeVar

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


ValueT = TypeVar("ValueT")


def sets(
    values: Iterable[ValueT], least: int = 0, most: int = 2
) -> st.SearchStrategy[frozenset[ValueT]]:
    """Any set of some of the values."""
    each = tuple(values)
    found = chain.from_iterable(combinations(each, size) for size in range(least, most + 1))
    return st.sampled_from([frozenset(one) for one in found])


def rows(values: Iterable[ValueT], most: int = 2) -> st.SearchStrategy[tuple[ValueT, ...]]:
    """Any few of the values in any order, one of them also twice."""
    each = tuple(values)
    found = chain.from_iterable(product(each, repeat=size) for size in range(most + 1))
    return st.sampled_from(list(found))


people = st.builds(
    Person,
    id=st.integers(1, 6),
    name=st.just(""),
    groups=sets(GROUPS),
    attributes=st.sampled_from(
        [
            {"location": place, "department": department, "employment_kind": kind}
            for place in PLACES
            for department in ("", "IE", "O'Hara")
            for kind in ("employee", "contractor", "external")
        ]
    ),
    is_active=st.sampled_from((True, True, True, False)),
)
datasets = st.builds(
    Dataset,
    id=st.integers(1, 8),
    name=st.sampled_from(NAMES),
    kind=st.sampled_from(KINDS),
    system=st.sampled_from(("pg", "s3")),
    domains=st.sampled_from(((), ("hr",), ("pay", "hr"), ("crm",))),
    region=st.sampled_from(PLACES),
    environment=st.sampled_from(ENVIRONMENTS),
    version=st.sampled_from(("", "1.0", "1.1", "2.0")),
    modified_at=st.sampled_from((None, NOW - 100 * DAY, NOW - 2 * DAY)),
    labels=sets(LABELS),
    columns=st.tuples(sets(PATHS, most=5), *[sets(LABELS)] * len(PATHS)).map(
        lambda drawn: {
            path: on for path, on in zip(PATHS, drawn[1:], strict=True) if path in drawn[0]
        }
    ),
)


_ATTRIBUTES = {
    Side.SUBJECT: ("location", "department", "employment_kind"),
    Side.RESOURCE: ("region", "kind", "environment", "domain"),
}
_VALUES = ("IE", "DE", "employee", "contractor", "table", "1.0")
_OPERATORS = [one for one in Operator if one is not Operator.LIKE]


def conditions(sides: tuple[Side, ...]) -> st.SearchStrategy[Condition]:
    attributes = [Attribute(side, name) for side in sides for name in _ATTRIBUTES[side]]
    leaf = st.one_of(
        *(
            st.sampled_from([Compare(*one) for one in product(attributes, _OPERATORS, others)])
            for others in (_VALUES, attributes)
        ),
        st.sampled_from(
            [Compare(one, Operator.LIKE, like) for one in attributes for like in ("%E", "c_ntr%")]
        ),
        st.builds(OneOf, st.sampled_from(attributes), sets(_VALUES)),
        st.sampled_from([IsUnknown(one) for one in attributes]),
    )
    inner = _combined(leaf)
    return leaf | inner | _combined(leaf | inner)


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    few = st.sampled_from((0, 1, 2, 2)).flatmap(lambda size: st.tuples(*[inner] * size))
    return st.builds(Not, inner) | st.builds(Every, few) | st.builds(Some, few)


OF_SUBJECT = st.none() | conditions((Side.SUBJECT,))
OF_RESOURCE = st.none() | conditions((Side.RESOURCE,))
OF_BOTH = st.none() | conditions((Side.SUBJECT, Side.RESOURCE))

subjects = st.builds(
    Subjects,
    groups=sets(GROUPS),
    people=sets(("p1", "p2")),
    where=OF_SUBJECT,
    exempt=st.builds(Exempt, groups=sets(GROUPS), people=sets(("p1", "p3")), where=OF_SUBJECT),
)
resources = st.builds(
    Resources,
    names=rows(PATTERNS),
    columns=rows(("salary", "addr*", "name", "*", "address.city")),
    labels=st.none() | sets(LABELS, 1),
    domains=sets(("hr", "pay", "crm")),
    regions=sets(("IE", "DE")),
    kinds=sets(KINDS),
    systems=sets(("pg", "s3")),
    where=OF_RESOURCE,
)
edges = st.sampled_from((NOW - 200 * DAY, NOW - DAY, NOW, NOW + DAY, NOW + 4 * DAY))
whens = st.builds(
    lambda begins, ends, **rest: When(
        begins=begins, ends=None if ends is None or ends <= begins else ends, **rest
    ),
    begins=edges,
    ends=st.none() | edges,
    windows=rows(QuarterWindow(*one) for one in product(range(6), range(1, 6))),
    environments=sets(("production", "test")),
    versions=st.sampled_from(((), ("1.*",), ("2.0",))),
    older_than_days=st.sampled_from((None, None, 30)),
    younger_than_days=st.sampled_from((None, None, 50)),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    effect = draw(st.sampled_from(Effect))
    text = FilterText(("region = ", Parameter("department")), draw(sets(("id", "name"))))
    return Rule(
        key=f"permission_policy:oo-{draw(st.integers(1, 9))}",
        number="OO",
        version=1,
        effect=effect,
        subjects=draw(subjects),
        resources=draw(resources),
        actions=draw(sets(DataAction, 1, len(DataAction))),
        purposes=draw(
            st.just(frozenset({Purpose.ANY})) | sets((Purpose.MARKETING, Purpose.AUDIT), 1)
        ),
        when=draw(st.just(When()) | whens),
        condition=draw(OF_BOTH),
        mask=draw(st.sampled_from(Mask)) if effect is Effect.MASK else None,
        group_of=draw(st.integers(2, 9)) if effect is Effect.MIN_GROUP else None,
        filter=text if effect is Effect.ROW_FILTER else None,
        confidential=draw(st.booleans()),
    )


exceptions = st.builds(
    DatedException,
    id=st.integers(1, 6).map(str),
    rule=st.integers(1, 9).map(lambda number: f"permission_policy:oo-{number}"),
    begins=st.just(NOW - 10 * DAY),
    ends=edges,
    people=sets(range(1, 7)),
    groups=sets(GROUPS),
    names=rows(PATTERNS, 1),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found_people = {one.id: one for one in draw(st.lists(people, min_size=1, max_size=5))}
    found_rules = {one.key: one for one in draw(st.lists(rules(), max_size=6))}
    found_data = {one.id: one for one in draw(st.lists(datasets, min_size=1, max_size=6))}
    found_exceptions = {one.id: one for one in draw(st.lists(exceptions, max_size=4))}
    return World(
        version=1,
        people=tuple(named(one) for one in found_people.values()),
        datasets=tuple(found_data.values()),
        rules=tuple(found_rules.values()),
        exceptions=tuple(found_exceptions.values()),
    )


def named(person: Person) -> Person:
    """A person whose name follows from their id."""
    return Person(person.id, f"p{person.id}", person.groups, person.attributes, person.is_active)


_SELECTIONS = [
    one for size in range(4) for one in permutations((*PATHS, "unlisted", "address.street"), size)
]
questions = st.tuples(
    st.sampled_from(ACTIONS),
    st.none() | st.sampled_from(_SELECTIONS),
    st.sampled_from(PURPOSES),
    st.sampled_from((None, "production", "test", "nowhere")),
    st.sampled_from(INSTANTS),
)

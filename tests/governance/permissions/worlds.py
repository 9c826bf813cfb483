"""Small worlds for the engine's laws: few names, so that rules, people and data meet often."""

from __future__ import annotations

import datetime as dt

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


def some(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), min_size=least, max_size=2)


people = st.builds(
    Person,
    id=st.integers(1, 6),
    name=st.just(""),
    groups=some(GROUPS),
    attributes=st.fixed_dictionaries(
        {
            "location": st.sampled_from(PLACES),
            "department": st.sampled_from(("", "IE", "O'Hara")),
            "employment_kind": st.sampled_from(("employee", "contractor", "external")),
        }
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
    labels=some(LABELS),
    columns=st.dictionaries(st.sampled_from(PATHS), some(LABELS), max_size=5),
)


def conditions(sides: tuple[Side, ...]) -> st.SearchStrategy[Condition]:
    attributes = st.one_of(
        *[st.sampled_from([Attribute(side, name) for name in _ATTRIBUTES[side]]) for side in sides]
    )
    values = st.sampled_from(("IE", "DE", "employee", "contractor", "table", "1.0"))
    operators = st.sampled_from([one for one in Operator if one is not Operator.LIKE])
    leaf = st.one_of(
        st.builds(Compare, attributes, operators, values),
        st.builds(Compare, attributes, operators, attributes),
        st.builds(Compare, attributes, st.just(Operator.LIKE), st.sampled_from(("%E", "c_ntr%"))),
        st.builds(OneOf, attributes, st.frozensets(values, max_size=2)),
        st.builds(IsUnknown, attributes),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(Every, st.lists(inner, max_size=2).map(tuple)),
            st.builds(Some, st.lists(inner, max_size=2).map(tuple)),
        ),
        max_leaves=4,
    )


_ATTRIBUTES = {
    Side.SUBJECT: ("location", "department", "employment_kind"),
    Side.RESOURCE: ("region", "kind", "environment", "domain"),
}
OF_SUBJECT = st.none() | conditions((Side.SUBJECT,))
OF_RESOURCE = st.none() | conditions((Side.RESOURCE,))
OF_BOTH = st.none() | conditions((Side.SUBJECT, Side.RESOURCE))

subjects = st.builds(
    Subjects,
    groups=some(GROUPS),
    people=some(("p1", "p2")),
    where=OF_SUBJECT,
    exempt=st.builds(Exempt, groups=some(GROUPS), people=some(("p1", "p3")), where=OF_SUBJECT),
)
resources = st.builds(
    Resources,
    names=st.lists(st.sampled_from(PATTERNS), max_size=2).map(tuple),
    columns=st.lists(
        st.sampled_from(("salary", "addr*", "name", "*", "address.city")), max_size=2
    ).map(tuple),
    labels=st.none() | some(LABELS, 1),
    domains=some(("hr", "pay", "crm")),
    regions=some(("IE", "DE")),
    kinds=some(KINDS),
    systems=some(("pg", "s3")),
    where=OF_RESOURCE,
)
edges = st.sampled_from((NOW - 200 * DAY, NOW - DAY, NOW, NOW + DAY, NOW + 4 * DAY))
whens = st.builds(
    lambda begins, ends, **rest: When(
        begins=begins, ends=None if ends is None or ends <= begins else ends, **rest
    ),
    begins=edges,
    ends=st.none() | edges,
    windows=st.lists(
        st.builds(QuarterWindow, st.integers(0, 5), st.integers(1, 5)), max_size=2
    ).map(tuple),
    environments=some(("production", "test")),
    versions=st.sampled_from(((), ("1.*",), ("2.0",))),
    older_than_days=st.sampled_from((None, None, 30)),
    younger_than_days=st.sampled_from((None, None, 50)),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    effect = draw(st.sampled_from(Effect))
    text = FilterText(("region = ", Parameter("department")), draw(some(("id", "name"))))
    return Rule(
        key=f"permission_policy:oo-{draw(st.integers(1, 9))}",
        number="OO",
        version=1,
        effect=effect,
        subjects=draw(subjects),
        resources=draw(resources),
        actions=draw(st.frozensets(st.sampled_from(DataAction), min_size=1)),
        purposes=draw(
            st.just(frozenset({Purpose.ANY}))
            | st.frozensets(st.sampled_from((Purpose.MARKETING, Purpose.AUDIT)), min_size=1)
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
    people=st.frozensets(st.integers(1, 6), max_size=2),
    groups=some(GROUPS),
    names=st.lists(st.sampled_from(PATTERNS), max_size=1).map(tuple),
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


questions = st.tuples(
    st.sampled_from(ACTIONS),
    st.none()
    | st.lists(
        st.sampled_from((*PATHS, "unlisted", "address.street")), max_size=3, unique=True
    ).map(tuple),
    st.sampled_from(PURPOSES),
    st.sampled_from((None, "production", "test", "nowhere")),
    st.sampled_from(INSTANTS),
)

"""10,000 people, 100,000 datasets, 200 opt-outs, 400 exceptions, 60,000 questions; always the same.

The shape is that of the design page: teams against domains, roles against labels, contractors
against classes, need to know, residency, single people, purposes, windows of time.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from governance.permissions.engine import (
    Attribute,
    Compare,
    Dataset,
    DatedException,
    Exempt,
    OneOf,
    Operator,
    Person,
    QuarterWindow,
    Resources,
    Rule,
    Side,
    Subjects,
    When,
    World,
)
from governance.permissions.types import DataAction, Effect, Purpose

NOW = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC).timestamp()
DAY = 86_400.0
PEOPLE, GROUPS, ROLES, REGIONS = 10_000, 500, 20, ("eu", "us", "uk", "ap", "la", "me")
DATASETS, DOMAINS, TAGS = 100_000, 1_000, 20
CLASSES = ("public", "internal", "confidential", "restricted")
RULES, EXCEPTIONS, QUESTIONS = 200, 400, 60_000
PURPOSES: tuple[Purpose | None, ...] = (None, Purpose.ANALYTICS, Purpose.ML_TRAINING)


@dataclass(frozen=True, slots=True)
class Question:
    """One check: who, what, on which dataset, for what."""

    person: int
    action: str
    dataset: int
    purpose: str | None


def world(seed: int = 6) -> World:
    """The company."""
    chance = random.Random(seed)
    people = tuple(_person(number, chance) for number in range(PEOPLE))
    datasets = tuple(_dataset(number, chance) for number in range(DATASETS))
    rules = tuple(_rule(number, chance) for number in range(RULES))
    exceptions = tuple(_exception(number, chance) for number in range(EXCEPTIONS))
    return World(1, people, datasets, rules, exceptions)


def questions(seed: int = 7) -> list[Question]:
    """What is asked."""
    chance = random.Random(seed)
    return [
        Question(
            chance.randrange(PEOPLE),
            "read",
            chance.randrange(DATASETS),
            chance.choice(PURPOSES),
        )
        for _ in range(QUESTIONS)
    ]


def _person(number: int, chance: random.Random) -> Person:
    return Person(
        id=number,
        name=f"u{number}",
        groups=frozenset(f"g{chance.randrange(GROUPS)}" for _ in range(4)),
        attributes={
            "username": f"u{number}",
            "employment_kind": "contractor" if chance.random() < 0.15 else "employee",
            "job_role": f"r{chance.randrange(ROLES)}",
            "location": chance.choice(REGIONS),
        },
    )


def _dataset(number: int, chance: random.Random) -> Dataset:
    domain = chance.randrange(DOMAINS)
    labels = {f"t{chance.randrange(TAGS)}" for _ in range(chance.choice((0, 0, 1, 1, 2)))}
    labels.add(chance.choices(CLASSES, (40, 40, 15, 5))[0])
    return Dataset(
        id=number,
        name=f"trino://lake/d{domain}.s{number % 7}.t{number}",
        system="trino://lake",
        domains=(f"d{domain}",),
        region=chance.choice(REGIONS),
        environment="production",
        labels=frozenset(labels),
    )


def _rule(number: int, chance: random.Random) -> Rule:
    some_domains = frozenset(f"d{chance.randrange(DOMAINS)}" for _ in range(10))
    some_groups = frozenset(f"g{chance.randrange(GROUPS)}" for _ in range(50))
    subjects, resources, when = Subjects(everybody=True), Resources(), When(begins=NOW - 90 * DAY)
    condition, purposes = None, frozenset({Purpose.ANY})
    role = Attribute(Side.SUBJECT, "job_role")
    match number % 8:
        case 0 | 1:  # teams against domains
            subjects = Subjects(groups=some_groups)
            resources = Resources(domains=some_domains)
        case 2:  # roles against a label
            some_roles = frozenset(f"r{chance.randrange(ROLES)}" for _ in range(3))
            subjects = Subjects(where=OneOf(role, some_roles))
            resources = Resources(
                labels=frozenset({f"t{chance.randrange(TAGS)}"}),
                domains=frozenset(f"d{n}" for n in range(number, DOMAINS, 9)),
            )
        case 3:  # contractors against a class
            subjects = Subjects(
                where=Compare(
                    Attribute(Side.SUBJECT, "employment_kind"), Operator.EQUAL, "contractor"
                )
            )
            resources = Resources(
                labels=frozenset({chance.choice(CLASSES[2:])}), domains=some_domains
            )
        case 4:  # need to know
            subjects = Subjects(everybody=True, exempt=Exempt(groups=some_groups))
            resources = Resources(domains=frozenset(sorted(some_domains)[:3]))
        case 5:  # residency
            condition = Compare(
                Attribute(Side.SUBJECT, "location"),
                Operator.DIFFERENT,
                Attribute(Side.RESOURCE, "region"),
            )
            resources = Resources(
                labels=frozenset({"restricted"}),
                domains=frozenset(f"d{n}" for n in range(number, DOMAINS, 7)),
            )
        case 6:  # purposes and people
            subjects = Subjects(people=frozenset(f"u{chance.randrange(PEOPLE)}" for _ in range(9)))
            resources = Resources(domains=some_domains)
            purposes = frozenset({Purpose.ML_TRAINING})
        case 7:  # windows
            subjects = Subjects(groups=some_groups)
            resources = Resources(domains=some_domains)
            when = When(begins=NOW - 90 * DAY, windows=(QuarterWindow(10, 5),))
    return Rule(
        key=f"permission_policy:p{number:03}",
        number=f"P{number:03}",
        version=1,
        effect=Effect.DENY,
        subjects=subjects,
        resources=resources,
        actions=frozenset({DataAction.READ, DataAction.EXPORT}),
        purposes=purposes,
        when=when,
        condition=condition,
        reason="Need to know.",
        ask="the owner",
    )


def _exception(number: int, chance: random.Random) -> DatedException:
    begins = NOW + chance.uniform(-60, 10) * DAY
    return DatedException(
        id=f"e{number}",
        rule=f"permission_policy:p{chance.randrange(RULES):03}",
        begins=begins,
        ends=begins + chance.uniform(1, 60) * DAY,
        people=frozenset({chance.randrange(PEOPLE)}),
    )

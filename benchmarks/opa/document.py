"""The company as the document that `policy.rego` looks things up in."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from benchmarks.permissions.workload import NOW
from governance.permissions.engine import Compare, OneOf, Rule, World
from governance.permissions.engine.periods import edges_around, holds_at
from governance.permissions.types import Purpose

_EVERYBODY = "everybody"


def document(world: World) -> dict[str, Any]:
    """People by user name, tables by catalog, schema and name, rules by key, exceptions by user
    name and rule, and for each domain which rules to look at for a token that a person has."""
    tables: dict[str, dict[str, dict[str, Any]]] = {}
    for dataset in world.datasets:
        catalog, schema, table = dataset.name.removeprefix("trino://lake/").split(".")
        tables.setdefault(catalog, {}).setdefault(schema, {})[table] = {
            "domain": dataset.domains[0],
            "region": dataset.region,
            "labels": sorted(dataset.labels),
        }
    meant: dict[str, dict[str, list[str]]] = {}
    for rule in world.rules:
        for domain in sorted(rule.resources.domains):
            for token in _tokens_of(rule):
                meant.setdefault(domain, {}).setdefault(token, []).append(rule.key)
    names = {one.id: one.name for one in world.people}
    lifted: dict[str, dict[str, list[list[float]]]] = {}
    for one in world.exceptions:
        for person in one.people:
            found = lifted.setdefault(names[person], {}).setdefault(one.rule, [])
            found.append([one.begins, one.ends])
    people = {
        one.name: {
            "groups": sorted(one.groups),
            "location": one.attributes["location"],
            "tokens": [
                _EVERYBODY,
                one.name,
                one.attributes["job_role"],
                one.attributes["employment_kind"],
                *sorted(one.groups),
            ],
        }
        for one in world.people
    }
    rules = {rule.key: told(rule) for rule in world.rules}
    return {
        "now": NOW, "people": people, "tables": tables, "meant": meant, "rules": rules,
        "lifted": lifted,
    }  # fmt: skip


def told(rule: Rule) -> dict[str, Any]:
    """What a rule asks beside its domains and its subjects."""
    edges = edges_around((rule.when,), NOW)
    periods = [list(one) for one in pairwise(edges) if holds_at(rule.when, one[0]) and one[1] > NOW]
    found: dict[str, Any] = {"version": rule.version, "periods": periods}
    if rule.resources.labels is not None:
        found["labels"] = dict.fromkeys(sorted(rule.resources.labels), True)
    if rule.subjects.exempt.groups:
        found["exempt"] = dict.fromkeys(sorted(rule.subjects.exempt.groups), True)
    if rule.condition is not None:
        found["elsewhere"] = True  # the only one there is
    if Purpose.ANY not in rule.purposes:
        found["purposes"] = dict.fromkeys(sorted(rule.purposes), True)
    return found


def _tokens_of(rule: Rule) -> list[str]:
    """Whom a rule is about: who has any of these. Groups, people, roles and kinds of employment
    have names that differ."""
    subjects = rule.subjects
    match subjects.where:
        case OneOf(_, values):
            return sorted(values)
        case Compare(_, _, str(value)):
            return [value]
    return sorted(subjects.groups | subjects.people) or [_EVERYBODY]

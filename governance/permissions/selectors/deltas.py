"""What moved in the database since an index, as the delta that leads to the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from governance import clock
from governance.permissions.engine import Delta, Index
from governance.permissions.engine.inheritance import Place
from governance.permissions.engine.pacing import breathing
from governance.permissions.selectors import world
from governance.permissions.selectors.exceptions import exceptions_in_force
from governance.permissions.selectors.marks import Changes
from governance.permissions.selectors.rules import rules_in_force

MOST_AT_ONCE = 500
"""Datasets, and people, that a delta takes in; more are loaded anew with everything else."""


def what_moved(
    index: Index,
    version: int,
    changes: Changes,
    touched: frozenset[int],
    labels: Mapping[Place, frozenset[str]],
) -> Delta | None:
    """What the database says of everything that moved, of which `touched` are the datasets and
    `labels` those of all columns; None where it is too much for a delta."""
    if max(len(touched), len(changes.people)) > MOST_AT_ONCE:
        return None
    delta = _agreed(index, version, changes)
    touched |= world.unread_columns(index.parts.records.values(), delta.rules)
    if len(touched) > MOST_AT_ONCE:
        return None
    return _with_datasets(_with_people(delta, index, changes.people), index, touched, labels)


def of_policies(index: Index) -> Delta:
    """The opt-outs, exceptions and people of now, whatever else moved: what a process needs first
    that starts with an index from the disk. The version stays; what opt-outs ask of data whose
    columns nobody asked for before is read where it is little, and else taken as not listed."""
    delta = _agreed(index, index.version, Changes(rules=True, exceptions=True))
    held = index.parts.persons
    found = world.people()
    delta = replace(
        delta,
        people=tuple(one for one in breathing(found) if held.get(one.id) != one),
        gone_people=frozenset(held.keys() - {one.id for one in found}),
    )
    unread = world.unread_columns(index.parts.records.values(), delta.rules)
    return _with_datasets(delta, index, unread, {}) if len(unread) <= MOST_AT_ONCE else delta


def _agreed(index: Index, version: int, changes: Changes) -> Delta:
    """Opt-outs and exceptions."""
    rules, exceptions = dict(index.parts.rules), dict(index.parts.exceptions)
    if changes.rules:
        rules = {rule.key: rule for rule in rules_in_force(clock.now())}
    if changes.exceptions:
        exceptions = {one.id: one for one in exceptions_in_force(clock.now())}
    parts = index.parts
    return Delta(
        version=version,
        rules=tuple(rule for key, rule in rules.items() if parts.rules.get(key) != rule),
        gone_rules=frozenset(parts.rules.keys() - rules.keys()),
        exceptions=tuple(
            one for key, one in exceptions.items() if parts.exceptions.get(key) != one
        ),
        gone_exceptions=frozenset(parts.exceptions.keys() - exceptions.keys()),
    )


def _with_people(delta: Delta, index: Index, ids: frozenset[int]) -> Delta:
    found = world.people(ids) if ids else ()
    return replace(
        delta,
        people=tuple(one for one in found if index.parts.persons.get(one.id) != one),
        gone_people=ids - {one.id for one in found},
    )


def _with_datasets(
    delta: Delta, index: Index, ids: frozenset[int], labels: Mapping[Place, frozenset[str]]
) -> Delta:
    rules = dict(index.parts.rules)
    for key in delta.gone_rules:
        del rules[key]
    rules |= {rule.key: rule for rule in delta.rules}
    found = world.datasets(rules.values(), ids, labels) if ids else ()
    return replace(
        delta,
        datasets=tuple(one for one in found if index.parts.records.get(one.id) != one),
        gone_datasets=ids - {one.id for one in found},
    )

"""Whether an agreement is a matter of one domain or of the company, with the proof (R-012).

Local when everything it binds, and every governed consumer of that, lies in one domain, on one
system and inside one department; else enterprise. A plain copy of the data in a warehouse is no
second system. People may raise the scope; nobody lowers it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from governance.types import Scope

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object lies; `name` is what people call it.

    `domain` is empty where it has none. `departments` are those of who answers for it; none where
    nobody is known. `copy_of` is the system of which a warehouse holds a plain copy here.
    """

    name: str
    domain: str
    system: str
    departments: frozenset[str] = frozenset()
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with its answer: its values, and a sentence with the objects that decide."""

    name: str
    holds: bool
    values: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class ScopeVerdict:
    """`computed` is what the conditions say; `scope` never lies below what people raised it to or
    what is in force."""

    scope: Scope
    computed: Scope
    conditions: tuple[Condition, ...]
    sentence: str


def decide_scope(
    places: Iterable[Place],
    *,
    own_domains: Collection[str] = (),
    is_raised: bool = False,
    in_force: Scope | None = None,
) -> ScopeVerdict:
    """The scope of a change that binds, or reaches as governed, objects at `places`.

    `own_domains` are those that the agreements themselves belong to. Where nothing is bound, one
    own domain makes it local and none makes it everybody's.
    """
    known = sorted(places, key=lambda place: (place.name, place.system))
    conditions = (_domains(known, own_domains), _systems(known), _departments(known))
    computed = Scope.LOCAL if all(each.holds for each in conditions) else Scope.ENTERPRISE
    floors = []
    if is_raised:
        floors.append("it was raised to the whole enterprise, which is never taken back")
    if in_force is Scope.ENTERPRISE:
        floors.append("the version in force concerns the whole enterprise")
    scope = Scope.ENTERPRISE if floors else computed
    if floors and computed is Scope.LOCAL:
        sentence = f"It concerns the whole enterprise: {' and '.join(floors)}."
    elif scope is Scope.LOCAL:
        sentence = "It is local: one domain, one system, one department."
    else:
        failed = next(each for each in conditions if not each.holds)
        sentence = f"It concerns the whole enterprise. {failed.sentence}"
    return ScopeVerdict(scope, computed, conditions, sentence)


def _domains(places: list[Place], own_domains: Collection[str]) -> Condition:
    homeless = [place.name for place in places if not place.domain]
    values = tuple(sorted({place.domain for place in places if place.domain} | set(own_domains)))
    if homeless:
        sentence = f"No domain is named for {_list(homeless)}."
        return Condition("domain", False, values, sentence)
    if not values:
        return Condition("domain", False, (), "It binds no data and belongs to no domain.")
    if len(values) == 1:
        return Condition("domain", True, values, f"Everything lies in the domain {values[0]}.")
    parts = [_one_of(places, value, "domain") for value in values[:MOST_NAMED]]
    sentence = f"{len(values)} domains: {'; '.join(parts)}{_more(values)}."
    return Condition("domain", False, values, sentence)


def _systems(places: list[Place]) -> Condition:
    values = tuple(sorted({place.copy_of or place.system for place in places}))
    copies = [place.name for place in places if place.copy_of]
    note = f" Plain copies that do not count: {_list(copies)}." if copies else ""
    if not values:
        return Condition("system", True, (), "It binds no data, so no second system.")
    if len(values) == 1:
        return Condition("system", True, values, f"Everything lies on {values[0]}.{note}")
    parts = [_one_of(places, value, "system") for value in values[:MOST_NAMED]]
    sentence = f"{len(values)} systems: {'; '.join(parts)}{_more(values)}.{note}"
    return Condition("system", False, values, sentence)


def _departments(places: list[Place]) -> Condition:
    values = tuple(sorted({name for place in places for name in place.departments}))
    unknown = [place.name for place in places if not place.departments]
    note = f" Not known for {_list(unknown)}." if unknown else ""
    if not values:
        return Condition("department", True, (), f"No second department is known.{note}")
    if len(values) == 1:
        sentence = f"Who answers for it works in {values[0]}.{note}"
        return Condition("department", True, values, sentence)
    sentence = f"{len(values)} departments answer for it: {_list(values)}.{note}"
    return Condition("department", False, values, sentence)


def _one_of(places: list[Place], value: str, of: str) -> str:
    """A value with an object that lies there, where there is one."""
    for place in places:
        if value == (place.domain if of == "domain" else place.copy_of or place.system):
            return f"{value} ({place.name})"
    return f"{value} (the agreement itself)"


def _list(names: Collection[str]) -> str:
    return ", ".join(list(names)[:MOST_NAMED]) + _more(names)


def _more(names: Collection[str]) -> str:
    """How many there are beyond those that are named; empty where all are."""
    more = len(names) - MOST_NAMED
    return f" and {more} more" if more > 0 else ""

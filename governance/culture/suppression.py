"""Figures about groups of people from which nobody can be told: small groups are put together.

The totals are known to everybody, so a group that is only left out could be computed from them.
Nothing is left out here: whoever is in too small a group is counted in a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LEAST = 5
"""The smallest group that is shown."""


class Level(StrEnum):
    """Whether people lead others; `everybody` where the two cannot be told apart safely."""

    MANAGERS = "managers"
    OTHERS = "others"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Group:
    """People of a department at a level; of several small departments where `department` is
    empty."""

    department: str
    level: Level
    people: frozenset[int]


def safe_groups(
    managers: Mapping[str, frozenset[int]],
    others: Mapping[str, frozenset[int]],
    least: int = LEAST,
) -> list[Group]:
    """Groups of at least `least` people that hold everybody exactly once, by department; both
    arguments map departments to people. Empty where all people together are fewer."""
    parts = {
        name: (managers.get(name, frozenset()), others.get(name, frozenset()))
        for name in sorted({*managers, *others})
    }
    whole = {name: lead | rest for name, (lead, rest) in parts.items() if lead or rest}
    pooled = {name for name, people in whole.items() if len(people) < least}
    pool: frozenset[int] = frozenset().union(*(whole[name] for name in pooled))
    while pooled and len(pool) < least:
        left = [name for name in whole if name not in pooled]
        if not left:
            return []
        smallest = min(left, key=lambda name: (len(whole[name]), name))
        pooled.add(smallest)
        pool |= whole[smallest]
    found = []
    for name, people in whole.items():
        lead, rest = parts[name]
        if name in pooled:
            continue
        if len(lead) >= least and len(rest) >= least:
            found += [Group(name, Level.MANAGERS, lead), Group(name, Level.OTHERS, rest)]
        else:
            found.append(Group(name, Level.EVERYBODY, people))
    if pool:
        found.append(Group("", Level.EVERYBODY, pool))
    return found

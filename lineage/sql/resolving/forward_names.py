"""Common table expressions in the order in which they can be read: WITH RECURSIVE lets one name
those that are written after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.dialects import words

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

_FORWARD = words("postgres bigquery")
"""Where a name that comes later hides a stored table; elsewhere it means the table."""


def in_order(resolver: Resolver, clause: exp.With) -> list[exp.CTE]:
    """As they are written, but what one of them names before it."""
    written: list[exp.CTE] = clause.expressions
    if not clause.args.get("recursive") or resolver.rules.name not in _FORWARD or len(written) < 2:
        return written
    by_name = {resolver.identifier(cte.args["alias"].this): cte for cte in written}
    if len(by_name) < len(written):
        return written
    named = {name: _named(resolver, cte) & by_name.keys() for name, cte in by_name.items()}
    return [by_name[name] for name in _after_what_they_name(named)]


def _named(resolver: Resolver, cte: exp.CTE) -> set[str]:
    return {
        resolver.identifier(table.this)
        for table in cte.this.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and table.args.get("db") is None
    }


def _after_what_they_name(named: dict[str, set[str]]) -> Iterable[str]:
    """The names, each after those that it names, where no circle keeps it from that."""
    found: dict[str, None] = {}
    begun: set[str] = set()
    for first in named:
        way: list[tuple[str, Iterator[str]]] = [(first, iter(sorted(named[first])))]
        while way:
            name, others = way[-1]
            begun.add(name)
            following = next((other for other in others if other not in begun), None)
            if following is not None:
                way.append((following, iter(sorted(named[following]))))
            else:
                found[name] = None
                way.pop()
    return found

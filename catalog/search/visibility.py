"""What a principal may see, as search needs it: a filter inside every query (law 4).

The access port is asked once for each kind; its answer is everything, nothing, or a condition
that becomes part of the query, so that hits, counts, facets and suggestions are one truth.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Max, Model, QuerySet

from catalog.access import Action, gate
from catalog.models import Dataset
from catalog.search.registry import COLUMN, kinds
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class Restriction:
    """Of this kind only the objects whose `key` is in `keys` are visible."""

    key: str
    keys: QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Objects of `kinds` are not visible whose `key` is in `ids`, nor any above `newest`, of which
    nothing was known when this was asked."""

    kinds: tuple[str, ...]
    key: str
    ids: tuple[int, ...]
    newest: int


@dataclass(frozen=True)
class Visibility:
    """Kinds seen entirely, and kinds seen in part; any other kind is not seen at all."""

    whole: frozenset[str] = frozenset()
    partial: dict[str, Restriction] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of which something may be visible."""
        return self.whole | self.partial.keys()

    @property
    def is_whole(self) -> bool:
        """Nothing is hidden: what is stored is what may be seen."""
        return self.whole >= {COLUMN, *kinds.names()}

    @cached_property
    def unseen(self) -> tuple[Unseen, ...]:
        """What of the kinds seen in part is not seen, for who cannot ask the database in the same
        breath; asked once however many kinds are visible through one table."""
        alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for kind, restriction in sorted(self.partial.items()):
            alike[restriction.key, str(restriction.keys.query)].append(kind)
        return tuple(
            _unseen(tuple(of_kinds), self.partial[of_kinds[0]]) for of_kinds in alike.values()
        )

    def settle(self) -> None:
        """Read what is not seen from the database now, by the thread that decides."""
        _ = self.unseen


def _unseen(of_kinds: tuple[str, ...], restriction: Restriction) -> Unseen:
    keys = restriction.keys
    everything = keys.model._default_manager.all()
    newest = everything.aggregate(newest=Max("pk"))["newest"] or 0
    if len(keys.query.alias_map) <= 1 and not keys.query.combinator:
        # The opposite of conditions on one table is found by them, not by comparing all keys.
        opposite = everything.order_by().values_list("pk", flat=True)
        opposite.query.where = keys.query.where.clone()
        opposite.query.where.negate()
    else:
        opposite = everything.exclude(pk__in=keys).order_by().values_list("pk", flat=True)
    return Unseen(of_kinds, restriction.key, tuple(opposite), newest)


def visibility_of(principal: Principal) -> Visibility:
    """Ask the access port what `principal` may see of each kind."""
    whole: set[str] = set()
    partial: dict[str, Restriction] = {}
    tables: list[tuple[str, type[Model], str, Action]] = [
        (kind.name, kind.visible, kind.visible_by, kind.asks) for kind in kinds
    ]
    tables.append((COLUMN, Dataset, "parent_id", Action.SEE))
    for name, model, key, action in tables:
        scoped = gate().scope(principal, action, model._default_manager.all())
        if scoped.query.is_empty():
            continue
        if scoped.query.where and (action is Action.SEE or _hides(model, scoped)):
            partial[name] = Restriction(key, scoped.order_by().values("pk"))
        else:
            whole.add(name)
    return Visibility(frozenset(whole), partial)


def _hides(model: type[Model], scoped: QuerySet[Any, Any]) -> bool:
    """Whether anything is hidden at all. Some data is kept from nearly everybody, but rarely such
    as a hit would hold, and who sees everything is answered in fewer steps."""
    seen = scoped.order_by().values("pk")
    return model._default_manager.exclude(pk__in=seen).exists()

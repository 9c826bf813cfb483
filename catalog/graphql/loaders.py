"""Loaders of relations: for many parents at once, within what the principal may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from catalog.graphql.relations import Loader
from catalog.types import Principal

Rows = Callable[[Principal], QuerySet[Any]]


def many(rows: Rows, parent: str, *, order: Sequence[str]) -> Loader:
    """Children of each parent, the first `first` in `order`; `parent` is their key column."""

    def load(
        principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
    ) -> Mapping[Any, list[Any]]:
        keys = {item.pk for item in parents}
        ranked = (
            rows(principal)
            .filter(**{f"{parent}__in": keys})
            .annotate(
                position_in_parent=Window(
                    RowNumber(), partition_by=[F(parent)], order_by=list(order)
                )
            )
            .filter(position_in_parent__lte=arguments.get("first", 50))
            .order_by(parent, "position_in_parent")
        )
        found: dict[Any, list[Any]] = defaultdict(list)
        for child in ranked:
            found[getattr(child, parent)].append(child)
        return found

    return load


def one(rows: Rows, key: str) -> Loader:
    """The object that each parent's column `key` points to, where it may be seen."""

    def load(
        principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
    ) -> Mapping[Any, Any]:
        wanted = {getattr(item, key) for item in parents} - {None}
        found = rows(principal).in_bulk(wanted) if wanted else {}
        return {item.pk: found.get(getattr(item, key)) for item in parents}

    return load

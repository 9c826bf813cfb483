"""Narrowing and ordering any list as its page's address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.db.models import F, Model, Q, QuerySet

ModelT = TypeVar("ModelT", bound=Model)

MOST_WORDS = 10


def words_of(text: str) -> list[str]:
    """The words that a list is narrowed by, the first ten of them."""
    return text.replace("\x00", "").split()[:MOST_WORDS]


def holding_words(rows: QuerySet[ModelT], fields: Sequence[str], text: str) -> QuerySet[ModelT]:
    """The rows in which every word of `text` stands in one of `fields`, in any case."""
    for word in words_of(text):
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(anywhere)
    return rows


def ordered(
    rows: QuerySet[ModelT], sort: str, fields: Mapping[str, str], default: str
) -> QuerySet[ModelT]:
    """The rows by `sort`, a key of `fields`, descending with a hyphen before it; what is empty
    comes last. A key nobody offered counts as `default`."""
    chosen = sort if sort.removeprefix("-") in fields else default
    field = F(fields[chosen.removeprefix("-")])
    first = field.desc(nulls_last=True) if chosen.startswith("-") else field.asc(nulls_last=True)
    return rows.order_by(first, "pk")

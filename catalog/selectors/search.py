"""The door to search: what a principal finds, and nothing they may not see (law 4).

`search` never fails for what a person typed: an ill-formed query is answered with InvalidInput,
whose message says how to mend it; edges show it beside the box.
"""

from __future__ import annotations

from catalog.search import engine, suggestions
from catalog.search.answers import (
    Band,
    DidYouMean,
    Facet,
    FacetValue,
    HitFacts,
    Lock,
    MarkedText,
    Notice,
    Page,
    SearchAnswer,
    SearchField,
    SearchHit,
    Suggestion,
)
from catalog.search.fields import FACET_FIELDS
from catalog.search.query import Filter, Order, SearchQuery
from catalog.types import Principal

__all__ = [
    "ALL_FACETS",
    "Band",
    "DidYouMean",
    "Facet",
    "FacetValue",
    "Filter",
    "HitFacts",
    "Lock",
    "MarkedText",
    "Notice",
    "Order",
    "Page",
    "SearchAnswer",
    "SearchField",
    "SearchHit",
    "SearchQuery",
    "Suggestion",
    "search",
    "search_fields",
    "suggest",
]

ALL_FACETS = FACET_FIELDS


def search(
    principal: Principal,
    query: SearchQuery,
    page: Page = Page(),  # noqa: B008 - frozen
    facets: tuple[str, ...] = (),
) -> SearchAnswer:
    """The hits of `query` that `principal` may see, best first, with the facets named.

    Raises InvalidInput (field `q`, `facets`, `cursor` or `size`) with a sentence for the person.
    A page holds 1 to 200 hits.
    """
    return engine.search(principal, query, page, facets)


def suggest(principal: Principal, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
    """What `text`, as typed so far, may become: objects by name, then values of a filter being
    typed. Never raises for what was typed; `limit` is at most 20."""
    return suggestions.suggest(principal, text, limit)


def search_fields() -> tuple[SearchField, ...]:
    """The fields of the query language, for help and completion."""
    return engine.search_fields()

"""The door to search: what a principal finds, and nothing they may not see (law 4).

`search` never fails for what a person typed: an ill-formed query is answered with InvalidInput,
whose message says how to mend it; edges show it beside the box.
"""

from __future__ import annotations

from catalog.errors import Unavailable
from catalog.models import Dataset
from catalog.search import engine, lookup, suggestions
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
from catalog.search.lookup import UNAVAILABLE
from catalog.search.query import Filter, Order, SearchQuery
from catalog.search_documents.naming import place_of
from catalog.selectors.home import often_used, opened_lately, recent_visits
from catalog.types import Principal

__all__ = [
    "ALL_FACETS",
    "UNAVAILABLE",
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
    A page holds 1 to 200 hits. While the index is away, datasets are looked up by name and the
    notice `search_unavailable` says so.
    """
    try:
        return engine.search(principal, query, page, facets)
    except Unavailable as error:
        return lookup.look_up(principal, query, page, error.message)


def suggest(principal: Principal, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
    """What `text`, as typed so far, may become: objects by name (those the principal opened lately
    first where names fit alike), then values of a filter being typed; before anything is typed,
    what the principal opened lately, and what others use most. Never raises for what was typed;
    `limit` is at most 20."""
    if text.strip():
        familiar = opened_lately(principal)
        try:
            return suggestions.suggest(principal, text, limit, familiar)
        except Unavailable:
            return lookup.suggested(principal, text, limit)
    visits = recent_visits(principal, max(limit - 2, 1))
    lately = [(visit.dataset, "opened lately") for visit in visits]
    known = {dataset.pk for dataset, _ in lately}
    used = [
        (dataset, "used most")
        for dataset in often_used(principal, limit + len(known))
        if dataset.pk not in known
    ]
    return tuple(_remembered(dataset, note) for dataset, note in (*lately, *used)[:limit])


def _remembered(dataset: Dataset, note: str) -> Suggestion:
    return Suggestion(
        "dataset",
        dataset.pk,
        MarkedText(dataset.name),
        dataset.qualified_name,
        place_of(dataset.qualified_name),
        dataset.kind,
        note=note,
    )


def search_fields() -> tuple[SearchField, ...]:
    """The fields of the query language, for help and completion."""
    return engine.search_fields()

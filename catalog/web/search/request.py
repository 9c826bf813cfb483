"""From the address of a search to the query model, and back to what the page shows chosen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.selectors.search import ALL_FACETS, Filter, Order, Page, SearchQuery
from catalog.web.presentation import query_strings

PAGE_SIZE = 20
MAX_FILTERS = 50
ORDERS = {
    Order.RELEVANCE: "Best match",
    Order.USED: "Most used",
    Order.CHANGED: "Latest change",
    Order.NAME: "Name",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that holds, and the address without it."""

    field: str
    label: str
    without_href: str


def query_of(parameters: QueryDict) -> SearchQuery:
    """`?q=..&kind=dataset&tag=pii&tag=core&sort=used&verbatim=1`; unknown keys are left out."""
    filters = tuple(
        Filter(field, value[:400])
        for field in ALL_FACETS
        for value in dict.fromkeys(parameters.getlist(field))
        if value
    )[:MAX_FILTERS]
    sort = parameters.get("sort", "")
    return SearchQuery(
        text=parameters.get("q", "").strip(),
        filters=filters,
        order=Order(sort) if sort in set(Order) else Order.RELEVANCE,
        is_verbatim=parameters.get("verbatim") == "1",
    )


def page_of(parameters: QueryDict, size: int = PAGE_SIZE) -> Page:
    """The part of the hits that the address asks for."""
    return Page(size=size, cursor=parameters.get("cursor", ""))


def chosen_filters(
    parameters: QueryDict, query: SearchQuery, labels: dict[tuple[str, str], str]
) -> list[Chosen]:
    """The filters of `query` as removable chips; `labels` holds the words facets have for them."""
    lists = dict(parameters.lists())
    return [
        Chosen(
            chosen.field,
            labels.get((chosen.field, chosen.value), chosen.value.replace("_", " ")),
            query_strings.with_toggled(lists, chosen.field, chosen.value),
        )
        for chosen in query.filters
    ]


def state_of(query: SearchQuery) -> str:
    """The search as a query string without its page: what is kept under a name."""
    pairs = [("q", query.text)] if query.text else []
    pairs += [(chosen.field, chosen.value) for chosen in query.filters]
    if query.order is not Order.RELEVANCE:
        pairs.append(("sort", query.order.value))
    return urlencode(pairs)

"""`/search/`: finding, browsing, keeping and downloading."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.access import Action
from catalog.errors import CatalogError, InvalidInput
from catalog.registries.pages import PagePart, search_miss_parts
from catalog.selectors.datasets import get_dataset, may
from catalog.selectors.search import (
    ALL_FACETS,
    UNAVAILABLE,
    Page,
    SearchAnswer,
    SearchHit,
    SearchQuery,
    search,
    search_fields,
    suggest,
)
from catalog.services import personal
from catalog.types import Principal
from catalog.web.agreement_lines import line_of_dataset
from catalog.web.downloads import csv_response, json_response
from catalog.web.middleware import principal_from
from catalog.web.presentation import query_strings
from catalog.web.search.request import (
    ORDERS,
    chosen_filters,
    page_of,
    query_of,
    state_of,
)
from catalog.web.search.results import groups, shown_facets, shown_hit, shown_suggestions, top_hit

MOST_DOWNLOADED = 5000
DOWNLOAD_PAGE = 200
DOWNLOAD_HEADER = (
    "kind",
    "name",
    "qualified_name",
    "place",
    "type",
    "lifecycle",
    "owners",
    "domain",
    "labels",
    "rows",
    "description",
)


@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """The result page; without a query it is the way to browse."""
    principal = principal_from(request)
    query = query_of(request.GET)
    refused = ""
    try:
        answer = search(principal, query, page_of(request.GET), ALL_FACETS)
    except InvalidInput as error:
        answer, refused = SearchAnswer(), error.message
    facets = shown_facets(answer.facets)
    labels = {(f.key, value.value): value.label for f in facets for value in f.values}
    top = top_hit(answer)
    lists = dict(request.GET.lists())
    is_miss = bool(query.text) and not answer.total and not refused
    return render(
        request,
        "catalog/search/page.html",
        {
            "query": query,
            "answer": answer,
            "refused": refused,
            "away": next((n.text for n in answer.notices if n.code == UNAVAILABLE), ""),
            "notices": [n for n in answer.notices if n.code != UNAVAILABLE],
            "top": shown_hit(top) if top else None,
            "groups": groups(answer),
            "first_dataset": next((hit.id for hit in answer.hits if hit.kind == "dataset"), None),
            "facets": facets,
            "chosen": chosen_filters(request.GET, query, labels),
            "clear_href": query_strings.with_changes(lists, dict.fromkeys(ALL_FACETS))
            if query.filters
            else "",
            "orders": [
                (order.value, words, order is query.order) for order, words in ORDERS.items()
            ],
            "state": state_of(query),
            "last_position": answer.first_position + len(answer.hits) - 1,
            "next_href": query_strings.with_changes(lists, {"cursor": answer.next_page.cursor})
            if answer.next_page
            else "",
            "first_href": query_strings.with_changes(lists, {"cursor": None})
            if answer.first_position > 1
            else "",
            "verbatim_href": query_strings.with_changes(lists, {"verbatim": "1"}),
            "miss_parts": PagePart.shown(search_miss_parts, principal) if is_miss else (),
            "fields": search_fields() if not query.text or refused else (),
        },
        status=400 if refused else 200,
    )


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """The list under the search box, as a fragment."""
    found = suggest(principal_from(request), request.GET.get("q", ""))
    return render(
        request, "shell/components/suggestions.html", {"suggestions": shown_suggestions(found)}
    )


@require_GET
def preview(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """What stands beside the results at wide screens: one dataset at a glance."""
    principal = principal_from(request)
    dataset = get_dataset(principal, dataset_id)
    verdicts = may(principal, dataset)
    return render(
        request,
        "catalog/search/preview.html",
        {"dataset": dataset, "line": line_of_dataset(dataset, verdicts[Action.READ])},
    )


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep this search under a name."""
    state = request.POST.get("query_string", "")
    try:
        saved = personal.save_search(
            acting=principal_from(request),
            name=request.POST.get("name", ""),
            query_string=state,
        )
    except CatalogError as error:
        messages.error(request, f"The search was not saved. {error.message}")
    else:
        messages.success(request, f"Saved as “{saved.name}”. It stands on your home page.")
    return redirect(f"{reverse('catalog:search')}?{state[:2000]}")


@require_POST
def forget(request: HttpRequest, saved_search_id: int) -> HttpResponse:
    """Remove a saved search."""
    personal.forget_search(acting=principal_from(request), saved_search_id=saved_search_id)
    messages.success(request, "The saved search is removed.")
    return redirect("catalog:home")


@require_GET
def download_csv(request: HttpRequest) -> HttpResponse:
    """The hits as CSV, at most 5,000."""
    return csv_response("search.csv", DOWNLOAD_HEADER, _rows(request))


@require_GET
def download_json(request: HttpRequest) -> HttpResponse:
    """The hits as JSON, at most 5,000."""
    return json_response("search.json", DOWNLOAD_HEADER, _rows(request))


def _rows(request: HttpRequest) -> Iterator[tuple[object, ...]]:
    hits = _all_hits(principal_from(request), query_of(request.GET))
    return (_row(hit) for hit in itertools.islice(hits, MOST_DOWNLOADED))


def _all_hits(principal: Principal, query: SearchQuery) -> Iterator[SearchHit]:
    page: Page | None = Page(size=DOWNLOAD_PAGE)
    while page is not None:
        answer = search(principal, query, page)
        yield from answer.hits
        page = answer.next_page


def _row(hit: SearchHit) -> tuple[object, ...]:
    facts = hit.facts
    return (
        hit.kind,
        hit.name.text,
        hit.qualified_name,
        " / ".join(hit.place),
        facts.type,
        facts.lifecycle,
        ", ".join(facts.owners),
        facts.domain,
        ", ".join(facts.labels),
        facts.rows,
        hit.snippet.text,
    )

"""All datasets as one list, and the list as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.models import Domain, System
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.selectors.directory import visible
from catalog.selectors.sheets import SHEET_HEADER, for_sheet, sheet_row
from catalog.types import DatasetKind, Lifecycle
from catalog.web.directory.tabs import directory_tabs
from catalog.web.downloads import csv_response, json_response
from catalog.web.middleware import principal_from
from catalog.web.paging import exported
from catalog.web.stewardship.listing import dataset_listing


@require_GET
def datasets(request: HttpRequest) -> HttpResponse:
    """`/datasets/`"""
    principal = principal_from(request)
    listing = dataset_listing(request, principal)
    context: dict[str, Any] = {
        "listing": listing,
        "tabs": directory_tabs(request),
        "systems": [(str(s.pk), s.display_name or s.instance) for s in visible(principal, System)],
        "domains": [(d.slug, d.name) for d in visible(principal, Domain)],
        "kinds": [(kind.value, kind.value.replace("_", " ")) for kind in DatasetKind],
        "lifecycles": [(step.value, step.value) for step in Lifecycle],
    }
    return render(request, "catalog/stewardship/datasets.html", context)


@require_GET
def datasets_csv(request: HttpRequest) -> HttpResponse:
    """`/datasets.csv`: the list to edit in a spreadsheet and give back."""
    return csv_response("datasets.csv", SHEET_HEADER, _rows(request))


@require_GET
def datasets_json(request: HttpRequest) -> HttpResponse:
    """`/datasets.json`"""
    return json_response("datasets.json", SHEET_HEADER, _rows(request))


def _rows(request: HttpRequest) -> list[tuple[str, ...]]:
    principal = principal_from(request)
    conditions = DatasetFilter.from_query({key: request.GET.get(key, "") for key in request.GET})
    found = listed_datasets(principal, conditions, request.GET.get("sort", ""))
    return [sheet_row(dataset) for dataset in exported(for_sheet(found))]

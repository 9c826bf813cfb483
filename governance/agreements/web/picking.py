"""Completion of the pickers in a document's form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from governance.agreements.selectors.picking import picks as found_picks


@require_GET
def picks(request: HttpRequest, picker: str) -> HttpResponse:
    """`/agreements/picks/<picker>/`: options for the field named `key` in the query."""
    key = request.GET.get("key", "")
    group, dash, _ = key.rpartition("-")
    found = found_picks(
        principal_from(request),
        picker,
        request.GET.get(key, ""),
        beside=request.GET.get(f"{group}{dash}dataset", ""),
    )
    return render(request, "governance/form/picks.html", {"picks": found})

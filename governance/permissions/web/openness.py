"""How open data is, over time and why not more (R-009), and what is sensitive and open (X4)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.dates import exact_day
from catalog.pictures.charts import Point, line_chart
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.numbers import percent
from governance.permissions.selectors.openness import (
    MEASURES_SHOWN,
    classifications_used,
    exposed_columns,
    measures,
    openness_now,
)

_TITLE = "Share of person and dataset pairs that are open, by day"


@require_GET
def openness(request: HttpRequest) -> HttpResponse:
    """`/access/openness/`: `?classification=` narrows the sensitive columns."""
    principal = principal_from(request)
    classification = request.GET.get("classification", "")
    kept = list(measures(principal)[:MEASURES_SHOWN])[::-1]
    points = [Point(exact_day(one.day), one.share * 100, percent(one.share)) for one in kept]
    exposed = exposed_columns(principal, classification=classification)
    context = {
        "now": openness_now(principal),
        "kept": kept,
        "chart": line_chart(_TITLE, points, top=100, top_shown="100 %")
        if len(points) > 1
        else None,
        "label": _TITLE,
        "page": page_of(request, exposed),
        "column_count": sum(len(one.columns) for one in exposed),
        "classification": classification,
        "classifications": classifications_used(),
    }
    return render(request, "governance/permissions/openness.html", context)

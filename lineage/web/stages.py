"""The board of the supply chain: what stands in each stage, how fresh it is, what fails."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.types import Stage
from catalog.web.middleware import principal_from
from catalog.web.presentation.shapes import Link
from lineage.selectors.stages import stage_board

WORDS = {
    Stage.CAPTURE.value: "Where data is born: transactions, events, files from outside",
    Stage.INGESTION.value: "Brought in as it is",
    Stage.PREPARATION.value: "Cleaned, joined, brought to one form",
    Stage.ANALYSIS.value: "Ready to answer questions",
    Stage.EGRESS.value: "Shown to people, handed to other systems",
    "": "Not placed yet: lineage places it within minutes",
}


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """`/lineage/stages/`"""
    counts = stage_board(principal_from(request))
    context = {
        "rows": [(found, WORDS[found.stage]) for found in counts],
        "failing": sum(found.failing + found.failing_jobs for found in counts),
        "total": sum(found.datasets for found in counts),
        "breadcrumb": (Link("Stages"),),
    }
    return render(request, "lineage/stages.html", context)

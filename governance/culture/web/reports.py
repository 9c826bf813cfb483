"""Reporting that one could not get data, on pages that remember nobody; what the council does."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.culture.selectors.reports import (
    answers,
    asked_for,
    may_answer,
    may_read_reports,
    report_counts,
)
from governance.culture.services.reports import answer_reports, report_missing_data


@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """`/missing-data/`: the page itself says that it was kept. A message for the next page would
    be kept with the session until then, and a session belongs to somebody."""
    refused = ""
    try:
        report_missing_data(
            acting=principal_from(request),
            place=request.POST.get("place", ""),
            dataset_id=_number(request, "dataset") if request.POST.get("dataset") else None,
            words=request.POST.get("words", ""),
        )
    except (CatalogError, AccessRefused) as error:
        refused = reason_of(error)
    status = 400 if refused else 200
    return render(request, "governance/culture/reported.html", {"refused": refused}, status=status)


@require_GET
def missing_data(request: HttpRequest) -> HttpResponse:
    """`/council/missing-data/`: counts and answers for everybody, reports for the council."""
    principal = principal_from(request)
    reads = may_read_reports(principal)
    context = {
        "counts": report_counts(principal),
        "reads": reads,
        "groups": page_of(request, asked_for(principal)) if reads else (),
        "may_answer": may_answer(principal),
        "page": page_of(request, answers(principal)),
    }
    return render(request, "governance/culture/missing_data.html", context)


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """`/council/missing-data/answer/`"""
    try:
        answer_reports(
            acting=principal_from(request),
            report_id=_number(request, "report"),
            subject=request.POST.get("subject", ""),
            text=request.POST.get("text", ""),
        )
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, "Answered for everybody.")
    return redirect("governance:missing_data")


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if (number := whole(text)) is None:
        raise InvalidInput(f"Say which {name} is meant.", field=name)
    return number

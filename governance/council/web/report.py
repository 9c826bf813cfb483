"""The quarterly report of the council (C6)."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from governance.agreements.kinds import kinds
from governance.clock import now
from governance.council.selectors.quarterly import quarter_of, report_of


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """`/council/report/`: the running quarter, or `?quarter=2026-3`."""
    found = report_of(principal_from(request), request.GET.get("quarter", ""))
    before = (found.since - dt.timedelta(days=1)).date()
    context = {
        "report": found,
        "lead_times": [
            (kinds.get(row.kind).plural if row.kind in kinds else row.kind, row)
            for row in found.lead_times
        ],
        "quarter": _name(found.since.date()),
        "before": _name(before),
        "after": _name(found.until.date()) if found.until <= now() else "",
    }
    return render(request, "governance/council/report.html", context)


def _name(day: dt.date) -> str:
    since, _ = quarter_of(day)
    return f"{since.year}-{(since.month + 2) // 3}"

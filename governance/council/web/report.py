"""The quarterly report of the council (C6)."""

from __future__ import annotations

import datetime as dt
import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.errors import NotFound
from catalog.web.middleware import principal_from
from governance.agreements.kinds import kinds
from governance.clock import now
from governance.council.selectors.quarterly import quarter_of, quarterly_report


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """`/council/report/`: the running quarter, or `?quarter=2026-3`."""
    day = _day(request.GET.get("quarter", ""))
    found = quarterly_report(principal_from(request), day)
    if found is None:
        raise NotFound("There is no report.")
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


def _day(name: str) -> dt.date | None:
    """The first day of a quarter by its name; None for none, NotFound for what is no quarter."""
    if not name:
        return None
    found = re.fullmatch(r"([12]\d{3})-([1-4])", name)
    if found is None:
        raise NotFound("A quarter is written as 2026-3.")
    return dt.date(int(found[1]), 3 * int(found[2]) - 2, 1)


def _name(day: dt.date) -> str:
    since, _ = quarter_of(day)
    return f"{since.year}-{(since.month + 2) // 3}"

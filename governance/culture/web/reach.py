"""How far data reaches: by department and level (R-025), and consumers over time (R-027)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.pictures.charts import Point, line_chart
from catalog.types import DatasetKind
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.numbers import percent
from governance.culture.selectors.departments import departments
from governance.culture.selectors.reach import CONSUMERS, consumers, reach, using_departments
from governance.culture.selectors.self_service import DAYS_SHOWN, self_service, total_of

_CALLED = {
    DatasetKind.DASHBOARD: "Dashboards",
    DatasetKind.NOTEBOOK: "Notebooks",
    DatasetKind.ML_MODEL: "Models",
}
_TITLE = "Share of departments that used {what}, by month"


@require_GET
def reach_page(request: HttpRequest) -> HttpResponse:
    """`/council/reach/`: `?kind=` narrows the consumers."""
    principal = principal_from(request)
    kind = request.GET.get("kind", "")
    found = reach(principal, kind=kind)
    page = page_of(request, consumers(principal, kind=kind))
    using = using_departments(principal, page.object_list)
    title = _TITLE.format(what=_CALLED[DatasetKind(kind)].lower() if kind else "a consumer of data")
    points = [
        Point(f"{month:%b %Y}", share * 100, percent(share))
        for month, share in zip(found.months, found.shares, strict=True)
    ]
    kept = list(self_service(principal)[:DAYS_SHOWN])
    context = {
        "reads": total_of(kept),
        "kept": kept,
        "levels": departments(principal),
        "reach": found,
        "chart": line_chart(title, points, top=100, top_shown="100 %"),
        "label": title,
        "page": page,
        "rows": [(one, using.get(one.pk, ())) for one in page],
        "kind": kind,
        "kinds": [(one, _CALLED[one]) for one in CONSUMERS],
    }
    return render(request, "governance/culture/reach.html", context)

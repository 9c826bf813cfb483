"""What is odd about the opt-outs in force as a set."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance.permissions.trial.flaws import Flaw
from governance.permissions.trial.selectors.analyzing import flaws_in_force
from governance.permissions.trial.wording import NAMES


@require_GET
def analysis(request: HttpRequest) -> HttpResponse:
    """`/access/analysis/`: `?flaw=` narrows it."""
    found = flaws_in_force(principal_from(request))
    wanted = request.GET.get("flaw", "")
    shown = [one for one in found if wanted in ("", one.flaw)]
    counts = [(flaw.value, NAMES[flaw], sum(one.flaw == flaw for one in found)) for flaw in Flaw]
    context = {
        "page": page_of(request, shown),
        "count": len(found),
        "flaw": wanted,
        "counts": [one for one in counts if one[2]],
    }
    return render(request, "governance/permissions/trial/analysis.html", context)

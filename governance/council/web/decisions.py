"""The register of decisions, one decision, its exports, and the proof that none was changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance.agreements.web.moments import moment_of
from governance.council.selectors.decision_export import (
    export_chain,
    export_json,
    export_madr,
    export_prov,
)
from governance.council.selectors.decisions import (
    decision_list,
    get_decision,
    recount,
    verify_chain,
)
from governance.types import Outcome


@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """`/decisions/`: `?q=`, `?outcome=`, `?as_of=` (what was decided by then)."""
    principal = principal_from(request)
    outcome, query = request.GET.get("outcome", ""), request.GET.get("q", "").strip()
    at = moment_of(request)
    rows = decision_list(principal, outcome=outcome or None, query=query, until=at)
    context = {
        "page": page_of(request, rows),
        "outcomes": list(Outcome),
        "outcome": outcome,
        "query": query,
        "at": at,
        "present_href": request.path,
        "chain": verify_chain() if request.GET.get("verify") == "1" else None,
    }
    return render(request, "governance/council/decisions.html", context)


@require_GET
def decision(request: HttpRequest, key: str) -> HttpResponse:
    """`/decisions/<key>/`"""
    found = get_decision(principal_from(request), key)
    context = {
        "decision": found,
        "counts": recount(found),
        "versions": list(found.versions.select_related("agreement")),
        "guard_runs": list(found.guard_runs.all()),
    }
    return render(request, "governance/council/decision.html", context)


@require_GET
def as_json(request: HttpRequest, key: str) -> HttpResponse:
    """`/decisions/<key>.json`"""
    return JsonResponse(export_json(principal_from(request), key))


@require_GET
def as_markdown(request: HttpRequest, key: str) -> HttpResponse:
    """`/decisions/<key>.md`: a decision record (MADR)."""
    text = export_madr(principal_from(request), key)
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


@require_GET
def as_prov(request: HttpRequest, key: str) -> HttpResponse:
    """`/decisions/<key>.prov.json`: W3C PROV."""
    return JsonResponse(export_prov(principal_from(request), key))


@require_GET
def chain(request: HttpRequest) -> HttpResponse:
    """`/decisions/chain.json`: the whole chain, to be verified elsewhere."""
    return JsonResponse(export_chain(principal_from(request)))

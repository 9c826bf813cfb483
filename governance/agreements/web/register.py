"""What is agreed: every kind, searched and filtered, and the glossary as a page to read."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance.agreements.kinds import kinds
from governance.agreements.selectors.agreements import agreement_list
from governance.agreements.selectors.in_force import in_force
from governance.agreements.selectors.references import domains_named
from governance.agreements.selectors.showing import counts_by_kind
from governance.agreements.web.moments import moment_of
from governance.types import AgreementState


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """`/agreements/`: `?kind=`, `?state=`, `?q=`, `?as_of=`."""
    principal = principal_from(request)
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    query, at = request.GET.get("q", "").strip(), moment_of(request)
    found = agreement_list(principal, kind=kind or None, state=state or None, query=query, as_of=at)
    counts = counts_by_kind(principal)
    context: dict[str, Any] = {
        "page": page_of(request, found),
        "kinds": [(entry, counts.get(entry.name, 0)) for entry in kinds],
        "states": list(AgreementState),
        "kind": kinds.get(kind) if kind in kinds else None,
        "state": state,
        "query": query,
        "at": at,
        "present_href": request.path,
    }
    return render(request, "governance/agreements/register.html", context)


@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """`/glossary/`: the terms in force by letter; `?q=` and `?as_of=`."""
    at, query = moment_of(request), request.GET.get("q", "").strip()
    terms = sorted(in_force("term", at=at), key=lambda term: term.title.casefold())
    if query:
        terms = [term for term in terms if _speaks_of(term.document, term.title, query)]
    letters = [
        (letter, list(group))
        for letter, group in groupby(terms, key=lambda term: _letter(term.title))
    ]
    named = {term.document.get("domain", "") for term in terms}
    domains = domains_named(principal_from(request), sorted(named))
    context = {
        "letters": letters,
        "domain_names": {slug: domain.name for slug, domain in domains.items()},
        "count": len(terms),
        "query": query,
        "at": at,
        "present_href": request.path,
    }
    return render(request, "governance/agreements/glossary.html", context)


def _letter(title: str) -> str:
    first = title[:1].upper()
    return first if first.isalpha() else "#"


def _speaks_of(document: Any, title: str, query: str) -> bool:
    words = [title, document.get("definition", ""), *document.get("alt_labels", ())]
    return any(query.casefold() in str(word).casefold() for word in words)

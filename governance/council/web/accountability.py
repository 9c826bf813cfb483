"""The matrix of who answers for what on each dataset (R-014)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.selectors.directory import teams
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.council.selectors.accountability import FIVE_GROUPS, matrix
from governance.council.services.accountability import assign_duty, withdraw_duty


@require_GET
def accountability(request: HttpRequest) -> HttpResponse:
    """`/council/accountability/`: datasets by the five groups; `?q=` narrows it."""
    principal = principal_from(request)
    query = request.GET.get("q", "").strip()
    page = page_of(request, listed_datasets(principal, DatasetFilter(find=query)))
    context = {
        "page": page,
        "rows": matrix(principal, list(page.object_list)),
        "groups": FIVE_GROUPS,
        "teams": list(teams(principal).filter(kind__in=FIVE_GROUPS)),
        "query": query,
    }
    return render(request, "governance/council/accountability.html", context)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """`/council/accountability/change/`: what `what` names."""
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"The matrix knows no {what[:40]!r}.", field="what")
        said = _ACTS[what](principal_from(request), request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, said)
    return redirect("governance:accountability")


def _assign(principal: Principal, sent: QueryDict) -> str:
    held = assign_duty(
        acting=principal,
        dataset_id=_number(sent, "dataset"),
        team_id=_number(sent, "team"),
        duty=sent.get("words", ""),
    )
    return f"{held.team} answers for it now."


def _withdraw(principal: Principal, sent: QueryDict) -> str:
    withdraw_duty(acting=principal, accountability_id=_number(sent, "duty"))
    return "Withdrawn."


def _number(sent: QueryDict, name: str) -> int:
    text = sent.get(name, "")
    if (number := whole(text)) is None:
        raise InvalidInput(f"Say which {name} is meant.", field=name)
    return number


_ACTS: Mapping[str, Callable[[Principal, QueryDict], str]] = {
    "assign": _assign,
    "withdraw": _withdraw,
}

"""From an empty catalog to the first agreement, one page after the other (R-028)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused, Action, gate
from catalog.errors import CatalogError, InvalidInput
from catalog.selectors.directory import domains, people
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.culture.selectors.first_steps import (
    columns_to_begin_with,
    dataset_to_begin_with,
    datasets_to_begin_with,
    first_steps,
    suggested_term,
)
from governance.culture.services.first_steps import propose_first_term, start_domain

PEOPLE_OFFERED = 200
_TYPED = ("label", "definition", "example")


@require_GET
def steps(request: HttpRequest) -> HttpResponse:
    """`/first-steps/`: what is done, what comes next; `?dataset=` lists its columns."""
    principal = principal_from(request)
    context: dict[str, Any] = {
        "steps": first_steps(principal),
        "may_import": gate().authorize(principal, Action.ADMINISTER).allowed,
    }
    if request.GET.get("dataset"):
        dataset = dataset_to_begin_with(principal, _number(request.GET.get("dataset", "")))
        context |= {
            "dataset": dataset,
            "columns": columns_to_begin_with(principal, dataset),
            "domains": list(domains(principal)[:PEOPLE_OFFERED]),
            "colleagues": list(
                people(principal)
                .filter(is_active=True)
                .exclude(pk=principal.person_id or 0)[:PEOPLE_OFFERED]
            ),
        }
    else:
        context["datasets"] = datasets_to_begin_with(principal)
    return render(request, "governance/culture/first_steps.html", context)


@require_POST
def domain(request: HttpRequest) -> HttpResponse:
    """`/first-steps/domain/`: the part of the business that a dataset belongs to."""
    number = request.POST.get("dataset", "")
    try:
        made = start_domain(
            acting=principal_from(request),
            dataset_id=_number(number),
            name=request.POST.get("name", ""),
            username=request.POST.get("username", ""),
        )
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, f"It belongs to {made} now.")
    return redirect(f"{reverse('governance:first_steps')}?{urlencode({'dataset': number})}")


@require_http_methods(["GET", "POST"])
def term(request: HttpRequest) -> HttpResponse:
    """`/first-steps/term/?dataset=&column=`: the word that a column stands for, who agrees to it,
    and its proposal."""
    principal = principal_from(request)
    number = _number(request.GET.get("dataset", ""))
    column = request.GET.get("column", "")
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    refused, field = "", ""
    if request.method == "POST":
        try:
            made = propose_first_term(acting=principal, dataset_id=number, column=column, **typed)
        except (CatalogError, AccessRefused) as error:
            refused = reason_of(error)
            field = getattr(error, "field", "")
        else:
            messages.success(request, f"{made.key} is submitted: those it touches are asked.")
            return redirect("governance:proposal", made.key)
    context = {
        "suggested": suggested_term(principal, number, column, **typed),
        "refused": refused,
        "field": field,
    }
    status = 400 if refused else 200
    return render(request, "governance/culture/first_term.html", context, status=status)


def _number(text: str) -> int:
    if (number := whole(text)) is None:
        raise InvalidInput("Say which dataset is meant, by its id.", field="dataset")
    return number

"""A domain: who stewards it, what stands in it, what it offers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import Action, gate
from catalog.errors import CatalogError, NotFound
from catalog.models import Domain
from catalog.selectors.directory import domains, get_person, products, stewards_of, systems
from catalog.services.people import set_stewardship
from catalog.types import Principal
from catalog.web.directory.lines import line_of
from catalog.web.middleware import principal_from
from catalog.web.stewardship.listing import dataset_listing


@require_GET
def domain(request: HttpRequest, slug: str) -> HttpResponse:
    """`/domains/<slug>/`"""
    principal = principal_from(request)
    found = _domain(principal, slug)
    may = gate().authorize(principal, Action.STEWARD, found)
    context = {
        "domain": found,
        "line": line_of(found.owner_team, may, "Domain"),
        "may_edit": may.allowed,
        "may_name_stewards": gate().authorize(principal, Action.ADMINISTER).allowed,
        "stewards": list(stewards_of(principal, found)),
        "parts": list(domains(principal).filter(parent=found)),
        "systems": list(systems(principal).filter(domain=found)),
        "products": list(products(principal).filter(domain=found)),
        "listing": dataset_listing(request, principal, domain=found.slug),
    }
    return render(request, "catalog/directory/domain.html", context)


@require_POST
def change_steward(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the person `username` a steward, or end it with `end`."""
    principal = principal_from(request)
    found = _domain(principal, slug)
    is_steward = "end" not in request.POST
    try:
        person = get_person(principal, request.POST.get("username", "").strip())
        set_stewardship(
            acting=principal, person_id=person.pk, domain_id=found.pk, is_steward=is_steward
        )
    except CatalogError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
    else:
        verb = "stewards" if is_steward else "does not steward"
        messages.success(request, f"{person} {verb} {found.name} now.")
    return redirect("catalog:domain", slug)


def _domain(principal: Principal, slug: str) -> Domain:
    found = domains(principal).filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such domain.")
    return found

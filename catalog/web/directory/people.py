"""A person and a team: who they are and what they answer for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import Action, gate
from catalog.errors import CatalogError, NotFound
from catalog.models import Team, TeamMembership
from catalog.registries.pages import team_panels
from catalog.selectors.directory import (
    domains,
    get_person,
    membership_of,
    people,
    stewarded_domains,
    systems,
    teams,
)
from catalog.services.records import delete_record, save_record
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.stewardship.listing import dataset_listing


@require_GET
def person(request: HttpRequest, username: str) -> HttpResponse:
    """`/people/<user name>/`"""
    principal = principal_from(request)
    found = get_person(principal, username)
    context = {
        "person": found,
        "is_me": found.pk == principal.person_id,
        "may_edit": gate().authorize(principal, Action.ADMINISTER).allowed,
        "reports": list(people(principal).filter(manager=found, is_active=True)[:50]),
        "domains": list(stewarded_domains(principal, found)),
        "systems": list(systems(principal).filter(operator=found)),
        "listing": dataset_listing(request, principal, owner=found.username),
    }
    return render(request, "catalog/directory/person.html", context)


@require_GET
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """`/teams/<id>/`"""
    principal = principal_from(request)
    found = _team(principal, team_id)
    context = {
        "team": found,
        "may_edit": gate().authorize(principal, Action.ADMINISTER, found).allowed,
        "members": list(found.members.all()),
        "domains": list(domains(principal).filter(owner_team=found)),
        "systems": list(systems(principal).filter(owner_team=found)),
        "listing": dataset_listing(request, principal, team=found.pk),
        "panels": [
            (panel.template, shown)
            for panel in sorted(team_panels, key=lambda panel: panel.order)
            if (shown := panel.context(principal, found)) is not None
        ],
    }
    return render(request, "catalog/directory/team.html", context)


@require_POST
def change_member(request: HttpRequest, team_id: int) -> HttpResponse:
    """Take the person `username` into the team, or out of it with `end`."""
    principal = principal_from(request)
    found = _team(principal, team_id)
    ends = "end" in request.POST
    try:
        person = get_person(principal, request.POST.get("username", "").strip())
        membership = membership_of(found, person)
        if ends and membership is not None:
            delete_record(membership, acting=principal)
        elif not ends and membership is None:
            save_record(TeamMembership(team=found, person=person), acting=principal)
    except CatalogError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
    else:
        verb = "is not a member of" if ends else "is a member of"
        messages.success(request, f"{person} {verb} {found.name} now.")
    return redirect("catalog:team", team_id)


def _team(principal: Principal, team_id: int) -> Team:
    found = teams(principal).filter(pk=team_id).first()
    if found is None:
        raise NotFound("There is no such team.")
    return found

"""The way to everything that only administrators do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.registries.pages import PagePart, administration_parts
from catalog.selectors.event_log import consumer_states
from catalog.selectors.invitations import invitations
from catalog.web.middleware import principal_from
from catalog.web.presentation.style_guide import guide_context


@require_GET
def administration(request: HttpRequest) -> HttpResponse:
    """`/administration/`"""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    states = consumer_states(principal)
    context = {
        "open_invitations": invitations(principal).filter(accepted_at__isnull=True).count(),
        "parked": sum(state.parked for state in states),
        "added": PagePart.shown(administration_parts, principal),
        "failing": [state.name for state in states if state.offset and state.offset.last_error],
    }
    return render(request, "catalog/administration/overview.html", context)


@require_GET
def style_guide(request: HttpRequest) -> HttpResponse:
    """`/style-guide/`: every part the pages are made of; for staff."""
    if not getattr(request.user, "is_staff", False):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_staff",
                reason="The style guide is for the people who make Concord's pages.",
                ask="an administrator",
            )
        )
    return render(request, "shell/style_guide.html", {"guide": guide_context()})

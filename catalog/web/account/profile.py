"""A person's own page: how Concord looks to them, and the ways to their password and tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.registries.navigation import account_pages
from catalog.selectors.directory import get_person, stewarded_domains
from catalog.services.personal import PREFERENCES, set_preferences
from catalog.web.middleware import principal_from
from catalog.web.presentation.appearance import CHOICES, remember
from catalog.web.presentation.shapes import Tab


def account_tabs(request: HttpRequest) -> list[Tab]:
    """The pages of one's own account, with those that the packages above add."""
    pages = [
        ("Profile", reverse("catalog:profile")),
        ("API tokens", reverse("catalog:tokens")),
        ("Password", reverse("account_change_password")),
        ("Second factor", reverse("mfa_index")),
        *((page.label, page.href) for page in sorted(account_pages, key=lambda page: page.order)),
    ]
    return [Tab(label, href, request.path == href) for label, href in pages]


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """`/account/`"""
    principal = principal_from(request)
    if request.method == "POST":
        changes = {key: request.POST[key] for key in PREFERENCES if key in request.POST}
        set_preferences(acting=principal, changes=changes)
        messages.success(request, "Remembered, for every device you sign in on.")
        response = redirect("catalog:profile")
        remember(response, changes, is_secure=request.is_secure())
        return response
    person = get_person(principal, principal.username)
    context = {
        "person": person,
        "domains": list(stewarded_domains(principal, person)),
        "tabs": account_tabs(request),
        "themes": CHOICES["theme"],
        "densities": CHOICES["density"],
    }
    return render(request, "catalog/account/profile.html", context)

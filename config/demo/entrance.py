"""One click to be somebody of the company: on a demonstration, and from the same machine only."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from catalog.models import Person
from config.demo.larkfield.people import employees
from config.demo.larkfield.story import is_told
from config.demo.larkfield.text import read_text

BACKEND = "django.contrib.auth.backends.ModelBackend"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom a visitor may be, with what they do and what they answer for."""

    username: str
    name: str
    title: str
    part: str


def is_open(request: HttpRequest) -> bool:
    """Whether this request may be somebody without a password.

    Only where the story's clock is allowed, so never on a real service, and only when the request
    came from this machine itself: one that a proxy passed on came from somewhere else.
    """
    if not settings.STORY_CLOCK or any(name in request.headers for name in FORWARDED):
        return False
    try:
        is_here = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_here and is_told()  # who comes in earlier would disturb what is still happening


def visitors() -> tuple[Visitor, ...]:
    """Who takes part in the story, in the order of the council's seats, and one who does not."""
    council, company = read_text("council.yaml"), read_text("company.yaml")
    parts: dict[str, str] = {}
    for seat in council["seats"]:
        parts[seat["memberships"][-1]["person"]] = f"Council: {seat['title']}"
    for domain in company["domains"]:
        parts.setdefault(domain["owner"], f"Answers for {domain['name']}")
    for delegation in council["delegations"]:
        parts.setdefault(delegation["taker"], "Signs for a colleague")
    parts["u-0213"] = "An employee like most"
    by_username = {employee.username: employee for employee in employees()}
    return tuple(
        Visitor(username, by_username[username].name, by_username[username].title, part)
        for username, part in parts.items()
    )


@login_not_required
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as the visitor that the form names; 404 wherever that is not open."""
    if not is_open(request):
        raise Http404
    username = request.POST.get("username", "")
    if username not in {visitor.username for visitor in visitors()}:
        raise Http404
    person = Person.objects.filter(
        username=username, is_active=True, is_demonstration=True, is_superuser=False
    ).first()
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(wanted if is_ours else "/")

"""Calendars: the feeds that calendar programs read by a secret address, and one's address."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance.addresses import calendar_addresses
from governance.council.selectors.calendars import (
    change_calendar,
    changes_feed,
    has_calendar_address,
    meetings_feed,
    principal_behind,
)
from governance.council.services.calendar_addresses import (
    end_calendar_address,
    make_calendar_address,
)


@login_not_required
@require_GET
def feed(request: HttpRequest, secret: str, what: str) -> HttpResponse:
    """`/council/calendar/<secret>/meetings.ics` and `changes.ics`, without signing in.

    The address is the key: it reads calendars and nothing else, and ends when its person ends it
    or leaves. An address that is not in use answers with an empty calendar.
    """
    principal = principal_behind(secret)
    text = meetings_feed(principal) if what == "meetings" else changes_feed(principal)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{what}.ics"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """`/council/calendar/`: what takes effect and ends, and one's address for calendar programs.

    POST makes a new address, which is shown once, or ends it (`end`).
    """
    principal = principal_from(request)
    addresses: dict[str, str] = {}
    if request.method == "POST":
        try:
            if "end" in request.POST:
                end_calendar_address(acting=principal)
                messages.success(request, "The address is ended.")
                return redirect("governance:calendar")
            secret = make_calendar_address(acting=principal)
            addresses = calendar_addresses(secret)
        except (CatalogError, AccessRefused) as error:
            messages.error(request, f"Nothing was changed. {reason_of(error)}")
    context = {
        "changes": change_calendar(principal),
        "addresses": addresses,
        "has_address": has_calendar_address(principal),
    }
    return render(request, "governance/council/calendar.html", context)

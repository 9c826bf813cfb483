"""The event log: what happened, who reads it, what got stuck."""

from __future__ import annotations

import json

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.errors import Conflict
from catalog.models import Event
from catalog.selectors import event_log as selector
from catalog.services.consumers import retry_parked
from catalog.types import Principal
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.query_strings import with_changes
from catalog.web.presentation.shapes import Link
from catalog.whole_numbers import whole

PER_PAGE = 50
MOST_IN_A_FILE = 10_000


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """`/administration/events/`"""
    principal = principal_from(request)
    rows = list(_found(request, principal)[: PER_PAGE + 1])
    lists = dict(request.GET.lists())
    shown = rows[:PER_PAGE]
    context = {
        "states": selector.consumer_states(principal),
        "most_counted": selector.MOST_COUNTED,
        "parked": page_of(request, selector.parked_events(principal), 20),
        "events": shown,
        "types": selector.event_types(principal),
        "type": request.GET.get("type", ""),
        "find": request.GET.get("find", ""),
        "next_href": with_changes(lists, {"before": shown[-1].pk}) if len(rows) > PER_PAGE else "",
        "first_href": with_changes(lists, {"before": None}) if "before" in request.GET else "",
        "breadcrumb": (
            Link("Administration", reverse("catalog:administration")),
            Link("Event log"),
        ),
    }
    return render(request, "catalog/administration/events.html", context)


@require_GET
def events_csv(request: HttpRequest) -> HttpResponse:
    """`/administration/events.csv`: the newest 10,000 under the page's conditions."""
    rows = _found(request, principal_from(request))[:MOST_IN_A_FILE]
    header = ("id", "at", "type", "version", "subject_type", "subject", "actor", "request")
    return csv_response(
        "events.csv",
        (*header, "payload"),
        [
            (
                event.pk,
                event.created_at,
                event.type,
                event.version,
                event.subject_type,
                event.subject_name,
                event.actor_name,
                event.request_id,
                json.dumps(event.payload, ensure_ascii=False),
            )
            for event in rows
        ],
    )


@require_POST
def retry(request: HttpRequest, parked_id: int) -> HttpResponse:
    """Give a parked event to its consumer again."""
    try:
        parked = retry_parked(acting=principal_from(request), parked_id=parked_id)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{parked.consumer} has taken the event.")
    return redirect("catalog:events")


def _found(request: HttpRequest, principal: Principal) -> QuerySet[Event]:
    before = request.GET.get("before", "")
    return selector.events(
        principal,
        type=request.GET.get("type", ""),
        find=request.GET.get("find", "").replace("\x00", "").strip()[:200],
        before=whole(before),
    )

"""The control of the demonstration's clock: a visitor moves it and sees deadlines pass."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import CatalogError, Conflict, InvalidInput
from catalog.web.middleware import principal_from
from catalog.web.presentation.present import tell_story
from catalog.web.refusals import reason_of
from governance.clock import now
from governance.council.selectors.meetings import next_meeting
from governance.proposals.services.story_clock import move

_STEPS = {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}


def story_clock(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `story_clock`, the instant a demonstration stands at; else nothing. What
    the page says of the past is counted from there, on pages of the catalog, too."""
    instant = now() if settings.STORY_CLOCK else None
    tell_story(instant)
    return {"story_clock": instant} if instant else {}


@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move it `by` an hour, a day, or to the next meeting."""
    principal = principal_from(request)
    by = request.POST.get("by", "")
    try:
        if by == "meeting":
            meeting = next_meeting(principal)
            if meeting is None or meeting.starts_at <= now():
                raise Conflict("No later meeting is planned.")
            instant = move(acting=principal, to=meeting.starts_at)
        elif by in _STEPS:
            instant = move(acting=principal, by=_STEPS[by])
        else:
            raise InvalidInput("The clock moves by an hour, a day, or to the meeting.", field="by")
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, f"It is {instant:%A}, {exact_day(instant)}, {instant:%H:%M} now.")
    back = request.POST.get("back", "")
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if inside else "/council/")

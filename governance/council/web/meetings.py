"""Meetings: the list, the agenda as it is prepared, the room while it meets, the minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.selectors.directory import get_person
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.council.selectors.meetings import meeting_list
from governance.council.selectors.meetings import minutes as minutes_of
from governance.council.selectors.meetings import room as room_of
from governance.council.services.meetings import (
    actions,
    agendas,
    attendance,
    minutes,
    room,
)
from governance.types import MeetingState, Outcome


@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """`/council/meetings/`: those to come, and those that were."""
    principal = principal_from(request)
    context = {
        "upcoming": list(meeting_list(principal, upcoming=True)[:10]),
        "page": page_of(request, meeting_list(principal, upcoming=False)),
    }
    return render(request, "governance/council/meetings.html", context)


@require_GET
def meeting(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """`/council/meetings/<id>/`: the agenda before, the room during, the minutes after."""
    return meeting_page(request, meeting_id)


def meeting_page(
    request: HttpRequest, meeting_id: int, refused: Mapping[str, Any] | None = None
) -> HttpResponse:
    """A meeting. `refused` is what an act in it was refused for: its `status`, the proposal's
    `key`, and by the act what was `sent` and what is `wrong` by field."""
    refused = refused or {}
    principal = principal_from(request)
    shown = room_of(principal, meeting_id)
    state = shown.meeting.state
    context: dict[str, Any] = {
        **refused,
        "room": shown,
        "meeting": shown.meeting,
        "open_to_current": shown.current is not None and shown.is_open_to(shown.current),
        "outcomes": [Outcome.ADOPTED, Outcome.REJECTED, Outcome.DEFERRED, Outcome.RETURNED],
    }
    if state in (MeetingState.CLOSED, MeetingState.APPROVED):
        context["minutes"] = minutes_of(principal, meeting_id)
        template = "minutes"
    else:
        template = "room" if state == MeetingState.OPEN else "agenda"
    return render(
        request,
        f"governance/council/{template}.html",
        context,
        status=refused.get("status", 200),
    )


@require_POST
def act(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """`/council/meetings/<id>/act/`: what `what` names."""
    principal = principal_from(request)
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"A meeting knows no {what[:40]!r}.", field="what")
        said = _ACTS[what](principal, meeting_id, request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        if said:
            messages.success(request, said)
    return redirect("governance:meeting", meeting_id)


def _plain(act: Callable[..., Any], said: str = "") -> Callable[..., str]:
    def run(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
        act(acting=principal, meeting_id=meeting_id)
        return said

    return run


def _on_item(act: Callable[..., Any], said: str = "", words: str = "") -> Callable[..., str]:
    def run(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
        more = {words: sent.get("words", "")} if words else {}
        act(acting=principal, meeting_id=meeting_id, item_id=_number(sent, "item"), **more)
        return said

    return run


def _advance(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    to = _number(sent, "item") if sent.get("item") else None
    room.advance(acting=principal, meeting_id=meeting_id, to_item_id=to)
    return ""


def _attend(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    seat = _number(sent, "seat") if sent.get("seat") else None
    person = sent.get("person", "")
    attendance.attend(
        acting=principal,
        meeting_id=meeting_id,
        seat_id=seat,
        person_id=whole(person),
    )
    return ""


def _leave(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    attendance.leave(acting=principal, meeting_id=meeting_id, seat_id=_number(sent, "seat"))
    return ""


def _add_item(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    agendas.add_item(acting=principal, meeting_id=meeting_id, title=sent.get("title", ""))
    return "Added."


def _add_action(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    owner = get_person(principal, sent.get("username", "").strip())
    actions.add_action(
        acting=principal,
        meeting_id=meeting_id,
        owner_id=owner.pk,
        text=sent.get("text", ""),
        due_on=_day(sent.get("due_on", "")),
    )
    return "Kept as an action."


def _note(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    room.note_meeting(acting=principal, meeting_id=meeting_id, notes=sent.get("words", ""))
    return "Noted."


def _write(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    minutes.write_minutes(acting=principal, meeting_id=meeting_id, text=sent.get("words", ""))
    return "Written."


def _correct(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    minutes.correct_minutes(acting=principal, meeting_id=meeting_id, text=sent.get("words", ""))
    return "The correction stands with the minutes."


def _object(principal: Principal, meeting_id: int, sent: QueryDict) -> str:
    minutes.object_to_minutes(acting=principal, meeting_id=meeting_id, reason=sent.get("words", ""))
    return "Your objection stands with the minutes."


def _number(sent: QueryDict, name: str) -> int:
    text = sent.get(name, "")
    if (number := whole(text)) is None:
        raise InvalidInput(f"Say which {name} is meant.", field=name)
    return number


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(f"{text!r} is no day such as 2026-10-01.", field="due_on")
    return day


_ACTS: Mapping[str, Callable[[Principal, int, QueryDict], str]] = {
    "make_agenda": _plain(agendas.make_agenda, "The agenda is made anew."),
    "send_agenda": _plain(agendas.send_agenda, "The agenda is sent to every seat."),
    "add_item": _add_item,
    "drop_item": _on_item(agendas.drop_item, "Dropped."),
    "postpone_item": _on_item(agendas.postpone_item, "Left to the next meeting."),
    "pull_item": _on_item(agendas.pull_item, "Pulled: it is decided on its own.", words="reason"),
    "open": _plain(room.open_meeting),
    "advance": _advance,
    "attend": _attend,
    "leave": _leave,
    "note_item": _on_item(room.note_item, "Noted.", words="notes"),
    "note": _note,
    "close": _plain(room.close_meeting, "Closed; the minutes are drafted from the record."),
    "add_action": _add_action,
    "draft_minutes": _plain(minutes.draft_minutes, "Drafted anew from the record."),
    "write_minutes": _write,
    "approve": _plain(minutes.approve_minutes, "Approved and signed."),
    "object": _object,
    "correct": _correct,
}

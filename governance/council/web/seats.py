"""Who sits in the council, drawn as hub and spokes, and one seat through time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.selectors.directory import get_person
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance.agreements.web.moments import moment_of
from governance.clock import now
from governance.council.selectors.seats import (
    SeatAt,
    council,
    delegations,
    memberships,
    seat_detail,
)
from governance.council.services.delegations import delegate, end_delegation
from governance.council.services.memberships import seat_person, vacate
from governance.pictures.council_picture import SeatShape, draw_council
from governance.types import SeatKind


class DelegationForm(forms.Form):
    """Give one's vote to a colleague for a time."""

    username = forms.CharField(label="To whom", max_length=150, help_text="Their user name.")
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="Why", required=False, max_length=300)


@require_GET
def seats(request: HttpRequest) -> HttpResponse:
    """`/council/seats/`: `?as_of=` shows who sat there then."""
    return _seats(request, DelegationForm(), moment_of(request))


def _seats(
    request: HttpRequest, form: DelegationForm, at: dt.datetime | None, status: int = 200
) -> HttpResponse:
    principal = principal_from(request)
    found = council(principal, at)
    context = {
        "seats": found,
        "picture": draw_council([_shape(entry) for entry in found]),
        "filled": sum(not entry.is_vacant for entry in found),
        "delegations": list(delegations(principal, current=True)),
        "form": form,
        "is_member": any(
            entry.sitter is not None and entry.sitter.pk == principal.person_id for entry in found
        ),
        "at": at,
        "present_href": reverse("governance:seats"),
    }
    return render(request, "governance/council/seats.html", context, status=status)


@require_GET
def seat(request: HttpRequest, slug: str) -> HttpResponse:
    """`/council/seats/<slug>/`"""
    principal = principal_from(request)
    found = seat_detail(principal, slug)
    history = list(memberships(principal, seat_id=found.seat.pk))
    return render(request, "governance/council/seat.html", {"entry": found, "memberships": history})


@require_POST
def change_seat(request: HttpRequest, slug: str) -> HttpResponse:
    """Seat a person (`username`), or leave the seat vacant with `vacate` and a reason."""
    principal = principal_from(request)
    found = seat_detail(principal, slug)
    try:
        if "vacate" in request.POST:
            vacate(acting=principal, seat_id=found.seat.pk, reason=request.POST.get("reason", ""))
            done = f"{found.seat} is vacant now."
        else:
            person = get_person(principal, request.POST.get("username", "").strip())
            seat_person(acting=principal, seat_id=found.seat.pk, person_id=person.pk)
            done = f"{person} sits on {found.seat} now."
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, done)
    return redirect("governance:seat", slug)


@require_POST
def give_vote(request: HttpRequest) -> HttpResponse:
    """Delegate one's own vote and signature; refused, the form stands again as it was sent."""
    principal = principal_from(request)
    form = DelegationForm(request.POST)
    if not form.is_valid():
        return _seats(request, form, None, status=400)
    given: dict[str, Any] = form.cleaned_data
    try:
        made = delegate(
            acting=principal,
            taker_id=_taker(principal, given["username"]),
            since=_start(given["since"]),
            until=_moment(given["until"], dt.time.max),
            reason=given["reason"],
        )
    except CatalogError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _seats(request, form, None, status=error.status)
    except AccessRefused as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, f"{made.taker} acts for you until {exact_day(made.until)}.")
    return redirect("governance:seats")


def _taker(principal: Principal, username: str) -> int:
    try:
        return get_person(principal, username.strip()).pk
    except NotFound as error:
        raise InvalidInput(error.message, field="username") from error


@require_POST
def take_back(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """End a delegation at once."""
    try:
        end_delegation(acting=principal_from(request), delegation_id=delegation_id)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, "The delegation has ended.")
    return redirect("governance:seats")


def _start(day: dt.date | None) -> dt.datetime | None:
    """The beginning of a day; None, which means at once, for today and for no day."""
    if day is None or day == timezone.localtime(now()).date():
        return None
    return _moment(day, dt.time.min)


def _moment(day: dt.date, time: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, time))


def _shape(entry: SeatAt) -> SeatShape:
    seat = entry.seat
    notes = []
    if entry.delegate is not None:
        notes.append(f"by {entry.delegate}")
    elif seat.veto_classes:
        notes.append(f"veto: {', '.join(seat.veto_classes)}")
    elif seat.is_chair:
        notes.append("chair")
    return SeatShape(
        name=seat.name,
        person=str(entry.sitter or ""),
        href=reverse("governance:seat", args=[seat.slug]),
        is_hub=seat.kind == SeatKind.HUB,
        note="; ".join(notes),
        is_voting=seat.is_voting,
    )

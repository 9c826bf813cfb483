"""Exceptions on pages: asking in two clicks, the owner seat's queue, ending, breaking glass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from governance import clock
from governance.models import OptOutException
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.answering import answered_by, to_decide
from governance.permissions.selectors.exceptions import exceptions_seen, templates_seen
from governance.permissions.selectors.register import entries_by_key, hidden_from
from governance.permissions.selectors.reviews import to_review
from governance.permissions.services.break_glass import (
    MOST_MINUTES,
    approve_template,
    break_glass,
    end_template,
    review_glass,
)
from governance.permissions.services.exceptions import (
    decide_exception,
    end_exception,
    request_exception,
)
from governance.permissions.types import ExceptionState, ReviewOutcome, ReviewState

_USUAL = dt.timedelta(days=30)
_DATE = forms.DateInput(attrs={"type": "date"})
_LINES = forms.Textarea(attrs={"rows": 3})


class RequestForm(forms.Form):
    """From which opt-out, why, until when; for oneself unless told."""

    agreement = forms.CharField(widget=forms.HiddenInput, max_length=300)
    reason = forms.CharField(
        label="Why", max_length=4_000, widget=_LINES,
        help_text="What you need it for. Everybody can read it.",
    )  # fmt: skip
    until = forms.DateField(label="Until", widget=_DATE, help_text="A year at most.")
    datasets = forms.CharField(
        label="Datasets", required=False, max_length=4_000,
        help_text="Names or patterns, separated by commas; empty: all that the opt-out covers.",
    )  # fmt: skip
    username = forms.CharField(
        label="For somebody else", required=False, max_length=150, help_text="A user name."
    )
    team = forms.CharField(
        label="For a team", required=False, max_length=200, help_text="Its name."
    )


class TemplateForm(forms.Form):
    """What is approved in advance: for which team, for how long at a time, until when."""

    agreement = forms.CharField(label="Opt-out", max_length=300, widget=forms.Select)
    team = forms.CharField(label="Team", max_length=200)
    minutes = forms.IntegerField(label="Minutes at a time", min_value=1, max_value=MOST_MINUTES)
    reason = forms.CharField(label="What it is for", max_length=4_000, widget=_LINES)
    until = forms.DateField(label="Until", widget=_DATE)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """`/access/exceptions/new/`: `?opt_out=` names the agreement, `?dataset=` narrows it. Without
    an opt-out one is chosen first, among those that concern the reader."""
    if request.method == "GET" and not request.GET.get("opt_out"):
        return redirect("governance:my_access")
    principal = principal_from(request)
    at = clock.now()
    given = {
        "agreement": request.GET.get("opt_out", ""),
        "datasets": request.GET.get("dataset", ""),
        "until": (at + _USUAL).date(),
    }
    form = RequestForm(request.POST) if request.method == "POST" else RequestForm(initial=given)
    if request.method == "POST" and form.is_valid() and _asked(request, principal, form):
        return redirect("governance:my_access")
    entries = entries_by_key(opt_outs.current(), hidden_from(principal))
    entry = entries.get(form["agreement"].value() or "")
    if entry is None:
        raise NotFound("There is no such opt-out in force.")
    return render(
        request,
        "governance/permissions/ask.html",
        {"form": form, "entry": entry},
        status=400 if form.errors else 200,
    )


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """`/access/exceptions/`: what waits for me, and every exception; `?state=` and, of broken
    glass, `?review=` narrow it."""
    principal = principal_from(request)
    at, state = clock.now(), request.GET.get("state", "")
    review = request.GET.get("review", "")
    if state and state not in set(ExceptionState):
        raise InvalidInput(f"Choose one of {', '.join(ExceptionState)}.", field="state")
    if review and review not in set(ReviewState):
        raise InvalidInput(f"Choose one of {', '.join(ReviewState)}.", field="review")
    page = page_of(request, exceptions_seen(principal, state=state, review=review))
    mine = answered_by(principal, at)
    asked = list(to_decide(principal, at))
    context = {
        "to_decide": asked,
        # A link to one of these leads to where it is decided, not to its row further below.
        "deciding": {row.pk for row in asked},
        "to_review": [(row, _log_of(row)) for row in to_review(principal, at)],
        "page": page,
        "state": state,
        "states": list(ExceptionState),
        "review": review,
        "reviews": list(ReviewState),
        "at": at,
        "may_end": {
            row.pk
            for row in page.object_list
            if principal.is_administrator
            or principal.person_id in (row.requested_by_id, row.person_id)
            or row.agreement.key in mine
        },
    }
    return render(request, "governance/permissions/exceptions.html", context)


@require_POST
def change(request: HttpRequest, exception_id: int) -> HttpResponse:
    """Approve, refuse or end it, or say how the review of broken glass came out, as `what` says."""
    principal = principal_from(request)
    what, words = request.POST.get("what", ""), request.POST.get("words", "")
    try:
        if what not in _ACTS:
            raise InvalidInput("Approve it, refuse it, end it, or say how it was.", field="what")
        _ACTS[what](principal, exception_id, words)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, _DONE[what])
    if request.POST.get("from") == "mine":
        return redirect("governance:my_access")
    return redirect("governance:exceptions")


@require_http_methods(["GET", "POST"])
def templates(request: HttpRequest) -> HttpResponse:
    """`/access/break-glass/`: what may be broken in an emergency; the owner seat approves more."""
    principal = principal_from(request)
    at = clock.now()
    form = TemplateForm(request.POST or None, initial={"minutes": 30})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        until = given.pop("until")
        if _done(
            request,
            form,
            lambda: approve_template(acting=principal, ends_at=_end_of(until), **given),
            "Approved. Its team can break the glass from now on.",
        ):
            return redirect("governance:break_glass")
    mine = answered_by(principal, at)
    entries = entries_by_key(opt_outs.current(), hidden_from(principal))
    owned = [entries[key] for key in sorted(mine) if key in entries]
    choices = [(entry.key, entry.title) for entry in owned]
    form.fields["agreement"].widget = forms.Select(choices=choices)
    page = page_of(request, templates_seen(principal).order_by("-approved_at", "-id"))
    context = {
        "page": page,
        "at": at,
        "teams": principal.teams,
        "may_end": {
            row.pk
            for row in page.object_list
            if (principal.is_administrator or row.agreement.key in mine)
            and row.ended_at is None
            and row.ends_at > at
        },
        "form": form,
        "owned": owned,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/permissions/break_glass.html", context, status=status)


@require_POST
def use_template(request: HttpRequest, template_id: int) -> HttpResponse:
    """Break the glass now, for oneself; the owner is paged."""
    principal = principal_from(request)
    try:
        row = break_glass(
            acting=principal, template_id=template_id, reason=request.POST.get("words", "")
        )
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"The glass is whole. {reason_of(error)}")
        return redirect("governance:break_glass")
    messages.success(
        request,
        f"The glass is broken until {row.ends_at:%H:%M} UTC. Its owner was told.",
    )
    return redirect("governance:my_access")


@require_POST
def end(request: HttpRequest, template_id: int) -> HttpResponse:
    """End what was approved in advance, at once."""
    principal = principal_from(request)
    try:
        end_template(
            acting=principal, template_id=template_id, reason=request.POST.get("words", "")
        )
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, "Ended. Nobody breaks this glass any more.")
    return redirect("governance:break_glass")


def _asked(request: HttpRequest, principal: Principal, form: RequestForm) -> bool:
    given = form.cleaned_data
    return _done(
        request,
        form,
        lambda: request_exception(
            acting=principal,
            agreement=given["agreement"],
            reason=given["reason"],
            ends_at=_end_of(given["until"]),
            username=given["username"].strip(),
            team=given["team"].strip(),
            datasets=[name for name in given["datasets"].split(",") if name.strip()],
        ),
        "Asked. Its owner decides; you see the answer here.",
    )


def _done(request: HttpRequest, form: forms.Form, act: Callable[[], object], said: str) -> bool:
    """Whether it was done; a refusal is shown at its field."""
    try:
        act()
    except (CatalogError, AccessRefused) as error:
        field = {"ends_at": "until"}.get(getattr(error, "field", ""), getattr(error, "field", ""))
        form.add_error(field if field in form.fields else None, reason_of(error))
        return False
    messages.success(request, said)
    return True


def _end_of(day: dt.date) -> dt.datetime:
    """The last second of a day that is still included, so that pages name that day."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


def _approve(principal: Principal, exception_id: int, words: str) -> None:
    decide_exception(acting=principal, exception_id=exception_id, approve=True, note=words)


def _refuse(principal: Principal, exception_id: int, words: str) -> None:
    decide_exception(acting=principal, exception_id=exception_id, approve=False, note=words)


def _end(principal: Principal, exception_id: int, words: str) -> None:
    end_exception(acting=principal, exception_id=exception_id, reason=words)


def _justified(principal: Principal, exception_id: int, words: str) -> None:
    review_glass(
        acting=principal, exception_id=exception_id, outcome=ReviewOutcome.JUSTIFIED, note=words
    )


def _not_justified(principal: Principal, exception_id: int, words: str) -> None:
    review_glass(
        acting=principal, exception_id=exception_id, outcome=ReviewOutcome.NOT_JUSTIFIED, note=words
    )


def _log_of(row: OptOutException) -> str:
    """What was asked for while glass was broken, in the log of access decisions."""
    days = {"since": f"{row.begins_at:%Y-%m-%d}", "until": f"{row.ends_at:%Y-%m-%d}"}
    name = row.person.username if row.person else ""
    return f"{reverse('governance:audit')}?{urlencode({'person': name, **days})}"


_ACTS: Mapping[str, Callable[[Principal, int, str], None]] = {
    "approve": _approve,
    "refuse": _refuse,
    "end": _end,
    "justified": _justified,
    "not_justified": _not_justified,
}
_DONE: Mapping[str, Any] = {
    "approve": "Approved. It holds from its beginning to its end, and can be revoked.",
    "refuse": "Refused, with your reason.",
    "end": "Ended.",
    "justified": "Reviewed: it was justified. Who broke the glass is told.",
    "not_justified": "Reviewed: it was not justified. Who broke the glass is told.",
}

"""What a reader does on the page of a trial: suggest tests, replay the log, begin and end a
shadow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.permissions.trial.services.replays import request_replay
from governance.permissions.trial.services.shadows import end_shadow, start_shadow
from governance.permissions.trial.services.suggesting import suggest_tests


@require_POST
def change(request: HttpRequest, key: str) -> HttpResponse:
    """`/proposals/<key>/trial/change/`: `what` says what is done."""
    principal = principal_from(request)
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput("Suggest tests, replay the log, or begin or end a shadow.")
        done = _ACTS[what](principal, key, request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, done)
    return redirect("governance:proposal_trial", key)


def _suggest(principal: Principal, key: str, given: Mapping[str, str]) -> str:
    suggest_tests(acting=principal, key=key)
    return "Tests were written into the draft: they say what it does today. Read them."


def _replay(principal: Principal, key: str, given: Mapping[str, str]) -> str:
    days = whole(given.get("days", "").strip())
    if days is None:
        raise InvalidInput("Say how many days, as a whole number.", field="days")
    request_replay(acting=principal, key=key, days=days)
    return "The log is being decided once more; its progress stands on this page."


def _start(principal: Principal, key: str, given: Mapping[str, str]) -> str:
    try:
        until = dt.date.fromisoformat(given.get("until", "").strip())
    except ValueError as error:
        raise InvalidInput("Say the last day, such as 2026-12-24.", field="until") from error
    start_shadow(acting=principal, key=key, until=until)
    return "It stands beside live answers from now on, and changes none of them."


def _end(principal: Principal, key: str, given: Mapping[str, str]) -> str:
    end_shadow(acting=principal, key=key)
    return "The shadow has ended; what it counted stays."


_ACTS: Mapping[str, Callable[[Principal, str, Mapping[str, str]], str]] = {
    "suggest_tests": _suggest,
    "replay": _replay,
    "start_shadow": _start,
    "end_shadow": _end,
}

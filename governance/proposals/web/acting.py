"""Everything a person can do with a proposal from its page: each button is one service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.council.services import appeals
from governance.council.services.decisions import record_vote
from governance.council.services.meetings import decide
from governance.council.web.meetings import meeting_page
from governance.proposals.incoming import named_person
from governance.proposals.services import (
    comments,
    concerns,
    interests,
    positions,
    stepping,
    submitting,
)
from governance.proposals.services.emergencies import confirm_emergency
from governance.proposals.services.reversing import propose_reversal
from governance.proposals.web.page import proposal_page
from governance.types import Evidence, Outcome, PositionValue

Done = tuple[str, str]  # the sentence shown, and the proposal to go on with


@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """`/proposals/<key>/act/`: what `what` names, with the fields its form sends."""
    principal = principal_from(request)
    what = request.POST.get("what", "")
    back = request.POST.get("back", "")
    in_meeting = back.startswith("/council/meetings/")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"A proposal knows no {what[:40]!r}.", field="what")
        said, following = _ACTS[what](principal, key, request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
        if what in _WRITTEN and ("meeting" in request.POST or not in_meeting):
            return _asked_again(request, key, what, error)
        following = key
    else:
        messages.success(request, said)
    return redirect(back) if in_meeting else redirect("governance:proposal", following)


def _asked_again(
    request: HttpRequest, key: str, what: str, error: CatalogError | AccessRefused
) -> HttpResponse:
    """The page with its form as it was sent, and what is wrong beside the field that is meant."""
    field = error.field if isinstance(error, CatalogError) else ""
    refused = {
        "key": key,
        "status": error.status if isinstance(error, CatalogError) else 403,
        "sent": {what: request.POST},
        "wrong": {what: {_FIELDS.get((what, field), field) or "form": reason_of(error)}},
    }
    number = request.POST.get("meeting", "")
    if number.isascii() and number.isdigit():
        return meeting_page(request, int(number), refused)
    return proposal_page(request, key, refused)


def _position(principal: Principal, key: str, sent: QueryDict) -> Done:
    chosen = sent.get("value", "")
    if chosen not in list(PositionValue):
        raise InvalidInput("Choose a position.", field="value")
    value = PositionValue(chosen)
    behalf = sent.get("on_behalf_of", "")
    link = sent.get("evidence", "").strip()
    positions.take_position(
        acting=principal,
        key=key,
        revision_digest=sent.get("digest", ""),
        value=value,
        reason=sent.get("reason", ""),
        block_kind=sent.get("block_kind", "") if value is PositionValue.BLOCK else "",
        on_behalf_of_id=whole(behalf),
        title=sent.get("title", ""),
        evidence=[Evidence(title=link[:300], url=link)] if link else (),
    )
    return "Your position is recorded.", key


def _concern(principal: Principal, key: str, sent: QueryDict) -> Done:
    concerns.raise_concern(
        acting=principal,
        key=key,
        kind=sent.get("kind", ""),
        title=sent.get("title", ""),
        text=sent.get("text", ""),
    )
    return "Your concern stands with the proposal.", key


def _of_concern(act: Callable[..., Any], said: str, text: str = "") -> Callable[..., Done]:
    def run(principal: Principal, key: str, sent: QueryDict) -> Done:
        number = sent.get("concern", "")
        if (meant := whole(number)) is None:
            raise InvalidInput("Say which concern is meant.", field="concern")
        more = {text: sent.get("words", "")} if text else {}
        act(acting=principal, concern_id=meant, **more)
        return said, key

    return run


def _of_appeal(act: Callable[..., Any], said: str, word: str = "") -> Callable[..., Done]:
    def run(principal: Principal, key: str, sent: QueryDict) -> Done:
        number = sent.get("appeal", "")
        if (meant := whole(number)) is None:
            raise InvalidInput("Say which appeal is meant.", field="appeal")
        more = {word: sent.get(word, "")} if word else {}
        act(acting=principal, appeal_id=meant, **more)
        return said, key

    return run


def _interest(principal: Principal, key: str, sent: QueryDict) -> Done:
    interests.rule_on_interest(
        acting=principal,
        key=key,
        person_id=named_person(principal, sent.get("username", "").strip()),
        stands_aside=sent.get("stands_aside") == "1",
        ruling=sent.get("words", ""),
    )
    return "Ruled on.", key


def _plain(act: Callable[..., Any], said: str) -> Callable[..., Done]:
    def run(principal: Principal, key: str, sent: QueryDict) -> Done:
        act(acting=principal, key=key)
        return said, key

    return run


def _with_reason(act: Callable[..., Any], said: str) -> Callable[..., Done]:
    def run(principal: Principal, key: str, sent: QueryDict) -> Done:
        act(acting=principal, key=key, reason=sent.get("words", ""))
        return said, key

    return run


def _vote(principal: Principal, key: str, sent: QueryDict) -> Done:
    outcome = sent.get("outcome", "")
    if outcome not in list(Outcome):
        raise InvalidInput("Choose how the vote ended.", field="outcome")
    meeting = sent.get("meeting", "")
    stated: dict[str, Any] = {
        "acting": principal,
        "key": key,
        "outcome": Outcome(outcome),
        "reason": sent.get("words", ""),
        "effective_at": _day(sent.get("effective_on", ""), "effective_on"),
        "deferred_until": _day(sent.get("deferred_on", ""), "deferred_on"),
    }
    number = whole(meeting)
    decision = record_vote(**stated) if number is None else decide(meeting_id=number, **stated)
    return f"{decision.key} is recorded: {decision.sentence}", key


def _reverse(principal: Principal, key: str, sent: QueryDict) -> Done:
    made = propose_reversal(acting=principal, key=key, reason=sent.get("words", ""))
    return f"{made.key} asks to take it back.", made.key


def _comment(principal: Principal, key: str, sent: QueryDict) -> Done:
    comments.comment(acting=principal, key=key, text=sent.get("text", ""))
    return "Written.", key


def _day(text: str, field: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(f"{text!r} is no day such as 2026-10-01.", field=field)
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


# What is written by hand, and is not lost with a refusal.
_WRITTEN = frozenset({"take_position", "raise_concern", "comment", "record_vote"})
# Fields that a form calls otherwise than the service.
_FIELDS = {
    ("record_vote", "reason"): "words",
    ("record_vote", "effective_at"): "effective_on",
    ("record_vote", "deferred_until"): "deferred_on",
}

_ACTS: Mapping[str, Callable[[Principal, str, QueryDict], Done]] = {
    "submit": _plain(submitting.submit, "Submitted: those it touches are asked."),
    "return": _with_reason(submitting.return_to_author, "Returned to its author."),
    "accept": _plain(submitting.accept, "It is in discussion now."),
    "merge": _plain(submitting.merge_editorial, "Merged: only words differ."),
    "consent_locally": _plain(submitting.consent_locally, "Agreed within the domain."),
    "take_position": _position,
    "raise_concern": _concern,
    "answer_concern": _of_concern(concerns.answer_concern, "Answered.", "answer"),
    "resolve_concern": _of_concern(concerns.resolve_concern, "The concern is resolved."),
    "withdraw_concern": _of_concern(concerns.withdraw_concern, "The concern is withdrawn."),
    "rule_valid": _of_concern(concerns.rule_valid, "Ruled on.", "ruling"),
    "rule_invalid": _of_concern(concerns.rule_invalid, "Ruled on.", "ruling"),
    "appeal_ruling": _of_concern(
        appeals.appeal_ruling, "The ruling goes before the meeting.", "reason"
    ),
    "vote_on_appeal": _of_appeal(appeals.vote_on_appeal, "Your vote is recorded.", "choice"),
    "decide_appeal": _of_appeal(appeals.decide_appeal, "The meeting has decided on the appeal."),
    "rule_on_interest": _interest,
    "comment": _comment,
    "call_final": _plain(stepping.call_final, "The final call runs."),
    "ask_for_vote": _with_reason(stepping.ask_for_vote, "You asked for a vote of the council."),
    "record_vote": _vote,
    "withdraw": _with_reason(stepping.withdraw, "Withdrawn."),
    "resume": _plain(stepping.resume, "It is in discussion again."),
    "raise_scope": _with_reason(stepping.raise_scope, "It concerns the whole enterprise now."),
    "rebase": _plain(stepping.rebase, "It starts from what is in force now."),
    "confirm_emergency": _with_reason(confirm_emergency, "Confirmed by a second person."),
    "reverse": _reverse,
}

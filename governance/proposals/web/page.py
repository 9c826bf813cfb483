"""One proposal: the ask, what changes, whom it touches, who must sign, what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.dates import exact_day
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.presentation.shapes import TimelineItem
from catalog.web.presentation.times import relative_time
from governance.agreements.diff import difference
from governance.agreements.kinds import kinds
from governance.council.selectors.appeals import AppealView, appeals_of
from governance.notifications.selectors.inbox import is_watching
from governance.proposals.rules.consent import SignState
from governance.proposals.selectors.proposals import (
    ChangeView,
    ProposalDetail,
    SignerView,
    proposal_detail,
)
from governance.proposals.web.findings import placed
from governance.types import (
    AgreementState,
    BlockKind,
    ConcernState,
    ConflictState,
    Outcome,
    PositionValue,
)
from governance.wording import word_for

_OFFERED = (
    PositionValue.CONSENT,
    PositionValue.CONSENT_WITH_CONCERN,
    PositionValue.ABSTAIN,
    PositionValue.BLOCK,
    PositionValue.RECUSED,
)


SHORT = 1_500  # characters of a document


@dataclass(frozen=True, slots=True)
class Offer:
    """An act behind *More*: what its form asks for, if anything."""

    what: str
    label: str
    asks: str = ""
    needs_words: bool = False
    danger: bool = False


_MORE = (
    Offer("call_final", "Call the final call"),
    Offer("ask_for_vote", "Ask for a vote of the council", "Why", needs_words=True),
    Offer("accept", "Take it into discussion"),
    Offer("return", "Return it to its author", "What is missing", needs_words=True),
    Offer("raise_scope", "Raise it to the whole enterprise", "Why"),
    Offer("resume", "Discuss it again"),
    Offer("reverse", "Propose to take it back", "Why", needs_words=True),
    Offer("withdraw", "Withdraw it", "Why", needs_words=True, danger=True),
)


@require_GET
def proposal(request: HttpRequest, key: str) -> HttpResponse:
    """`/proposals/<key>/`"""
    return proposal_page(request, key)


def proposal_page(
    request: HttpRequest, key: str, refused: Mapping[str, Any] | None = None
) -> HttpResponse:
    """A proposal. `refused` is what an act on it was refused for: its `status`, the proposal's
    `key`, and by the act what was `sent` and what is `wrong` by field."""
    refused = refused or {}
    principal = principal_from(request)
    detail = proposal_detail(principal, key)
    may = {name: ability.is_possible for name, ability in detail.can.items()}
    appeals = appeals_of(principal, [detail.proposal], detail.now)
    context: dict[str, Any] = {
        "proposal": detail.proposal,
        "revision": detail.revision,
        "changes": [_change(view) for view in detail.changes],
        "findings": placed(
            detail.findings, [kinds.get(view.change.kind) for view in detail.changes]
        ),
        "impact": detail.snapshot,
        "signatures": [_signature(view) for view in detail.signers],
        "signed": sum(v.signature.state is SignState.CONSENTED for v in detail.signers),
        "others": detail.others,
        "positions": [_position(view) for view in reversed(detail.positions)],
        "concerns": [_concern(concern, appeals) for concern in detail.concerns],
        "interests": detail.interests,
        "own_interest": next(
            (i for i in detail.interests if i.is_open and i.person.pk == principal.person_id), None
        ),
        "comments": detail.comments,
        "conflicts": [c for c in detail.conflicts if c.state == ConflictState.OPEN],
        "is_tried": may.get("try", False),
        "timeline": _timeline(detail),
        "decisions": detail.decisions,
        "tasks": detail.tasks,
        "clocks": detail.clocks,
        "follow_ups": detail.follow_ups,
        "may": may,
        "cannot": {name: ability.why_not for name, ability in detail.can.items()},
        "may_edit": may.get("revise", False),
        "must_sign": _asked(principal, detail),
        "stands_for": _stands_for(principal, detail),
        "more_acts": [offer for offer in _MORE if may.get(offer.what)],
        "position_values": _OFFERED,
        "block_kinds": list(BlockKind),
        "outcomes": [Outcome.ADOPTED, Outcome.REJECTED, Outcome.DEFERRED, Outcome.RETURNED],
        "me": principal.person_id,
        "watching": is_watching(principal, "proposal", key),
    }
    return render(
        request,
        "governance/proposals/proposal.html",
        {**context, **refused},
        status=refused.get("status", 200),
    )


def _change(view: ChangeView) -> dict[str, Any]:
    change, kind = view.change, kinds.get(view.change.kind)
    document = kind.document_type.model_validate(view.after) if view.after else None
    agreement = change.agreement
    return {
        "title": change.title,
        "op": change.op,
        "kind_label": view.kind_label,
        "agreement_key": change.agreement_key,
        "has_page": agreement is not None and agreement.state != AgreementState.PROPOSED,
        "base_version": change.base_version,
        "sentence": kind.sentence(document) if document is not None else "",
        "not_enforced": kind.not_enforced,
        "document": document,
        "template": kind.template,
        "differences": difference(view.before, view.after, kind.document_type),
        # What reads at a glance is shown at once; a whole workflow is opened by who wants it.
        "is_short": not change.base_version and len(str(view.after)) < SHORT,
    }


def _signature(view: SignerView) -> dict[str, Any]:
    state = view.signature.state
    words = {
        SignState.CONSENTED: "has consented",
        SignState.BLOCKED: "blocks",
        SignState.ABSTAINED: "abstains",
        SignState.SILENT: "has not answered",
        SignState.VACANT: "nobody can sign for it",
    }[state]
    if state is SignState.VACANT and view.signature.has_conflict:
        words = "made it or has an interest in it, and nobody stands in"
    request = view.request
    clock = []
    if request is not None and state is SignState.SILENT:
        clock.append(f"Asked on {exact_day(request.requested_at)}.")
        if request.reminded_at:
            clock.append(f"Reminded on {exact_day(request.reminded_at)}.")
        if request.delegated_at and request.delegate:
            clock.append(f"{request.delegate} was asked to stand in.")
        if request.manager_at and request.manager:
            clock.append(f"{request.manager} was told.")
    if view.signature.has_conflict:
        clock.append("Whoever made it does not sign it: another person of the domain does.")
    return {
        "label": view.signer.label,
        "person": view.signer.person,
        "state": state.value,
        "words": words,
        "explanation": view.signer.explanation,
        "path": view.signer.path,
        "clock": " ".join(clock),
    }


def _position(view: Any) -> Any:
    view.position.is_stale, view.position.is_replaced = view.is_stale, view.is_replaced
    return view.position


def _concern(concern: Any, appeals: Sequence[AppealView]) -> Any:
    concern.is_open = concern.state in (ConcernState.OPEN, ConcernState.ADDRESSED)
    concern.views = [one for one in appeals if one.appeal.concern_id == concern.pk]
    concern.is_settled_by_meeting = any(
        one.is_open or one.appeal.ruling == concern.ruling for one in concern.views
    )
    return concern


def _asked(principal: Principal, detail: ProposalDetail) -> bool:
    """Whether a signature that is still missing is this reader's to give."""
    return any(
        principal.person_id in view.signature.may_sign
        and view.signature.state in (SignState.SILENT, SignState.BLOCKED, SignState.ABSTAINED)
        for view in detail.signers
    )


def _stands_for(principal: Principal, detail: ProposalDetail) -> list[Any]:
    """The people for whom the reader may speak: those whose delegate or manager they are."""
    people = {}
    for view in detail.signers:
        person = view.signer.person
        if (
            person is not None
            and person.pk != principal.person_id
            and not view.signature.has_conflict
            and principal.person_id in view.signature.may_sign
        ):
            people[person.pk] = person
    return list(people.values())


def _timeline(detail: ProposalDetail) -> list[TimelineItem]:
    items = []
    for step in reversed(detail.steps):
        word = word_for("proposal", step.after)
        items.append(
            TimelineItem(
                what=word.text,
                when=step.at,
                who=str(step.actor or "Concord"),
                detail="" if step.reason.rstrip(".") == word.text else step.reason,
                meaning=word.meaning,
                said=relative_time(step.at, detail.now),
            )
        )
    return items

"""Concerns: doubts that are answered in writing, and who may say that they are settled (3.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, NotFound
from catalog.models import Person
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.council.models import Membership, Seat
from governance.proposals.models import Concern, Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.selectors.standing import standing
from governance.proposals.services.blocks import (
    block_follows,
    block_kind_of,
    reopens,
    require_block_evidence,
)
from governance.proposals.services.reopening import hold_for_reopening
from governance.proposals.services.steps import demand, take, touch
from governance.proposals.services.texts import evidence_rows, line, written
from governance.types import AppealState, BlockKind, ConcernState, Evidence

_STANDING = (ConcernState.OPEN, ConcernState.ADDRESSED)
_VETOES = (BlockKind.LEGAL, BlockKind.SECURITY)


def raise_concern(
    *,
    acting: Principal,
    key: str,
    kind: str,
    title: str,
    text: str,
    is_blocking: bool = False,
    evidence: Sequence[Evidence] = (),
) -> Concern:
    """Put a doubt on record; any employee may (R-026). A blocking one shows its evidence."""
    require(acting, Action.PROPOSE)
    known = block_kind_of(kind)
    heading, words = line(title, field="title"), written(text, field="text")
    rows = evidence_rows(evidence)
    if is_blocking:
        require_block_evidence(kind, text, evidence)
    at = clock.now()
    with writing(acting):
        if is_blocking:
            hold_for_reopening(key)
        proposal = take(key)
        found = standing(proposal, acting, at)
        is_reopening = is_blocking and reopens(proposal)
        demand(Act.REOPEN if is_reopening else Act.RAISE_CONCERN, found)
        if is_blocking:
            return block_follows(
                proposal,
                acting=acting,
                at=at,
                raiser_id=person_id_of(acting),
                kind=known,
                title=heading,
                text=words,
                evidence=rows,
            )
        if proposal.current is None:
            raise Conflict("This proposal has no text yet.")
        concern = Concern.objects.create(
            proposal=proposal,
            revision=proposal.current,
            raiser_id=person_id_of(acting),
            kind=known,
            is_blocking=False,
            title=heading,
            text=words,
            evidence=rows,
            raised_at=at,
        )
        touch(proposal, "concern", acting=acting, at=at)
    return concern


def answer_concern(*, acting: Principal, concern_id: int, answer: str) -> Concern:
    """Answer in writing: addressed, which is not yet resolved; its raiser says whether it is."""
    words = written(answer, field="answer")
    at = clock.now()
    with writing(acting):
        proposal, concern = _take(concern_id, acting)
        demand(Act.ANSWER_CONCERN, standing(proposal, acting, at))
        _require_standing(concern)
        concern.answer = words
        concern.answered_by_id = person_id_of(acting)
        concern.state = ConcernState.ADDRESSED
        concern.save(update_fields=["answer", "answered_by", "state"])
        touch(proposal, "concern", acting=acting, at=at, detail="addressed")
    return concern


def resolve_concern(*, acting: Principal, concern_id: int) -> Concern:
    """Say that a doubt is settled.

    Only its raiser does; for a block of Legal or Security also who took over the raiser's seat,
    and the executive sponsor that the charter names.
    """
    return _settle(concern_id, ConcernState.RESOLVED, acting)


def withdraw_concern(*, acting: Principal, concern_id: int) -> Concern:
    """Take a doubt back; who may is the same as for resolving it."""
    return _settle(concern_id, ConcernState.WITHDRAWN, acting)


def rule(*, acting: Principal, concern_id: int, is_valid: bool, ruling: str) -> Concern:
    """The chair's ruling on a block, on record either way: an invalid one becomes a concern.

    Raises Conflict for a block of Legal or Security by a seat that holds that veto.
    """
    words = written(ruling, field="ruling")
    at = clock.now()
    with writing(acting):
        proposal, concern = _take(concern_id, acting)
        demand(Act.RULE_INVALID, standing(proposal, acting, at))
        _require_standing(concern)
        if concern.raiser_id == acting.person_id:
            raise _refused("own_concern", "Nobody rules on a block of their own.")
        _require_no_appeal(concern)
        if not concern.is_blocking:
            raise Conflict("Only blocks are ruled on.")
        if not is_valid and has_veto(concern):
            raise Conflict(
                "A legal or security block of a seat with that veto is lifted by its raiser alone."
            )
        concern.ruling = words
        concern.ruled_by_id = person_id_of(acting)
        if not is_valid:
            concern.is_blocking = False
        concern.save(update_fields=["ruling", "ruled_by", "is_blocking"])
        touch(proposal, "concern", acting=acting, at=at, detail="valid" if is_valid else "invalid")
    return concern


def rule_valid(*, acting: Principal, concern_id: int, ruling: str) -> Concern:
    """Rule that a block is valid; see `rule`."""
    return rule(acting=acting, concern_id=concern_id, is_valid=True, ruling=ruling)


def rule_invalid(*, acting: Principal, concern_id: int, ruling: str) -> Concern:
    """Rule that a block is invalid; see `rule`."""
    return rule(acting=acting, concern_id=concern_id, is_valid=False, ruling=ruling)


def has_veto(concern: Concern) -> bool:
    """Whether a block is of a kind, and by somebody on a seat, that no majority overcomes."""
    return (
        concern.is_blocking
        and concern.kind in _VETOES
        and _seats_with_veto(concern).filter(pk__in=_sat_on(concern)).exists()
    )


def _settle(concern_id: int, state: ConcernState, acting: Principal) -> Concern:
    at = clock.now()
    with writing(acting):
        proposal, concern = _take(concern_id, acting)
        _require_standing(concern)
        if not _may_settle(concern, person_id_of(acting), at):
            raise _refused(
                "not_raiser",
                "Only who raised it says that it is settled; others answer it, or the council"
                " decides.",
            )
        concern.state = state
        concern.settled_at = at
        concern.save(update_fields=["state", "settled_at"])
        touch(proposal, "concern", acting=acting, at=at, detail=state.value)
    return concern


def _may_settle(concern: Concern, person_id: int, at: dt.datetime) -> bool:
    if person_id == concern.raiser_id:
        return True
    if not has_veto(concern):
        return False
    seats = _seats_with_veto(concern).filter(pk__in=_sat_on(concern))
    succeeds = (
        Membership.objects.filter(seat__in=seats, person=person_id, since__lte=at)
        .exclude(until__lte=at)
        .exists()
    )
    sponsor = rules_in_force(at).executive_sponsor
    is_sponsor = (
        bool(sponsor)
        and Person.objects.filter(pk=person_id, username=sponsor, is_active=True).exists()
    )
    return succeeds or is_sponsor


def _seats_with_veto(concern: Concern) -> QuerySet[Seat]:
    return Seat.objects.filter(veto_classes__contains=[concern.kind])


def _sat_on(concern: Concern) -> QuerySet[Membership, int]:
    """The seats that the raiser sat on when the block was raised."""
    return (
        Membership.objects.filter(person=concern.raiser_id, since__lte=concern.raised_at)
        .exclude(until__lte=concern.raised_at)
        .values_list("seat", flat=True)
    )


def _take(concern_id: int, acting: Principal) -> tuple[Proposal, Concern]:
    """A concern with its proposal, both locked, the proposal first."""
    require(acting, Action.PROPOSE)
    key = Concern.objects.filter(pk=concern_id).values_list("proposal__key", flat=True).first()
    if key is None:
        raise NotFound("There is no such concern.")
    proposal = take(key)
    return proposal, Concern.objects.select_for_update().get(pk=concern_id)


def _require_no_appeal(concern: Concern) -> None:
    """While an appeal is open the ruling stays as it is; what the meeting overturned stays so."""
    states = set(concern.appeals.values_list("state", flat=True))
    if AppealState.OPEN in states:
        raise Conflict("The ruling on this block is before the meeting, which decides.")
    if AppealState.OVERTURNED in states:
        raise Conflict("The meeting overturned the chair's ruling on this block, so it stands.")


def _require_standing(concern: Concern) -> None:
    if concern.state not in _STANDING:
        raise Conflict(f"This concern is {concern.state} already.")


def _refused(code: str, sentence: str) -> AccessRefused:
    return AccessRefused(Verdict(allowed=False, code=code, reason=sentence))

"""The council's vote: counted from positions and attendance, recorded only with quorum (3.3)."""

from __future__ import annotations

import datetime as dt

from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.council.models import Decision, Meeting
from governance.council.rules.tally import Tally, tally
from governance.council.selectors.appeals import has_open_appeal
from governance.council.selectors.ballots import ballot_of
from governance.council.services.chain import append_decision
from governance.proposals.models import Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.rules.deadlines import discussion_ends
from governance.proposals.selectors.standing import open_blocks
from governance.proposals.services.concerns import has_veto
from governance.proposals.services.deciding import (
    dissent_of,
    effect_of,
    ratifies,
    schedule,
    tally_of,
)
from governance.proposals.services.steps import step, take_for
from governance.proposals.services.texts import written
from governance.types import (
    ConcernState,
    Outcome,
    ProposalClass,
    ProposalState,
)

_OUTCOMES = (Outcome.ADOPTED, Outcome.REJECTED, Outcome.DEFERRED, Outcome.RETURNED)
_AFTER = {
    Outcome.ADOPTED: ProposalState.DECIDED_SCHEDULED,
    Outcome.REJECTED: ProposalState.REJECTED,
    Outcome.DEFERRED: ProposalState.DEFERRED,
    Outcome.RETURNED: ProposalState.DISCUSSION,
}
MAX_REASON = 450


def record_vote(
    *,
    acting: Principal,
    key: str,
    outcome: Outcome,
    reason: str,
    meeting_id: int | None = None,
    effective_at: dt.datetime | None = None,
    deferred_until: dt.datetime | None = None,
) -> Decision:
    """Record what the council decided, from the positions on the current text.

    In a meeting whoever attends is present; outside one, whoever took a position. Raises Conflict
    without quorum, and where the outcome is not what the count allows: adoption needs the ratio of
    the charter, every block answered in writing and no veto in the way; rejection that it fails.
    """
    outcome = _outcome(outcome)
    words = written(reason, field="reason")
    at = clock.now()
    if effective_at is not None and effective_at < at:
        raise InvalidInput("The effective date lies in the past.", field="effective_at")
    if deferred_until is not None and deferred_until <= at:
        raise InvalidInput("It is deferred to a later date.", field="deferred_until")
    with writing(acting, reason=words):
        proposal = take_for(key, Act.RECORD_VOTE, acting=acting, at=at)
        meeting = _meeting(meeting_id)
        ballot = ballot_of(proposal, at, meeting=meeting)
        count = tally(ballot)
        _require_allowed(proposal, outcome, count)
        effect = effect_of(proposal, at, effective_at) if outcome is Outcome.ADOPTED else None
        decision = append_decision(
            acting=acting,
            proposal=proposal,
            outcome=_ratified(proposal, outcome),
            state_after=_AFTER[outcome],
            sentence=f"{proposal.title}: {outcome.value}. {words}"[:MAX_REASON],
            rule=f"Class {proposal.klass}: {count.sentence}",
            at=at,
            tally={**tally_of(proposal, at), **count.record(), "ballot": ballot.record()},
            dissent=dissent_of(proposal),
            present=count.present,
            quorum=count.quorum,
            meeting_id=meeting_id,
            effective_at=effect,
        )
        if effect is not None:
            schedule(proposal, acting=acting, at=at, effective_at=effect, reason=words)
        else:
            _set_aside(proposal, outcome, words, acting, at, deferred_until)
    return decision


def _require_allowed(proposal: Proposal, outcome: Outcome, count: Tally) -> None:
    if not count.has_quorum:
        raise Conflict(f"{count.quorum_sentence} Nothing is recorded without quorum.")
    if outcome in (Outcome.ADOPTED, Outcome.REJECTED) and has_open_appeal(proposal):
        raise Conflict("An appeal against a ruling of the chair is open: decide on that first.")
    if outcome is Outcome.REJECTED and count.passes:
        raise Conflict(f"{count.sentence} That adopts it; it cannot be recorded as rejected.")
    if outcome is not Outcome.ADOPTED:
        return
    blocks = open_blocks(proposal)
    vetoes = [block for block in blocks if has_veto(block)]
    if vetoes:
        raise Conflict(
            f"The {vetoes[0].kind} block {vetoes[0].title!r} cannot be outvoted: its raiser lifts"
            " it, or the proposal is revised."
        )
    unanswered = [block for block in blocks if block.state == ConcernState.OPEN]
    if unanswered:
        raise Conflict(
            f"The block {unanswered[0].title!r} has no written answer yet: answer it first."
        )
    if not count.passes:
        raise Conflict(f"{count.sentence} It cannot be recorded as adopted.")


def _set_aside(
    proposal: Proposal,
    outcome: Outcome,
    words: str,
    acting: Principal,
    at: dt.datetime,
    deferred_until: dt.datetime | None,
) -> None:
    """What follows from every outcome but adoption."""
    fields: dict[str, object] = {"outcome_note": words, "final_call_until": None}
    if outcome is Outcome.DEFERRED:
        fields["deferred_until"] = deferred_until
    if outcome is Outcome.RETURNED:
        klass = ProposalClass(proposal.klass)
        back = ProposalClass.STANDARD if klass is ProposalClass.CONTESTED else klass
        fields["klass"] = back.value
        fields["discussion_until"] = discussion_ends(back, at, rules_in_force(at))
    step(proposal, _AFTER[outcome], acting=acting, at=at, reason=words, **fields)


def _outcome(outcome: Outcome | str) -> Outcome:
    if outcome not in _OUTCOMES:
        known = ", ".join(one.value for one in _OUTCOMES)
        raise InvalidInput(f"A vote ends as one of {known}.", field="outcome")
    return Outcome(outcome)


def _ratified(proposal: Proposal, outcome: Outcome) -> Outcome:
    is_kept = outcome is Outcome.ADOPTED and ratifies(proposal)
    return Outcome.RATIFIED if is_kept else outcome


def _meeting(meeting_id: int | None) -> Meeting | None:
    if meeting_id is None:
        return None
    meeting = Meeting.objects.filter(pk=meeting_id).first()
    if meeting is None or meeting.opened_at is None or meeting.closed_at is not None:
        raise InvalidInput("There is no such meeting that is open now.", field="meeting")
    return meeting


__all__ = ["append_decision", "record_vote"]

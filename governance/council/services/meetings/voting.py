"""Deciding an item in the meeting: the count of the room, recorded by the chain's own service."""

from __future__ import annotations

import datetime as dt

from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.agenda import without_quorum
from governance.council.selectors.rooms import quorum_of_meeting
from governance.council.services.decisions import record_vote
from governance.council.services.meetings.taking import take_item, take_meeting, told
from governance.models import AgendaItem, Decision, Meeting, Proposal
from governance.proposals.services.stepping import to_council
from governance.proposals.services.steps import take
from governance.types import AgendaSection, MeetingState, Outcome, ProposalState

_VOTED = (AgendaSection.EMERGENCIES, AgendaSection.DECISIONS, AgendaSection.FINAL_CALLS)
_ON_THE_WAY = (ProposalState.DISCUSSION, ProposalState.FINAL_CALL)


def decide_item(
    *,
    acting: Principal,
    meeting_id: int,
    item_id: int,
    outcome: Outcome,
    reason: str,
    key: str = "",
    effective_at: dt.datetime | None = None,
    deferred_until: dt.datetime | None = None,
) -> Decision:
    """Record what the meeting decided of an item; `key` names the proposal where it has several.

    What would ratify an emergency is voted on wherever it stands. Raises Conflict without quorum,
    for an item that is done, and as `record_vote` does for an outcome the count does not allow.
    """
    with writing(acting, reason=reason):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN])
        item = take_item(meeting, item_id)
        now = clock.now()
        _require_now(meeting, item, now)
        proposal = _proposal(item, key)
        if item.section == AgendaSection.EMERGENCIES and proposal.state in _ON_THE_WAY:
            to_council(
                take(proposal.key),
                acting=acting,
                at=now,
                reason="The meeting ratifies emergencies.",
            )
        decision = record_vote(
            acting=acting,
            key=proposal.key,
            outcome=outcome,
            reason=reason,
            meeting_id=meeting.pk,
            effective_at=effective_at,
            deferred_until=deferred_until,
        )
        _close(meeting, item, now)
        told(acting, meeting, "decided")
    return decision


def _require_now(meeting: Meeting, item: AgendaItem, at: dt.datetime) -> None:
    if item.section not in _VOTED or item.proposal_id is None:
        raise Conflict("The meeting does not vote on this item.")
    if item.done_at is not None:
        raise Conflict("The meeting has dealt with this item already.")
    quorum = quorum_of_meeting(meeting, at)
    if not quorum.is_met:
        raise Conflict(f"{quorum.sentence} {without_quorum()}")


def _proposal(item: AgendaItem, key: str) -> Proposal:
    keys = {item.detail.get("key", ""), *(row["key"] for row in item.detail.get("together", []))}
    if key and key not in keys:
        raise InvalidInput(f"{key} is not part of this item.", field="key")
    found = Proposal.objects.filter(key=key).first() if key else item.proposal
    if found is None:
        raise InvalidInput("Say which proposal is meant.", field="key")
    return found


def _close(meeting: Meeting, item: AgendaItem, at: dt.datetime) -> None:
    """The item is done once each of its proposals is decided."""
    keys = [item.detail.get("key", ""), *(row["key"] for row in item.detail.get("together", []))]
    decided = Decision.objects.filter(meeting=meeting, proposal__key__in=keys)
    if decided.values("proposal").distinct().count() == len({key for key in keys if key}):
        item.done_at = at
        item.started_at = item.started_at or at
        item.save(update_fields=["done_at", "started_at"])

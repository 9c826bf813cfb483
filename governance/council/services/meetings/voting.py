"""Deciding in the meeting: the count of the room, recorded by the chain's own service."""

from __future__ import annotations

import datetime as dt

from catalog.errors import Conflict, NotFound
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.agenda import without_quorum
from governance.council.selectors.rooms import quorum_of_meeting
from governance.council.services.decisions import record_vote
from governance.council.services.meetings.taking import take_meeting, told
from governance.models import AgendaItem, Decision, Meeting, Proposal
from governance.proposals.services.stepping import to_council
from governance.proposals.services.steps import take
from governance.types import AgendaSection, MeetingState, Outcome, ProposalState

_VOTED = (AgendaSection.EMERGENCIES, AgendaSection.DECISIONS, AgendaSection.FINAL_CALLS)
_ON_THE_WAY = (ProposalState.DISCUSSION, ProposalState.FINAL_CALL)
_RATIFIES = "The meeting ratifies emergencies."


def decide(
    *,
    acting: Principal,
    meeting_id: int,
    key: str,
    outcome: Outcome,
    reason: str,
    effective_at: dt.datetime | None = None,
    deferred_until: dt.datetime | None = None,
) -> Decision:
    """Record what an open meeting decided of a proposal on its agenda.

    What would ratify an emergency is voted on wherever it stands. The item is done once each of its
    proposals is decided. Raises NotFound for what is not on the agenda, Conflict without quorum,
    for an item that is done, and as `record_vote` does for an outcome the count does not allow.
    """
    with writing(acting, reason=reason):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN])
        item = _item(meeting, key)
        now = clock.now()
        _require_now(meeting, item, now)
        if item.section == AgendaSection.EMERGENCIES:
            proposal = take(key)
            if proposal.state in _ON_THE_WAY:
                to_council(proposal, acting=acting, at=now, reason=_RATIFIES)
        decision = record_vote(
            acting=acting,
            key=key,
            outcome=outcome,
            reason=reason,
            meeting_id=meeting.pk,
            effective_at=effective_at,
            deferred_until=deferred_until,
        )
        if is_decided(meeting, item):
            item.done_at = now
            item.started_at = item.started_at or now
            item.save(update_fields=["done_at", "started_at"])
        told(acting, meeting, "decided")
    return decision


def is_decided(meeting: Meeting, item: AgendaItem) -> bool:
    """Whether the meeting has decided each proposal of an item."""
    keys = keys_of(item)
    decided = Decision.objects.filter(meeting=meeting, proposal__key__in=keys)
    return bool(keys) and decided.values("proposal").distinct().count() == len(keys)


def keys_of(item: AgendaItem) -> set[str]:
    """The proposals that an item is about."""
    rows = [item.detail, *item.detail.get("together", [])]
    return {str(row["key"]) for row in rows if row.get("key")}


def _item(meeting: Meeting, key: str) -> AgendaItem:
    if not Proposal.objects.filter(key=key).exists():
        raise NotFound("There is no such proposal.")
    for item in meeting.items.order_by("position", "pk"):
        if key in keys_of(item):
            return item
    raise NotFound(f"{key} is not on the agenda of this meeting.")


def _require_now(meeting: Meeting, item: AgendaItem, at: dt.datetime) -> None:
    if item.section not in _VOTED:
        raise Conflict("The meeting does not vote on this item.")
    if item.done_at is not None:
        raise Conflict("The meeting has dealt with this item already.")
    quorum = quorum_of_meeting(meeting, at)
    if not quorum.is_met:
        raise Conflict(f"{quorum.sentence} {without_quorum()}")

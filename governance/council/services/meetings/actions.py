"""What a meeting asks somebody to do, until it is done."""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.services.authority import may_run
from governance.council.services.meetings.taking import take_meeting, told
from governance.council.services.words import active_person, needed_text
from governance.models import ActionItem, Proposal
from governance.types import MeetingState


def add_action(
    *,
    acting: Principal,
    meeting_id: int,
    owner_id: int,
    text: str,
    due_on: dt.date | None = None,
    proposal_key: str = "",
) -> ActionItem:
    """Ask somebody to do something, from a meeting that is open or just closed."""
    words = needed_text(text, field="text", what="what is to be done", limit=500)
    owner = active_person(owner_id, field="username")
    if due_on is not None and due_on < clock.now().date():
        raise InvalidInput("The date is past already: choose a later one.", field="due_on")
    proposal = Proposal.objects.filter(key=proposal_key).first() if proposal_key else None
    if proposal_key and proposal is None:
        raise InvalidInput(f"There is no proposal {proposal_key!r}.", field="proposal_key")
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN, MeetingState.CLOSED])
        action = ActionItem.objects.create(
            meeting=meeting, proposal=proposal, owner=owner, text=words, due_on=due_on
        )
        told(acting, meeting, "action")
    return action


def finish_action(*, acting: Principal, action_id: int) -> ActionItem:
    """Mark an action as done; who was asked may, and the chair and the secretary."""
    require(acting, Action.PROPOSE)
    with writing(acting):
        action = (
            ActionItem.objects.select_for_update(of=("self",))
            .select_related("meeting", "owner")
            .filter(pk=action_id)
            .first()
        )
        if action is None:
            raise NotFound("There is no such action.")
        if action.owner_id != acting.person_id and not may_run(acting, action.meeting.committee_id):
            raise AccessRefused(
                Verdict(
                    allowed=False,
                    code="not_owner",
                    reason=f"{action.owner} was asked to do this.",
                    ask=f"{action.owner}, the chair or the secretary",
                )
            )
        if action.done_at is not None:
            raise Conflict("This is done already.")
        action.done_at = clock.now()
        action.save(update_fields=["done_at"])
        told(acting, action.meeting, "action_done")
    return action

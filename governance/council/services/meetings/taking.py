"""A meeting taken for a change: locked, in a state that allows it, with its event at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from catalog.errors import Conflict, NotFound
from catalog.services.event_log import record
from catalog.types import Principal
from governance.council.services.authority import require_runner
from governance.events import MeetingChanged
from governance.models import AgendaItem, Meeting
from governance.types import MeetingState

_WORDS = {
    MeetingState.PLANNED: "planned",
    MeetingState.OPEN: "open",
    MeetingState.CLOSED: "closed",
    MeetingState.APPROVED: "closed, and its minutes are approved",
    MeetingState.CANCELED: "canceled",
}


def take_meeting(
    acting: Principal,
    meeting_id: int,
    states: Collection[MeetingState],
    *,
    only_runners: bool = True,
) -> Meeting:
    """Lock the meeting until the transaction ends.

    Raises NotFound, AccessRefused for who does not run it (unless `only_runners` is false), and
    Conflict when it is in none of `states`.
    """
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("committee", "current_item")
        .filter(pk=meeting_id)
        .first()
    )
    if meeting is None:
        raise NotFound("There is no such meeting.")
    if only_runners:
        require_runner(acting, meeting.committee_id)
    if meeting.state not in states:
        raise Conflict(f"This meeting is {_WORDS[MeetingState(meeting.state)]}.")
    return meeting


def take_item(meeting: Meeting, item_id: int) -> AgendaItem:
    """An item of the meeting; raises NotFound."""
    item = AgendaItem.objects.filter(meeting=meeting, pk=item_id).select_related("proposal").first()
    if item is None:
        raise NotFound("There is no such item on this agenda.")
    return item


def told(acting: Principal, meeting: Meeting, what: str, *, digest: str = "") -> None:
    """Record that something happened to the meeting."""
    record(MeetingChanged(what=what, digest=digest), meeting, acting=acting)


def moved_on(meeting: Meeting, at: dt.datetime) -> None:
    """Let calendars know: what they show of the meeting changed."""
    meeting.sequence += 1
    meeting.changed_at = at

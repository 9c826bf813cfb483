"""Minutes: drafted from the record, approved once, corrected by appending (3.6)."""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict
from catalog.services.actors import person_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.minutes import minutes_text
from governance.council.selectors.minutes_record import record_of
from governance.council.selectors.minutes_signature import minutes_digest
from governance.council.selectors.seats import is_chair, is_member
from governance.council.services.meetings.taking import take_meeting, told
from governance.council.services.words import needed_text
from governance.models import Meeting, MinutesCorrection
from governance.types import MeetingState


def draft(meeting: Meeting, at: dt.datetime) -> None:
    """Write the draft of a locked meeting from its record."""
    meeting.minutes_text = minutes_text(record_of(meeting, at))
    meeting.save(update_fields=["minutes_text"])


def draft_minutes(*, acting: Principal, meeting_id: int) -> Meeting:
    """Draft the minutes of a closed meeting anew from the record; edits of the text are lost."""
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.CLOSED])
        draft(meeting, meeting.closed_at or clock.now())
    return meeting


def write_minutes(*, acting: Principal, meeting_id: int, text: str) -> Meeting:
    """Replace the draft by an edited text, which answers an objection if there was one."""
    words = needed_text(text, field="text", what="the minutes", limit=500_000)
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.CLOSED])
        meeting.minutes_text = words + "\n"
        meeting.objection = ""
        meeting.save(update_fields=["minutes_text", "objection"])
    return meeting


def object_to_minutes(*, acting: Principal, meeting_id: int, reason: str) -> Meeting:
    """Keep the minutes from being approved until the secretary has edited them; members may."""
    words = needed_text(reason, field="reason", what="what is wrong with them", limit=2000)
    with writing(acting):
        meeting = _taken_by_member(acting, meeting_id, MeetingState.CLOSED)
        meeting.objection = f"{acting.display_name}: {words}"
        meeting.save(update_fields=["objection"])
    return meeting


def approve_minutes(*, acting: Principal, meeting_id: int) -> Meeting:
    """Approve the minutes: their digest is kept here and in the event log, and nothing of the
    meeting changes any more. The chair may, without waiting for the next meeting.

    Raises Conflict while an objection stands.
    """
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.CLOSED])
        if not is_chair(acting, committee_id=meeting.committee_id):
            raise AccessRefused(
                Verdict(
                    allowed=False,
                    code="not_chair",
                    reason="Only the chair approves minutes; the next meeting does so by silence.",
                    ask="the chair",
                )
            )
        if meeting.objection:
            raise Conflict(f"An objection stands: {meeting.objection} Edit the minutes first.")
        _approve(acting, meeting, clock.now())
    return meeting


def approve_by_silence(acting: Principal, meeting: Meeting, at: dt.datetime) -> bool:
    """Approve the minutes of a meeting because the next one had nothing against them."""
    last = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if last.state != MeetingState.CLOSED or last.objection:
        return False
    _approve(acting, last, at)
    return True


def correct_minutes(*, acting: Principal, meeting_id: int, text: str) -> MinutesCorrection:
    """Append a correction to approved minutes; the text itself stays as it was approved."""
    words = needed_text(text, field="text", what="the correction")
    with writing(acting):
        meeting = _taken_by_member(acting, meeting_id, MeetingState.APPROVED)
        correction = MinutesCorrection.objects.create(
            meeting=meeting, text=words, author=person_of(acting), at=clock.now()
        )
        told(acting, meeting, "corrected")
    return correction


def _approve(acting: Principal, meeting: Meeting, at: dt.datetime) -> None:
    meeting.state = MeetingState.APPROVED
    meeting.approved_at = at
    meeting.approved_by = person_of(acting)
    meeting.minutes_digest = minutes_digest(meeting)
    meeting.save(update_fields=["state", "approved_at", "approved_by", "minutes_digest"])
    told(acting, meeting, "approved", digest=meeting.minutes_digest)


def _taken_by_member(acting: Principal, meeting_id: int, state: MeetingState) -> Meeting:
    require(acting, Action.PROPOSE)
    meeting = take_meeting(acting, meeting_id, [state], only_runners=False)
    if not is_member(acting, committee_id=meeting.committee_id):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_member",
                reason="Only members speak about the minutes.",
                ask="a member of the council",
            )
        )
    return meeting

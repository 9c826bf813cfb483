"""Running a meeting: who is there, which item is talked about, what was noted (3.6, C3)."""

from __future__ import annotations

import datetime as dt

from catalog.dates import exact_time
from catalog.errors import Conflict
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.agenda import WITHOUT_QUORUM, without_quorum
from governance.council.selectors.agenda_material import meetings_of, previous_meeting
from governance.council.selectors.rooms import quorum_of_meeting
from governance.council.services.council_lock import hold_council
from governance.council.services.meetings.agendas import generate
from governance.council.services.meetings.attendance import seat_opener
from governance.council.services.meetings.minutes import approve_by_silence, draft
from governance.council.services.meetings.taking import moved_on, take_item, take_meeting, told
from governance.council.services.meetings.voting import is_decided, keys_of
from governance.council.services.words import text_of
from governance.models import AgendaItem, Meeting
from governance.types import AgendaSection, MeetingState

EARLY = dt.timedelta(minutes=30)  # how long before its time a meeting may be opened
_DECIDING = (AgendaSection.EMERGENCIES, AgendaSection.DECISIONS)


def open_meeting(*, acting: Principal, meeting_id: int) -> Meeting:
    """Open a planned meeting at its quorum call; who opens it attends on their seat.

    Raises Conflict earlier than half an hour before its time and while another meeting of the same
    body is open.
    """
    with writing(acting):
        hold_council()
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        now = clock.now()
        if now < meeting.starts_at - EARLY:
            raise Conflict(
                f"This meeting begins on {exact_time(meeting.starts_at)}: open it from "
                "half an hour before."
            )
        other = meetings_of(meeting.committee_id).filter(state=MeetingState.OPEN).first()
        if other is not None:
            raise Conflict(f"The {_small(str(other))} is still open: close it first.")
        if meeting.agenda_made_at is None:
            generate(acting, meeting, now)
        meeting.state = MeetingState.OPEN
        meeting.opened_at = now
        moved_on(meeting, now)
        meeting.save()
        seat_opener(acting, meeting, now)
        _begin(meeting, meeting.items.order_by("position", "pk").first(), now)
        told(acting, meeting, "opened")
    return meeting


def advance(*, acting: Principal, meeting_id: int, to_item_id: int | None = None) -> Meeting:
    """Finish the item that is talked about and go to the next, or to the one named.

    Finishing the last minutes approves them unless somebody objected; finishing the consent agenda
    finishes every final call on it; an item to be decided is finished only by its decision.
    Without quorum only items 1, 2, 7 and 9 are reached. Raises Conflict for an item that cannot be
    taken now; with nothing left the meeting has no current item.
    """
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN])
        now = clock.now()
        if meeting.current_item is not None:
            finish(acting, meeting, meeting.current_item, now)
        quorum = quorum_of_meeting(meeting, now)
        if to_item_id is not None:
            wanted = take_item(meeting, to_item_id)
            if wanted.done_at is not None:
                raise Conflict("The meeting has dealt with this item already.")
            if not quorum.is_met and wanted.section not in WITHOUT_QUORUM:
                raise Conflict(f"{quorum.sentence} {without_quorum()}")
            _begin(meeting, wanted, now)
        else:
            _begin(meeting, _next(meeting, has_quorum=quorum.is_met), now)
    return meeting


def note_item(*, acting: Principal, meeting_id: int, item_id: int, notes: str) -> AgendaItem:
    """Keep the secretary's notes on an item; they go into the minutes."""
    words = text_of(notes, field="notes")
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN, MeetingState.CLOSED])
        item = take_item(meeting, item_id)
        item.notes = words
        item.save(update_fields=["notes"])
    return item


def note_meeting(*, acting: Principal, meeting_id: int, notes: str) -> Meeting:
    """Keep the secretary's notes on the meeting as a whole."""
    words = text_of(notes, field="notes")
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN, MeetingState.CLOSED])
        meeting.secretary_notes = words
        meeting.save(update_fields=["secretary_notes"])
    return meeting


def close_meeting(*, acting: Principal, meeting_id: int) -> Meeting:
    """Close the meeting: what was not reached is carried over, the minutes are drafted."""
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN])
        now = clock.now()
        if meeting.current_item is not None:
            finish(acting, meeting, meeting.current_item, now)
        meeting.items.filter(done_at__isnull=True).update(is_carried_over=True)
        meeting.state = MeetingState.CLOSED
        meeting.closed_at = now
        meeting.current_item = None
        moved_on(meeting, now)
        meeting.save()
        draft(meeting, now)
        told(acting, meeting, "closed")
    return meeting


def finish(acting: Principal, meeting: Meeting, item: AgendaItem, at: dt.datetime) -> None:
    """Mark an item as done, with what being done means for its section."""
    if item.done_at is not None:
        return
    if item.section in _DECIDING and keys_of(item) and not is_decided(meeting, item):
        return
    if item.section == AgendaSection.LAST_MINUTES:
        last = previous_meeting(meeting)
        if last is not None:
            approve_by_silence(acting, last, at)
    if item.section == AgendaSection.FINAL_CALLS and not item.is_pulled:
        together = meeting.items.filter(
            section=AgendaSection.FINAL_CALLS, is_pulled=False, done_at__isnull=True
        )
        together.update(done_at=at)
    item.done_at = at
    item.save(update_fields=["done_at"])


def _next(meeting: Meeting, *, has_quorum: bool) -> AgendaItem | None:
    """The next item on the agenda that was not begun yet and may be taken."""
    waiting = meeting.items.filter(
        done_at__isnull=True, started_at__isnull=True, is_carried_over=False
    )
    if not has_quorum:
        waiting = waiting.filter(section__in=WITHOUT_QUORUM)
    return waiting.order_by("position", "pk").first()


def _begin(meeting: Meeting, item: AgendaItem | None, at: dt.datetime) -> None:
    if item is not None and item.started_at is None:
        item.started_at = at
        item.save(update_fields=["started_at"])
    meeting.current_item = item
    meeting.save(update_fields=["current_item"])


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]

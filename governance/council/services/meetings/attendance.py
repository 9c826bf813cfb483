"""Who attends a meeting on which seat, in person or for somebody who gave them their vote."""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Person
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.selectors.seats import SeatAt, council_at, open_seats
from governance.council.services.authority import may_run
from governance.council.services.meetings.taking import take_meeting
from governance.council.services.words import active_person
from governance.models import Attendance, Meeting
from governance.types import MeetingState


def attend(
    *,
    acting: Principal,
    meeting_id: int,
    seat_id: int | None = None,
    person_id: int | None = None,
) -> Attendance:
    """Attend an open meeting on a seat: one's own by default, or that of somebody who gave one
    their vote for everything.

    The chair and the secretary may say it of others (`person_id`). The sitter who comes takes the
    place of their delegate. Raises Conflict for a vacant seat, for a delegate of a sitter who is
    there, and for somebody who neither sits nor stands in there.
    """
    require(acting, Action.PROPOSE)
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN], only_runners=False)
        person = _person(acting, meeting, person_id)
        now = clock.now()
        place = _place(meeting, person, seat_id, now)
        return _seat(meeting, place, person, now)


def leave(
    *,
    acting: Principal,
    meeting_id: int,
    seat_id: int,
) -> Attendance:
    """Leave the meeting before its end; the quorum is counted anew."""
    require(acting, Action.PROPOSE)
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.OPEN], only_runners=False)
        row = Attendance.objects.filter(meeting=meeting, seat=seat_id).first()
        if row is None or row.left_at is not None:
            raise NotFound("Nobody attends on this seat.")
        if row.person_id != acting.person_id:
            _require_runner_for_others(acting, meeting)
        row.left_at = clock.now()
        row.save(update_fields=["left_at"])
    return row


def seat_opener(acting: Principal, meeting: Meeting, at: dt.datetime) -> None:
    """Note that who opened the meeting attends on the seat that is theirs, if there is one."""
    for place in _places(meeting, at):
        if place.sitter is not None and place.sitter.pk == acting.person_id:
            _seat(meeting, place, place.sitter, at)
            return


def _person(acting: Principal, meeting: Meeting, person_id: int | None) -> Person:
    if person_id is None or person_id == acting.person_id:
        return active_person(person_id_of(acting), field="username")
    _require_runner_for_others(acting, meeting)
    return active_person(person_id, field="username")


def _require_runner_for_others(acting: Principal, meeting: Meeting) -> None:
    if not may_run(acting, meeting.committee_id):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_chair_or_secretary",
                reason="Only the chair and the secretary note the attendance of others.",
                ask="the chair or the secretary",
            )
        )


def _place(meeting: Meeting, person: Person, seat_id: int | None, at: dt.datetime) -> SeatAt:
    """The seat on which the person attends."""
    places = _places(meeting, at)
    if seat_id is None:
        own = [place for place in places if place.sitter == person]
        if not own:
            raise Conflict(f"{person} sits on no seat of this body: name the seat to stand in for.")
        return own[0]
    found = next((place for place in places if place.seat.pk == seat_id), None)
    if found is None:
        raise InvalidInput("There is no such seat in this body.", field="seat_id")
    if found.sitter is None:
        raise Conflict(f"The seat {found.seat} is vacant: nobody can attend on it.")
    if found.sitter != person and found.delegate != person:
        raise Conflict(
            f"{person} does not act for {found.sitter}: {found.sitter} would have to give their "
            "vote first.",
            field="seat_id",
        )
    return found


def _seat(meeting: Meeting, place: SeatAt, person: Person, at: dt.datetime) -> Attendance:
    """Write the attendance; the row of a seat is one, whoever attends on it."""
    is_delegate = place.sitter != person
    row = Attendance.objects.filter(meeting=meeting, seat=place.seat).first()
    if row is None:
        return Attendance.objects.create(
            meeting=meeting, seat=place.seat, person=person, is_delegate=is_delegate, at=at
        )
    is_sitter_there = row.left_at is None and not row.is_delegate
    if is_sitter_there and is_delegate:
        raise Conflict(f"{row.person} is there in person: nobody stands in for them.")
    if row.left_at is not None or row.person_id != person.pk:
        row.person, row.is_delegate, row.at, row.left_at = person, is_delegate, at, None
        row.save(update_fields=["person", "is_delegate", "at", "left_at"])
    return row


def _places(meeting: Meeting, at: dt.datetime) -> list[SeatAt]:
    seats = open_seats(at)
    body = (
        seats.filter(committee__isnull=True)
        if meeting.committee_id is None
        else seats.filter(committee=meeting.committee_id)
    )
    return council_at(at, body)

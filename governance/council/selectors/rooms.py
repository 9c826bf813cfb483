"""Who is in the room and whether that is enough to decide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.council.rules.quorum import Quorum, quorum_of
from governance.council.selectors.seats import SeatAt, council_at, open_seats
from governance.models import Attendance, Meeting


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat in the room: whose it is, who attends on it (None: nobody), and since when."""

    place: SeatAt
    attendance: Attendance | None

    @property
    def is_present(self) -> bool:
        """Whether somebody attends who has not left."""
        return self.attendance is not None and self.attendance.left_at is None


def chairs(meeting: Meeting, at: dt.datetime) -> list[Chair]:
    """Every open seat of the body that meets, voting or not, with who attends."""
    seats = (
        open_seats(at).filter(committee__isnull=True)
        if meeting.committee_id is None
        else open_seats(at).filter(committee=meeting.committee_id)
    )
    attending = {
        row.seat_id: row
        for row in Attendance.objects.filter(meeting=meeting).select_related("person")
    }
    return [Chair(place, attending.get(place.seat.pk)) for place in council_at(at, seats)]


def quorum_in(room: list[Chair], rules: CharterRules) -> Quorum:
    """The quorum of a room: filled voting seats, in person and by delegate."""
    voting = [one for one in room if one.place.seat.is_voting and not one.place.is_vacant]
    present = [one.attendance for one in voting if one.is_present and one.attendance is not None]
    delegated = sum(1 for attendance in present if attendance.is_delegate)
    return quorum_of(
        filled=len(voting),
        in_person=len(present) - delegated,
        delegated=delegated,
        quorum_share=rules.quorum_share,
        delegate_share=rules.delegate_share_max,
    )


def quorum_of_meeting(meeting: Meeting, at: dt.datetime) -> Quorum:
    """The quorum of a meeting at the instant."""
    return quorum_in(chairs(meeting, at), rules_of_body(meeting, at))


def rules_of_body(meeting: Meeting, at: dt.datetime) -> CharterRules:
    """The charter by which the body that meets works."""
    return rules_in_force(at, committee=meeting.committee.slug if meeting.committee else "")

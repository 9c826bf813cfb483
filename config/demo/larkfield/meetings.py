"""The council's meetings before the story: a few were held, the others had nothing to decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from config.demo.larkfield.council import COUNCIL, Happening, acting_as, person
from config.demo.larkfield.text import read_text
from governance.council.services.meetings.attendance import attend
from governance.council.services.meetings.minutes import approve_minutes
from governance.council.services.meetings.planning import cancel_meeting
from governance.council.services.meetings.room import close_meeting, open_meeting
from governance.models import Meeting
from governance.types import MeetingState

CHAIR = "ines.valdor"
NOTHING_TO_DECIDE = "Nothing needs the council this week."


def happenings() -> list[Happening]:
    """When meetings are opened and closed."""
    found: list[Happening] = []
    for text in read_text("council.yaml")["meetings"]:
        found.append((text["at"], partial(_open, text)))
        found.append((text["ends"], partial(_close, text)))
    return found


def cancel_idle() -> None:
    """Cancel every planned meeting before the story that was not held."""
    text = read_text("council.yaml")
    held = [meeting["at"] for meeting in text["meetings"]]
    idle = Meeting.objects.filter(
        state=MeetingState.PLANNED, starts_at__lt=text["next_meeting"]
    ).exclude(starts_at__in=held)
    for meeting in idle:
        cancel_meeting(acting=COUNCIL, meeting_id=meeting.pk, reason=NOTHING_TO_DECIDE)


def open_now() -> int | None:
    """The meeting that is open, for what is decided in it."""
    return Meeting.objects.filter(state=MeetingState.OPEN).values_list("pk", flat=True).first()


def _open(text: Mapping[str, Any]) -> None:
    meeting = _meeting(text["at"])
    open_meeting(acting=acting_as(CHAIR), meeting_id=meeting.pk)
    for username in text["present"]:
        attend(acting=acting_as(CHAIR), meeting_id=meeting.pk, person_id=person(username).pk)


def _close(text: Mapping[str, Any]) -> None:
    meeting = _meeting(text["at"])
    close_meeting(acting=acting_as(CHAIR), meeting_id=meeting.pk)
    approve_minutes(acting=acting_as(CHAIR), meeting_id=meeting.pk)


def _meeting(starts_at: dt.datetime) -> Meeting:
    return Meeting.objects.get(starts_at=starts_at, committee__isnull=True)

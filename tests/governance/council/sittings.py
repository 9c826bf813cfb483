"""What tests do in the meeting of 8 September 2026: come in, look, go through the agenda."""

from __future__ import annotations

import datetime as dt
from typing import Any

from governance.council.services.meetings import advance, attend
from governance.models import Meeting
from tests.governance.council.chamber import Chamber

FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)
MEETING = dt.datetime(2026, 9, 8, 10, 0, tzinfo=dt.UTC)
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
SEVEN = ("Inés", "Bram", "Suri", "Nadia", "Seun", "Peta", "Hugo")


def there(here: Chamber, meeting: Meeting, *names: str) -> None:
    """Let members attend on their own seats."""
    for name in names:
        attend(acting=here.principal(name), meeting_id=meeting.pk)


def current(meeting: Meeting) -> str:
    """The title of the item that is talked about."""
    meeting.refresh_from_db()
    return str(meeting.current_item) if meeting.current_item else ""


def run_through(here: Chamber, meeting: Meeting, clock: Any) -> list[str]:
    """Go through the whole agenda, two minutes for each item."""
    seen = [current(meeting)]
    while seen[-1]:
        clock.shift(2 * MINUTE)
        advance(acting=here.principal("Tomas"), meeting_id=meeting.pk)
        seen.append(current(meeting))
    return seen[:-1]

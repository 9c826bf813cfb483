"""The council's tables, each declared in the room of its concept."""

from governance.council.models.appeals import Appeal, AppealVote
from governance.council.models.decisions import Decision, GuardRun
from governance.council.models.meetings import (
    ActionItem,
    AgendaItem,
    Attendance,
    CalendarAddress,
    Meeting,
    MinutesCorrection,
)
from governance.council.models.seats import (
    Accountability,
    Committee,
    Delegation,
    Flow,
    Membership,
    Seat,
)

__all__ = [
    "Accountability",
    "ActionItem",
    "AgendaItem",
    "Appeal",
    "AppealVote",
    "Attendance",
    "CalendarAddress",
    "Committee",
    "Decision",
    "Delegation",
    "Flow",
    "GuardRun",
    "Meeting",
    "Membership",
    "MinutesCorrection",
    "Seat",
]

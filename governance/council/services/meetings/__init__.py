"""Meetings of the council and its committees: planned, prepared, run, minuted (3.6)."""

from governance.council.services.meetings.actions import add_action, finish_action
from governance.council.services.meetings.agendas import (
    add_item,
    drop_item,
    make_agenda,
    postpone_item,
    pull_item,
    send_agenda,
    set_minutes,
)
from governance.council.services.meetings.attendance import attend, leave
from governance.council.services.meetings.minutes import (
    approve_minutes,
    correct_minutes,
    draft_minutes,
    object_to_minutes,
    write_minutes,
)
from governance.council.services.meetings.planning import (
    cancel_meeting,
    move_meeting,
    plan_meeting,
    plan_next,
)
from governance.council.services.meetings.room import (
    advance,
    close_meeting,
    note_item,
    note_meeting,
    open_meeting,
)
from governance.council.services.meetings.timers import next_meeting_instant, run_meeting_timers
from governance.council.services.meetings.voting import decide

__all__ = [
    "add_action",
    "add_item",
    "advance",
    "approve_minutes",
    "attend",
    "cancel_meeting",
    "close_meeting",
    "correct_minutes",
    "decide",
    "draft_minutes",
    "drop_item",
    "finish_action",
    "leave",
    "make_agenda",
    "move_meeting",
    "next_meeting_instant",
    "note_item",
    "note_meeting",
    "object_to_minutes",
    "open_meeting",
    "plan_meeting",
    "plan_next",
    "postpone_item",
    "pull_item",
    "run_meeting_timers",
    "send_agenda",
    "set_minutes",
    "write_minutes",
]

"""What the clock does for meetings: plan, make agendas, give up what nobody opened (3.6).

Every step looks at the record, so that running it again changes nothing.
"""

from __future__ import annotations

import datetime as dt

from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import CharterRules
from governance.agreements.selectors.reading_once import reading_once
from governance.council.selectors.rooms import rules_of_body
from governance.council.services.meetings.agendas import make_agenda, send_agenda
from governance.council.services.meetings.planning import plan_next
from governance.council.services.meetings.taking import moved_on, take_meeting, told
from governance.models import Committee, Meeting
from governance.types import MeetingState

GIVEN_UP_AFTER = dt.timedelta(hours=24)
NOT_HELD = "Nobody opened it."


def run_meeting_timers(now: dt.datetime | None = None) -> list[str]:
    """Do what is due at `now` (governance's clock by default); returns what was done, in words."""
    at = now or clock.now()
    acting = Principal.system("meetings")
    done = _give_up(acting, at)
    for committee_id in (None, *Committee.objects.values_list("pk", flat=True)):
        for meeting in plan_next(acting=acting, committee_id=committee_id, now=at):
            done.append(f"planned {meeting}")
    return [*done, *_agendas(acting, at)]


def next_meeting_instant(after: dt.datetime) -> dt.datetime | None:
    """The next instant at which a timer of meetings has something to do; None when none is known.

    Whoever moves the story's clock stops at each of them.
    """
    instants = []
    for meeting, rules in _planned(after - GIVEN_UP_AFTER, after):
        instants += [
            meeting.starts_at - dt.timedelta(hours=rules.agenda_hours),
            meeting.starts_at - dt.timedelta(hours=rules.agenda_final_hours, seconds=1),
            meeting.starts_at + GIVEN_UP_AFTER,
        ]
    return min((instant for instant in instants if instant > after), default=None)


def _planned(begin: dt.datetime, at: dt.datetime) -> list[tuple[Meeting, CharterRules]]:
    """The planned meetings that start later than `begin`, with the rules of their body at `at`."""
    planned = Meeting.objects.filter(state=MeetingState.PLANNED, starts_at__gt=begin)
    with reading_once():
        return [
            (meeting, rules_of_body(meeting, at)) for meeting in planned.select_related("committee")
        ]


def _agendas(acting: Principal, at: dt.datetime) -> list[str]:
    """Make, make anew and send the agendas of the meetings that come."""
    done = []
    for meeting, rules in _planned(at, at):
        first = meeting.starts_at - dt.timedelta(hours=rules.agenda_hours)
        stands = meeting.starts_at - dt.timedelta(hours=rules.agenda_final_hours)
        if not first <= at < stands:
            continue
        before = len(meeting.agenda_changes)
        made = make_agenda(acting=acting, meeting_id=meeting.pk, now=at)
        if made.agenda_sent_at is None:
            send_agenda(acting=acting, meeting_id=meeting.pk)
            done.append(f"agenda of {meeting} sent")
        elif len(made.agenda_changes) > before:
            done.append(f"agenda of {meeting} changed")
    return done


def _give_up(acting: Principal, at: dt.datetime) -> list[str]:
    """Cancel meetings that nobody opened within a day."""
    done = []
    late = Meeting.objects.filter(
        state=MeetingState.PLANNED, starts_at__lte=at - GIVEN_UP_AFTER
    ).values_list("pk", flat=True)
    for pk in list(late):
        with writing(acting, reason=NOT_HELD):
            meeting = take_meeting(acting, pk, [MeetingState.PLANNED])
            meeting.state = MeetingState.CANCELED
            meeting.canceled_reason = NOT_HELD
            moved_on(meeting, at)
            meeting.save()
            told(acting, meeting, "not_held")
        done.append(f"{meeting} was not held")
    return done

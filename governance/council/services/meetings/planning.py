"""Planning meetings from the charter's cadence, moving and canceling them (3.6, R-093)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.council.rules.cadence import meeting_times
from governance.council.selectors.agenda_material import meetings_of
from governance.council.selectors.seats import voting_seats
from governance.council.services.authority import require_runner
from governance.council.services.council_lock import hold_council
from governance.council.services.meetings.taking import moved_on, take_meeting, told
from governance.council.services.words import chosen, needed_text, text_of
from governance.models import Committee, Meeting
from governance.types import MeetingState

AHEAD = 4  # meetings of the cadence that calendars already show
_LONGEST = 480  # minutes


def plan_next(
    *, acting: Principal, committee_id: int | None = None, now: dt.datetime | None = None
) -> list[Meeting]:
    """Plan the next meetings of the cadence that are not planned yet; returns the new ones.

    A body without any sitter meets nobody, and a committee without a charter of its own has no
    cadence: nothing is planned. A canceled meeting is not planned again.
    """
    require_runner(acting, committee_id)
    at = now or clock.now()
    committee = None if committee_id is None else chosen(Committee, [committee_id], field="")[0]
    rules = rules_in_force(at, committee=committee.slug if committee else "")
    if committee is not None and rules.key != f"charter:{committee.slug}":
        return []
    times = _times(rules, at)
    if not _missing(times, committee_id):  # as whenever the clock asks but once a week
        return []
    if all(place.is_vacant for place in voting_seats(at, committee_id)):
        return []
    with writing(acting):
        hold_council()
        return [
            _plan(acting, committee, starts_at, rules.meeting_minutes, "", at)
            for starts_at in _missing(times, committee_id)
        ]


def _missing(times: Sequence[dt.datetime], committee_id: int | None) -> list[dt.datetime]:
    """Those of the times at which the body has no meeting yet."""
    known = set(meetings_of(committee_id).values_list("starts_at", flat=True))
    return [starts_at for starts_at in times if starts_at not in known]


def plan_meeting(
    *,
    acting: Principal,
    starts_at: dt.datetime,
    committee_id: int | None = None,
    minutes_long: int | None = None,
    place: str = "",
) -> Meeting:
    """Plan a meeting beside the cadence. Raises InvalidInput for the past and for a length that no
    meeting has, Conflict for an instant at which the body meets already."""
    require_runner(acting, committee_id)
    committee = (
        None if committee_id is None else chosen(Committee, [committee_id], field="committee_id")[0]
    )
    now = clock.now()
    rules = rules_in_force(now, committee=committee.slug if committee else "")
    length = rules.meeting_minutes if minutes_long is None else minutes_long
    _check_times(starts_at, length, now)
    with writing(acting):
        hold_council()
        _check_free(committee_id, starts_at)
        return _plan(acting, committee, starts_at, length, place, now)


def move_meeting(
    *,
    acting: Principal,
    meeting_id: int,
    starts_at: dt.datetime | None = None,
    minutes_long: int | None = None,
    place: str | None = None,
) -> Meeting:
    """Change when, how long or where a planned meeting is; calendars follow.

    Raises as `plan_meeting` does.
    """
    with writing(acting):
        hold_council()
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        now = clock.now()
        if starts_at is not None and starts_at != meeting.starts_at:
            _check_free(meeting.committee_id, starts_at)
            meeting.starts_at = starts_at
        if minutes_long is not None:
            meeting.minutes_long = minutes_long
        if place is not None:
            meeting.place = text_of(place, field="place", limit=300)
        _check_times(meeting.starts_at, meeting.minutes_long, now)
        moved_on(meeting, now)
        meeting.save()
        told(acting, meeting, "moved")
    return meeting


def cancel_meeting(*, acting: Principal, meeting_id: int, reason: str) -> Meeting:
    """Cancel a planned meeting; what it did not reach comes to the next one."""
    words = needed_text(reason, field="reason", what="why it is canceled", limit=1000)
    with writing(acting, reason=words):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        meeting.state = MeetingState.CANCELED
        meeting.canceled_reason = words
        moved_on(meeting, clock.now())
        meeting.save()
        told(acting, meeting, "canceled")
    return meeting


def following_meeting(meeting: Meeting, rules: CharterRules) -> dt.datetime | None:
    """When the body meets after this meeting: as planned, else by the cadence."""
    planned = (
        meetings_of(meeting.committee_id)
        .filter(starts_at__gt=meeting.starts_at, state=MeetingState.PLANNED)
        .order_by("starts_at")
        .values_list("starts_at", flat=True)
        .first()
    )
    return planned or next(iter(_times(rules, meeting.starts_at)), None)


def _times(rules: CharterRules, after: dt.datetime) -> list[dt.datetime]:
    return meeting_times(
        after,
        weekday=rules.meeting_weekday,
        time=rules.meeting_time,
        time_zone=rules.time_zone,
        every_weeks=rules.meeting_every_weeks,
        holidays=rules.holidays,
        count=AHEAD,
    )


def _plan(
    acting: Principal,
    committee: Committee | None,
    starts_at: dt.datetime,
    minutes_long: int,
    place: str,
    now: dt.datetime,
) -> Meeting:
    meeting = Meeting.objects.create(
        committee=committee,
        starts_at=starts_at,
        minutes_long=minutes_long,
        place=text_of(place, field="place", limit=300),
        changed_at=now,
    )
    told(acting, meeting, "planned")
    return meeting


def _check_times(starts_at: dt.datetime, minutes_long: int, now: dt.datetime) -> None:
    if starts_at <= now:
        raise InvalidInput(
            "A meeting begins in the future: choose a later time.", field="starts_at"
        )
    if not 5 <= minutes_long <= _LONGEST:
        raise InvalidInput(
            f"A meeting lasts between 5 and {_LONGEST} minutes.", field="minutes_long"
        )


def _check_free(committee_id: int | None, starts_at: dt.datetime) -> None:
    if meetings_of(committee_id).filter(starts_at=starts_at).exists():
        raise Conflict(
            "There is a meeting at this time already, or one was canceled: choose another time.",
            field="starts_at",
        )

"""The rules of the council as values: what the charter in force says, or the built-in defaults."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from governance.agreements.kinds.charter.calendar import BusinessCalendar
from governance.agreements.kinds.charter.document import CharterDocument


@dataclass(frozen=True, slots=True)
class CharterRules:
    """Every number the council works by (3.3, 3.4, 3.6).

    `quorum_share`: more than this share of the filled voting seats has to be present; delegates
    supply at most `delegate_share_max` of that number.
    `pass_share`: at least this share of consents among consents and blocks; `charter_pass_share`:
    at least this share of all voting seats consents to a charter. `*_days` of discussion, ruling
    and escalation are business days, other days and all hours are calendar time.
    `key` is the agreement in force, empty for the defaults.
    """

    key: str
    quorum_share: Fraction
    pass_share: Fraction
    charter_pass_share: Fraction
    triage_hours: int
    discussion_days: int
    final_call_hours: int
    permission_hours: int
    charter_days: int
    local_reopen_hours: int
    editorial_reopen_days: int
    emergency_days: int
    second_person_hours: int
    ruling_days: int
    reminder_days: int
    delegate_days: int
    manager_days: int
    seats_to_ask_vote: int
    impact_fresh_hours: int
    delegation_days_max: int
    delegate_share_max: Fraction
    proxies_max: int
    working_days: frozenset[int]
    working_hours: tuple[dt.time, dt.time]
    time_zone: str
    holidays: frozenset[dt.date]
    meeting_weekday: int
    meeting_time: dt.time
    meeting_minutes: int
    meeting_every_weeks: int
    agenda_hours: int
    agenda_final_hours: int
    expiry_days: int
    expiry_warning_days: tuple[int, ...]
    reversal_days: int
    sunset_days: int
    hub_tags: frozenset[str]
    executive_sponsor: str

    @property
    def calendar(self) -> BusinessCalendar:
        """The working calendar of the charter."""
        opens, closes = self.working_hours
        return BusinessCalendar(self.time_zone, self.working_days, opens, closes, self.holidays)


def rules_of(document: CharterDocument, *, key: str = "") -> CharterRules:
    """What a charter says, as the council's rules."""
    council, windows, escalation = document.council, document.windows, document.escalation
    meeting, delegation, calendar = document.meeting, document.delegation, document.calendar
    return CharterRules(
        key=key,
        quorum_share=Fraction(council.quorum_share),
        pass_share=Fraction(council.pass_share),
        charter_pass_share=Fraction(council.charter_pass_share),
        triage_hours=windows.triage_hours,
        discussion_days=windows.discussion_days,
        final_call_hours=windows.final_call_hours,
        permission_hours=windows.permission_hours,
        charter_days=windows.charter_days,
        local_reopen_hours=windows.local_reopen_hours,
        editorial_reopen_days=windows.editorial_reopen_days,
        emergency_days=windows.emergency_days,
        second_person_hours=windows.second_person_hours,
        ruling_days=escalation.ruling_days,
        reminder_days=escalation.reminder_days,
        delegate_days=escalation.delegate_days,
        manager_days=escalation.manager_days,
        seats_to_ask_vote=council.seats_to_ask_vote,
        impact_fresh_hours=windows.impact_fresh_hours,
        delegation_days_max=delegation.days_max,
        delegate_share_max=Fraction(delegation.share_of_quorum_max),
        proxies_max=delegation.proxies_max,
        working_days=frozenset(day.number for day in calendar.working_days),
        working_hours=(calendar.opens, calendar.closes),
        time_zone=calendar.time_zone,
        holidays=frozenset(holiday.on for holiday in calendar.holidays),
        meeting_weekday=meeting.weekday.number,
        meeting_time=meeting.time,
        meeting_minutes=meeting.minutes,
        meeting_every_weeks=meeting.every_weeks,
        agenda_hours=meeting.agenda_hours,
        agenda_final_hours=meeting.agenda_final_hours,
        expiry_days=windows.expiry_days,
        expiry_warning_days=tuple(windows.expiry_warning_days),
        reversal_days=windows.reversal_days,
        sunset_days=windows.sunset_days,
        hub_tags=frozenset(document.hub_tags),
        executive_sponsor=document.executive_sponsor,
    )


DEFAULTS = rules_of(CharterDocument())

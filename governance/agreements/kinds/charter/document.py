"""What a charter says: how the council decides, by when, who stands in, when it meets."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from governance.agreements import patterns
from governance.agreements.kind import Document


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Monday is 0, as Python counts."""
        return list(Weekday).index(self)


def _share(value: str) -> str:
    if int(value.partition("/")[2]) == 0:
        raise ValueError("A share is written as 1/2 or 2/3: nothing is divided by zero.")
    if not 0 < Fraction(value) <= 1:
        raise ValueError("A share is more than nothing and at most 1/1.")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("Give a time zone such as Europe/Berlin.") from None
    return value


def _local(value: dt.time) -> dt.time:
    if value.tzinfo is not None:
        raise ValueError("Give a time on the clock such as 09:00; the charter has one time zone.")
    return value


ClockTime = Annotated[dt.time, AfterValidator(_local)]
Share = Annotated[str, Field(pattern=patterns.SHARE), AfterValidator(_share)]
Hours = Annotated[int, Field(ge=1, le=2000)]
Days = Annotated[int, Field(ge=1, le=1000)]


class Council(Document):
    """Quorum and majorities (3.3)."""

    quorum_share: Share = Field(
        default="1/2",
        title="Quorum",
        description="More than this share of the filled voting seats has to be present.",
    )
    pass_share: Share = Field(
        default="2/3",
        title="Passes with",
        description="At least this share of consents among consents and blocks.",
    )
    charter_pass_share: Share = Field(
        default="2/3",
        title="A charter passes with",
        description="At least this share of all voting seats, filled or not.",
    )
    seats_to_ask_vote: int = Field(
        default=3,
        ge=1,
        le=1000,
        title="Seats that may ask for a vote",
        description="So many seats together bring a proposal before the council.",
    )


class Windows(Document):
    """How long what takes (3.3, 3.4)."""

    triage_hours: Hours = Field(
        default=24,
        title="Triage (hours)",
        description="After this a submitted proposal goes into discussion by itself.",
    )
    discussion_days: Days = Field(
        default=5,
        title="Discussion (business days)",
        description="The least time for discussion before a final call.",
    )
    final_call_hours: Hours = Field(
        default=72, title="Final call (hours)", description="How long a final call is open."
    )
    permission_hours: Hours = Field(
        default=72,
        title="Final call of opt-outs (hours)",
        description="How long a change of permissions is open.",
    )
    charter_days: Days = Field(
        default=10,
        title="Charter (business days)",
        description="How long a change of the charter is discussed.",
    )
    local_reopen_hours: Hours = Field(
        default=72,
        title="Reopen a local agreement (hours)",
        description="How long any member may bring a local agreement before everybody.",
    )
    editorial_reopen_days: Days = Field(
        default=7,
        title="Reopen an editorial change (days)",
        description="How long any member may reopen a change of wording.",
    )
    emergency_days: Days = Field(
        default=7,
        title="Emergencies last (days)",
        description="What was declared in an emergency lapses after this unless it is ratified.",
    )
    second_person_hours: Hours = Field(
        default=4,
        title="Second person (hours)",
        description="An emergency needs a second person within this time, or it lapses.",
    )
    impact_fresh_hours: Hours = Field(
        default=24,
        title="Impact is fresh for (hours)",
        description="An older impact is computed again before a final call.",
    )
    expiry_days: Days = Field(
        default=90,
        title="Open proposals expire (days)",
        description="After this time without any event.",
    )
    expiry_warning_days: tuple[Days, ...] = Field(
        default=(14, 3),
        max_length=5,
        title="Warned before expiry (days)",
        description="How many days before it expires its author is warned.",
    )
    reversal_days: Days = Field(
        default=30,
        title="Reversal (days)",
        description="How long after it took effect a decision can be reverted as a whole.",
    )
    sunset_days: Days = Field(
        default=90,
        title="Deprecation (days)",
        description="How long something deprecated stays, unless its proposal says otherwise.",
    )


class Escalation(Document):
    """What happens when a must-sign is silent: its clock in business days (3.4)."""

    reminder_days: Days = Field(
        default=2, title="Reminder (business days)", description="When they are asked again."
    )
    delegate_days: Days = Field(
        default=4,
        title="Delegate (business days)",
        description="When their delegate is asked as well.",
    )
    manager_days: Days = Field(
        default=5, title="Manager (business days)", description="When their manager is told."
    )
    ruling_days: Days = Field(
        default=2,
        title="Ruling on a block (business days)",
        description="By when the chair says whether a block is valid.",
    )


class DelegationRules(Document):
    """Standing in for another (3.3)."""

    days_max: int = Field(
        default=30,
        ge=1,
        le=30,
        title="Longest delegation (days)",
        description="A vote is given away for at most this time.",
    )
    share_of_quorum_max: Share = Field(
        default="1/4",
        title="Delegates in the quorum",
        description="At most this share of the quorum is there by a delegate.",
    )
    proxies_max: int = Field(
        default=2,
        ge=1,
        le=10,
        title="Proxies a person may hold",
        description="How many others one person may stand in for at a time.",
    )


class Holiday(Document):
    """A day on which nobody is asked to decide."""

    on: dt.date = Field(title="Day", description="The date of the holiday.")
    name: str = Field(
        min_length=1, max_length=100, title="Name", description="What the holiday is called."
    )


class WorkingCalendar(Document):
    """When people work; deadlines in business time follow it."""

    time_zone: Annotated[str, Field(max_length=60), AfterValidator(_zone)] = Field(
        default="UTC", title="Time zone", description="Such as Europe/Berlin."
    )
    working_days: tuple[Weekday, ...] = Field(
        default=(
            Weekday.MONDAY,
            Weekday.TUESDAY,
            Weekday.WEDNESDAY,
            Weekday.THURSDAY,
            Weekday.FRIDAY,
        ),
        min_length=1,
        max_length=7,
        title="Working days",
        description="The days of the week on which people work.",
    )
    opens: ClockTime = Field(
        default=dt.time(9), title="From", description="When a working day begins, such as 09:00."
    )
    closes: ClockTime = Field(
        default=dt.time(17), title="Until", description="When a working day ends, such as 17:00."
    )
    holidays: tuple[Holiday, ...] = Field(
        default=(),
        max_length=400,
        title="Holidays",
        json_schema_extra={"keyed_by": "on"},
        description="Days off in the years this charter is meant for.",
    )


class MeetingRules(Document):
    """The council's meeting (3.6)."""

    weekday: Weekday = Field(
        default=Weekday.TUESDAY, title="Day", description="The day of the week on which it meets."
    )
    time: ClockTime = Field(default=dt.time(10), title="Time", description="When it begins.")
    minutes: int = Field(
        default=60,
        ge=5,
        le=480,
        title="Length (minutes)",
        description="Items beyond it are carried over.",
    )
    every_weeks: int = Field(
        default=1, ge=1, le=12, title="Every so many weeks", description="1 for a weekly meeting."
    )
    agenda_hours: Hours = Field(
        default=48, title="Agenda (hours before)", description="When the agenda is made and sent."
    )
    agenda_final_hours: Hours = Field(
        default=2,
        title="Agenda stands (hours before)",
        description="From then on it no longer changes.",
    )


class CharterDocument(Document):
    """The charter: without one, the values given here as defaults hold."""

    committee: str = Field(
        default="",
        max_length=100,
        pattern=patterns.COMMITTEE_OR_EMPTY,
        title="Committee",
        description="The committee it is for, by its short name; empty for the council itself.",
    )
    purpose: str = Field(
        default="",
        max_length=5000,
        title="Purpose",
        description="What the council is for.",
        json_schema_extra={"prose": True},
    )
    council: Council = Field(
        default=Council(), title="Deciding", description="Quorum and majorities."
    )
    windows: Windows = Field(default=Windows(), title="Windows", description="How long what takes.")
    escalation: Escalation = Field(
        default=Escalation(), title="Escalation", description="What happens when nobody answers."
    )
    delegation: DelegationRules = Field(
        default=DelegationRules(), title="Delegation", description="Standing in for another."
    )
    calendar: WorkingCalendar = Field(
        default=WorkingCalendar(), title="Working calendar", description="When people work."
    )
    meeting: MeetingRules = Field(
        default=MeetingRules(), title="Meeting", description="When the council meets."
    )
    hub_tags: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=("conformed_utility",),
        max_length=20,
        title="Tags of hub tables",
        description="Datasets that carry one of these tags, such as a calendar that everything"
        " joins, make nobody a signer; they are listed as left out.",
        json_schema_extra={"picker": "label"},
    )
    executive_sponsor: str = Field(
        default="",
        max_length=150,
        title="Executive sponsor",
        description="Who may lift a block of Legal or Security in writing, by user name.",
        json_schema_extra={"picker": "person"},
    )

"""What makes a charter impossible: nobody could decide, ratify, meet or answer in time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from catalog.types import LabelKind
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.charter.calendar import BusinessCalendar, NoWorkingTimeError
from governance.agreements.kinds.charter.document import CharterDocument, MeetingRules
from governance.agreements.kinds.charter.rules import rules_of
from governance.agreements.selectors.references import labels_named, owner_named
from governance.council.models import Committee
from governance.council.rules.quorum import quorum_of
from governance.council.selectors.seats import SeatAt, voting_seats
from governance.types import ChangeOp, Finding, FindingLevel

_IDLE_DAYS = 30  # a working calendar without a working day for longer is a mistake


def check_charter(document: CharterDocument, context: CheckContext) -> Iterable[Finding]:
    """Everything that is wrong with a charter, given the seats there are."""
    if context.op in (ChangeOp.DEPRECATE, ChangeOp.RETIRE):
        yield _error(
            "charter.always_one",
            "A council always has a charter, so it is replaced and never taken away.",
            fix="Propose a new charter in its place.",
        )
        return
    committee = Committee.objects.filter(slug=document.committee).first()
    if document.committee and committee is None:
        yield _error(
            "charter.unknown_committee",
            f"There is no committee {document.committee!r}.",
            "committee",
            "Leave it empty for the council, or make the committee first.",
        )
        return
    seats = voting_seats(context.now, committee.pk if committee else None)
    yield from _deciding(document, seats)
    yield from _windows(document)
    yield from _escalation(document)
    yield from _calendar(document, context)
    yield from _sponsor(document, context, seats)
    known = labels_named(context.acting, document.hub_tags, LabelKind.TAG)
    for index, tag in enumerate(document.hub_tags):
        if tag not in known:
            yield Finding(
                "charter.unknown_tag",
                FindingLevel.WARNING,
                f"No dataset carries the tag {tag!r} yet, so it leaves nothing out.",
                f"hub_tags.{index}",
                "Write the tag as it stands on the datasets.",
            )


def _deciding(document: CharterDocument, seats: list[SeatAt]) -> Iterator[Finding]:
    """Quorum and majorities against the seats that exist."""
    if not seats:
        yield Finding(
            "charter.no_seats",
            FindingLevel.WARNING,
            "There are no voting seats yet, so whether anything can be decided was not computed.",
            "council",
            "Make the seats and fill them.",
        )
        return
    council = document.council
    filled = sum(1 for seat in seats if not seat.is_vacant)
    are = f"{filled} of {len(seats)} voting seats are filled"
    share = Fraction(council.quorum_share)
    quorum = quorum_of(filled=filled, in_person=0, delegated=0, quorum_share=share).needed
    if quorum > filled:
        yield _error(
            "charter.quorum_impossible",
            f"A quorum of {quorum} can never be present: {are}.",
            "council.quorum_share",
            "Ask for a smaller share, or fill the vacant seats first.",
        )
    needed = math.ceil(Fraction(council.charter_pass_share) * len(seats))
    if needed > filled:
        yield _error(
            "charter.charter_vote_impossible",
            f"A charter would need {needed} consents: {are}.",
            "council.charter_pass_share",
            "Ask for a smaller share, or fill the vacant seats first.",
        )
    if council.seats_to_ask_vote > filled:
        yield _error(
            "charter.vote_cannot_be_asked",
            f"{council.seats_to_ask_vote} seats cannot ask for a vote: {are}.",
            "council.seats_to_ask_vote",
            "Ask for fewer seats.",
        )
    if Fraction(council.pass_share) <= Fraction(1, 2):
        yield Finding(
            "charter.minority_decides",
            FindingLevel.WARNING,
            f"With {council.pass_share} as many may block as consent, and it still passes.",
            "council.pass_share",
            "Ask for more than half.",
        )


def _windows(document: CharterDocument) -> Iterator[Finding]:
    """Times that contradict each other."""
    windows, meeting = document.windows, document.meeting
    if windows.emergency_days < 7 * meeting.every_weeks:
        yield _error(
            "charter.emergency_before_meeting",
            f"An emergency would lapse after {windows.emergency_days} days, and the meeting that"
            f" could ratify it may be {7 * meeting.every_weeks} days away.",
            "windows.emergency_days",
            "Let emergencies last until the next meeting, or meet more often.",
        )
    if windows.second_person_hours >= 24 * windows.emergency_days:
        yield _error(
            "charter.second_person_too_late",
            "The second person would have longer than the emergency lasts.",
            "windows.second_person_hours",
            "Ask for the second person within hours.",
        )
    longest = _calendar_days(document) + math.ceil(windows.final_call_hours / 24)
    if windows.expiry_days <= longest:
        yield _error(
            "charter.expires_while_open",
            f"A proposal would expire after {windows.expiry_days} days, and discussion with final"
            f" call takes up to {longest}.",
            "windows.expiry_days",
            "Let proposals live longer than they are discussed.",
        )
    for index, days in enumerate(windows.expiry_warning_days):
        if days >= windows.expiry_days:
            yield _error(
                "charter.warned_too_early",
                f"A warning {days} days before the end of {windows.expiry_days} days comes before"
                " the beginning.",
                f"windows.expiry_warning_days.{index}",
                "Warn later.",
            )
    if windows.sunset_days < 30:
        yield _error(
            "charter.sunset_too_short",
            f"Something deprecated has to stay for at least 30 days, not {windows.sunset_days}.",
            "windows.sunset_days",
            "Give at least 30.",
        )


def _calendar_days(document: CharterDocument) -> int:
    """How many days the longest discussion takes on the calendar, weekends among them."""
    weeks = document.calendar.working_days
    business = max(document.windows.discussion_days, document.windows.charter_days)
    return math.ceil(business * 7 / len(set(weeks)))


def _escalation(document: CharterDocument) -> Iterator[Finding]:
    steps = document.escalation
    if not steps.reminder_days < steps.delegate_days < steps.manager_days:
        yield _error(
            "charter.escalation_order",
            "The clock runs from reminder to delegate to manager:"
            f" {steps.reminder_days}, {steps.delegate_days}, {steps.manager_days} business days do"
            " not grow.",
            "escalation",
            "Give growing numbers, such as 2, 4 and 5.",
        )


def _calendar(document: CharterDocument, context: CheckContext) -> Iterator[Finding]:
    calendar = document.calendar
    if calendar.closes <= calendar.opens:
        yield _error(
            "charter.no_working_hours",
            f"A working day from {calendar.opens:%H:%M} until {calendar.closes:%H:%M} has no"
            " hours.",
            "calendar.closes",
            "Let it end after it begins.",
        )
        return
    business = rules_of(document).calendar
    if not _has_working_days(business, context.now):
        yield _error(
            "charter.no_working_days",
            f"There is no working day within {_IDLE_DAYS} days from now.",
            "calendar.holidays",
            "Take out holidays, or add working days.",
        )
    yield from _meeting(document.meeting, document, business)


def _meeting(
    meeting: MeetingRules, document: CharterDocument, business: BusinessCalendar
) -> Iterator[Finding]:
    if meeting.weekday not in document.calendar.working_days:
        yield _error(
            "charter.meets_on_a_day_off",
            f"It would meet on a {meeting.weekday.capitalize()}, which is no working day.",
            "meeting.weekday",
            "Choose a working day.",
        )
    if not business.opens <= meeting.time < business.closes:
        yield Finding(
            "charter.meets_outside_hours",
            FindingLevel.WARNING,
            f"It would meet at {meeting.time:%H:%M}, outside working hours.",
            "meeting.time",
            f"Choose a time from {business.opens:%H:%M} until {business.closes:%H:%M}.",
        )
    if meeting.agenda_final_hours >= meeting.agenda_hours:
        yield _error(
            "charter.agenda_order",
            "The agenda would stand before it is made.",
            "meeting.agenda_final_hours",
            f"Give fewer than {meeting.agenda_hours} hours.",
        )


def _has_working_days(business: BusinessCalendar, now: dt.datetime) -> bool:
    try:
        return business.next_working(now) - now <= dt.timedelta(days=_IDLE_DAYS)
    except NoWorkingTimeError:
        return False


def _sponsor(
    document: CharterDocument, context: CheckContext, seats: list[SeatAt]
) -> Iterator[Finding]:
    sponsor = document.executive_sponsor
    if not sponsor:
        yield Finding(
            "charter.no_sponsor",
            FindingLevel.WARNING,
            "Without an executive sponsor nobody but its raiser can lift a block of Legal or"
            " Security.",
            "executive_sponsor",
            "Name one.",
        )
    elif not owner_named(context.acting, f"person:{sponsor}"):
        yield _error(
            "charter.unknown_sponsor",
            f"There is nobody active with the user name {sponsor!r}.",
            "executive_sponsor",
            "Pick a person of the company.",
        )
    elif any(s.sitter and s.sitter.username == sponsor and s.seat.veto_classes for s in seats):
        yield _error(
            "charter.sponsor_has_veto",
            f"{sponsor} sits on a seat with a veto and would lift their own blocks.",
            "executive_sponsor",
            "Name somebody who holds no veto.",
        )


def _error(check: str, message: str, field: str = "", fix: str = "") -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)

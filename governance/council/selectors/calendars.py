"""The calendar of meetings and the calendar of changes (R-093, R-101), for pages and feeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from catalog.access import Action, gate
from catalog.errors import InvalidInput
from catalog.models.credentials import digest_of
from catalog.selectors.principals import principal_of
from catalog.types import Principal, TokenScope
from governance import clock
from governance.addresses import agreement_address, meeting_address, outside, proposal_address
from governance.council.rules.icalendar import CalendarEvent, calendar_text
from governance.models import (
    Agreement,
    AgreementVersion,
    CalendarAddress,
    Decision,
    Meeting,
    Proposal,
)
from governance.types import AgreementState, MeetingState, Outcome, ProposalState

BACK = dt.timedelta(days=90)
FORWARD = dt.timedelta(days=366)
_MOST = 1000  # entries of one kind in a feed


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Something that takes effect or ends: `what` is effective, sunset or ends."""

    what: str
    on: dt.datetime | dt.date
    key: str
    title: str
    sequence: int
    changed_at: dt.datetime
    address: str


def change_calendar(
    principal: Principal, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> list[PlannedChange]:
    """What takes effect (decided proposals), is taken away (deprecations) and ends (opt-outs) in
    the span, the earliest first; by default ninety days back and a year ahead.

    Raises InvalidInput for a span that ends before it begins.
    """
    if not gate().authorize(principal, Action.SEE).allowed:
        return []
    now = clock.now()
    start, end = since or now - BACK, until or now + FORWARD
    if start > end:
        raise InvalidInput("A span ends after it begins: choose a later end.", field="until")
    found = [*_effective(start, end), *_sunsets(start, end), *_ending(start, end)]
    return sorted(found, key=lambda one: (_day(one.on), one.what, one.key))


def meetings_feed(principal: Principal) -> str:
    """The meetings of the council and its committees as iCalendar text."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return calendar_text("Council", [])
    now = clock.now()
    rows = Meeting.objects.filter(
        starts_at__gte=now - BACK, starts_at__lte=now + FORWARD
    ).select_related("committee")
    return calendar_text("Council", [_meeting(row) for row in rows.order_by("starts_at")[:_MOST]])


def changes_feed(principal: Principal) -> str:
    """The calendar of changes as iCalendar text."""
    words = {"effective": "takes effect", "sunset": "is taken away", "ends": "ends"}
    return calendar_text(
        "Changes",
        [
            CalendarEvent(
                uid=_uid(f"{one.what}-{one.key}"),
                sequence=one.sequence,
                stamp=one.changed_at,
                starts=one.on,
                ends=one.on if isinstance(one.on, dt.datetime) else None,
                summary=f"{one.title} {words[one.what]}",
                url=outside(one.address),
                categories=(one.what,),
            )
            for one in change_calendar(principal)
        ],
    )


def principal_behind(secret: str) -> Principal:
    """Who reads by a calendar address: its person, with the right to read and nothing else.

    Anybody else is anonymous, who sees an empty calendar.
    """
    address = (
        CalendarAddress.objects.select_related("person")
        .filter(digest=digest_of(secret), revoked_at__isnull=True)
        .first()
    )
    if address is None:
        return Principal.anonymous()
    return principal_of(address.person, scopes=frozenset({TokenScope.READ}))


def has_calendar_address(principal: Principal) -> bool:
    """Whether the principal has an address in use; its secret cannot be read again."""
    return CalendarAddress.objects.filter(
        person=principal.person_id, revoked_at__isnull=True
    ).exists()


def _meeting(meeting: Meeting) -> CalendarEvent:
    body = str(meeting.committee) if meeting.committee else "Council"
    is_canceled = meeting.state == MeetingState.CANCELED
    return CalendarEvent(
        uid=_uid(f"meeting-{meeting.pk}"),
        sequence=meeting.sequence,
        stamp=meeting.changed_at,
        starts=meeting.starts_at,
        ends=meeting.starts_at + dt.timedelta(minutes=meeting.minutes_long),
        summary=f"{body} meeting",
        description=meeting.canceled_reason,
        location=meeting.place,
        url=outside(meeting_address(meeting.pk)),
        status="CANCELLED" if is_canceled else "CONFIRMED",
        categories=(body,),
    )


def _effective(start: dt.datetime, end: dt.datetime) -> Iterator[PlannedChange]:
    """Adoptions by their effective date; a date set anew keeps the event and counts up."""
    states = [
        ProposalState.DECIDED_SCHEDULED,
        ProposalState.ACTIVE,
        ProposalState.SUPERSEDED,
        ProposalState.REVERTED,
    ]
    proposals = Proposal.objects.filter(state__in=states, effective_at__range=(start, end))
    decisions: dict[int, list[Decision]] = {}
    for decision in Decision.objects.filter(proposal__in=proposals).order_by("number"):
        decisions.setdefault(decision.proposal_id, []).append(decision)
    for proposal in proposals.order_by("effective_at", "number")[:_MOST]:
        adopted = [
            one
            for one in decisions.get(proposal.pk, [])
            if one.outcome in (Outcome.ADOPTED, Outcome.RATIFIED)
        ]
        if proposal.effective_at is None or not adopted:
            continue
        yield PlannedChange(
            what="effective",
            on=proposal.effective_at,
            key=proposal.key,
            title=f"{proposal.key} {proposal.title}",
            sequence=len(adopted) - 1,
            changed_at=adopted[-1].decided_at,
            address=proposal_address(proposal.key),
        )


def _sunsets(start: dt.datetime, end: dt.datetime) -> Iterator[PlannedChange]:
    rows = Agreement.objects.filter(
        state=AgreementState.DEPRECATED, sunset_on__range=(start.date(), end.date())
    )
    newest = _newest([row.pk for row in rows])
    for agreement in rows.order_by("sunset_on", "key")[:_MOST]:
        version = newest.get(agreement.pk)
        if agreement.sunset_on is not None:
            yield PlannedChange(
                what="sunset",
                on=agreement.sunset_on,
                key=agreement.key,
                title=agreement.title,
                sequence=version.number - 1 if version else 0,
                changed_at=version.recorded_at if version else agreement.created_at,
                address=agreement_address(agreement.key),
            )


def _ending(start: dt.datetime, end: dt.datetime) -> Iterator[PlannedChange]:
    rows = AgreementVersion.objects.filter(
        agreement__kind="permission_policy",
        valid_to__isnull=True,
        document__when__to__gte=start.date().isoformat(),
        document__when__to__lte=end.date().isoformat(),
    ).select_related("agreement")
    for version in rows.order_by("agreement__key")[:_MOST]:
        yield PlannedChange(
            what="ends",
            on=dt.date.fromisoformat(str(version.document["when"]["to"])[:10]),
            key=version.agreement.key,
            title=version.title,
            sequence=version.number - 1,
            changed_at=version.recorded_at,
            address=agreement_address(version.agreement.key),
        )


def _newest(agreements: list[int]) -> dict[int, AgreementVersion]:
    rows = AgreementVersion.objects.filter(agreement__in=agreements).order_by("number")
    return {row.agreement_id: row for row in rows}


def _day(on: dt.datetime | dt.date) -> dt.datetime:
    if isinstance(on, dt.datetime):
        return on
    return dt.datetime.combine(on, dt.time(), dt.UTC)


def _uid(name: str) -> str:
    """Unique in the world: the service's host names whose it is (RFC 7986, 5.3)."""
    return f"{name}@{urlsplit(settings.BASE_URL).hostname or 'concord'}"

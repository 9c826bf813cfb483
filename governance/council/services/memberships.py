"""Putting people on seats and taking them off; what is past is never rewritten."""

from __future__ import annotations

import datetime as dt

from catalog.dates import exact_day
from catalog.errors import Conflict, InvalidInput
from catalog.events import RecordChanged
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import EmploymentKind, Principal
from governance import clock
from governance.council.services.authority import require_keeper
from governance.council.services.council_lock import hold_council
from governance.council.services.seats import open_seat, other_voting_seat
from governance.council.services.words import active_person, text_of
from governance.models import Decision, Membership, Seat


def seat_person(
    *, acting: Principal, seat_id: int, person_id: int, since: dt.datetime | None = None
) -> Membership:
    """Let a person sit from `since` (now by default); whoever sits there leaves at that instant.

    Raises InvalidInput for somebody who cannot sit, Conflict for a start before the seat is free,
    for a handover in the past, for a past in which the council decided without this sitter, and
    where the person would hold two votes of one body.
    """
    require_keeper(acting)
    person = active_person(person_id, field="username")
    if person.employment_kind in (EmploymentKind.SERVICE, EmploymentKind.EXTERNAL):
        raise InvalidInput(
            f"{person} is no employee: seats are for people of the company.", field="username"
        )
    with writing(acting):
        hold_council()
        seat = open_seat(seat_id)
        now = clock.now()
        start = since or now
        before = Membership.objects.filter(seat=seat).order_by("-since").first()
        if before is not None and (before.until is None or before.until > start):
            _hand_over(before, seat, person_id, start, now)
        decided = Decision.objects.filter(decided_at__gt=start).order_by("number").first()
        if start < now and decided is not None:
            raise Conflict(
                f"{decided} was taken on {exact_day(decided.decided_at)} without this sitter, and "
                "what is past stays: choose a later time.",
                field="since",
            )
        other = other_voting_seat(person.pk, seat, start, None) if seat.is_voting else None
        if other is not None:
            raise Conflict(f"{person} sits on {other} and would have two votes.", field="username")
        membership = Membership.objects.create(seat=seat, person=person, since=start)
        record(RecordChanged(change="created"), membership, acting=acting)
    return membership


def vacate(
    *, acting: Principal, seat_id: int, until: dt.datetime | None = None, reason: str = ""
) -> Membership:
    """Let the sitter leave now or at a later instant; nobody sits there until somebody is seated.

    Raises Conflict for a vacant seat, InvalidInput for an end in the past.
    """
    require_keeper(acting)
    words = text_of(reason, field="reason", limit=1000)
    with writing(acting, reason=words):
        hold_council()
        seat = open_seat(seat_id)
        now = clock.now()
        end = until or now
        membership = Membership.objects.filter(seat=seat, until__isnull=True).first()
        if membership is None:
            raise Conflict(f"Nobody sits on {seat}.")
        if end < now:
            raise InvalidInput("What is past stays: choose now or a later time.", field="until")
        if end <= membership.since:
            raise InvalidInput(
                f"{membership.person} sits there from {exact_day(membership.since)} only: choose a "
                "later time.",
                field="until",
            )
        membership.until = end
        membership.save(update_fields=["until"])
        record(RecordChanged(fields=("until",)), membership, acting=acting)
    return membership


def _hand_over(
    before: Membership, seat: Seat, person_id: int, start: dt.datetime, now: dt.datetime
) -> None:
    """End the membership before the new one; it keeps its length and its past."""
    if before.person_id == person_id and before.until is None:
        raise Conflict(f"{before.person} sits on {seat} already.", field="username")
    if start < now:
        raise Conflict(
            f"{before.person} sat on {seat} then, and what is past stays: choose now or later.",
            field="since",
        )
    if start <= before.since:
        raise Conflict(
            f"{before.person} sits on {seat} from {exact_day(before.since)}: choose a later time.",
            field="since",
        )
    before.until = start
    before.save(update_fields=["until"])

"""Making, changing and closing the seats of the council and of its committees (R-091, R-092)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.utils.text import slugify

from catalog.dates import exact_day
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import Domain, System
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.selectors.seats import open_seats
from governance.council.services.authority import require_keeper
from governance.council.services.council_lock import hold_council
from governance.council.services.words import chosen, needed_text, text_of
from governance.models import Committee, Membership, Seat
from governance.types import SeatKind, VetoClass

ValueT = TypeVar("ValueT")


def create_seat(
    *,
    acting: Principal,
    name: str,
    kind: SeatKind,
    slug: str = "",
    duties: str = "",
    is_voting: bool = True,
    is_chair: bool = False,
    is_secretary: bool = False,
    veto_classes: Collection[VetoClass] = (),
    domain_ids: Collection[int] = (),
    system_ids: Collection[int] = (),
    committee_id: int | None = None,
) -> Seat:
    """A new, vacant seat of the council, or of a committee.

    Raises InvalidInput for values that do not fit, Conflict for a name, a chair or a domain that
    another open seat has already.
    """
    require_keeper(acting)
    words = needed_text(name, field="name", what="the name of the seat", limit=200)
    seat = Seat(
        name=words,
        slug=slugify(slug or words)[:100],
        kind=_one_of(SeatKind, kind, field="kind"),
        duties=text_of(duties, field="duties"),
        is_voting=is_voting,
        is_chair=is_chair,
        is_secretary=is_secretary,
        veto_classes=_vetoes(veto_classes),
    )
    if not seat.slug:
        raise InvalidInput("Give the seat a name with letters or digits.", field="name")
    if committee_id is not None:
        [seat.committee] = chosen(Committee, [committee_id], field="committee")
    domains = chosen(Domain, domain_ids, field="domains")
    systems = chosen(System, system_ids, field="systems")
    with writing(acting):
        hold_council()
        _check(seat, domains)
        seat.save()
        seat.domains.set(domains)
        seat.systems.set(systems)
        record(RecordChanged(change="created"), seat, acting=acting)
    return seat


def change_seat(
    *,
    acting: Principal,
    seat_id: int,
    name: str | None = None,
    kind: SeatKind | None = None,
    duties: str | None = None,
    is_voting: bool | None = None,
    is_chair: bool | None = None,
    is_secretary: bool | None = None,
    veto_classes: Collection[VetoClass] | None = None,
    domain_ids: Collection[int] | None = None,
    system_ids: Collection[int] | None = None,
) -> Seat:
    """Change what is given and leave the rest; a seat never moves to another body.

    Raises as `create_seat` does, and Conflict when a sitter would come to hold two votes.
    """
    require_keeper(acting)
    with writing(acting):
        hold_council()
        seat = open_seat(seat_id)
        if name is not None:
            seat.name = needed_text(name, field="name", what="the name of the seat", limit=200)
        if kind is not None:
            seat.kind = _one_of(SeatKind, kind, field="kind")
        if duties is not None:
            seat.duties = text_of(duties, field="duties")
        seat.is_voting = _given(is_voting, seat.is_voting)
        seat.is_chair = _given(is_chair, seat.is_chair)
        seat.is_secretary = _given(is_secretary, seat.is_secretary)
        if veto_classes is not None:
            seat.veto_classes = _vetoes(veto_classes)
        domains = (
            list(seat.domains.all())
            if domain_ids is None
            else chosen(Domain, domain_ids, field="domains")
        )
        _check(seat, domains)
        if seat.is_voting:
            _check_sitters(seat)
        seat.save()
        seat.domains.set(domains)
        if system_ids is not None:
            seat.systems.set(chosen(System, system_ids, field="systems"))
        record(RecordChanged(change="changed"), seat, acting=acting)
    return seat


def close_seat(*, acting: Principal, seat_id: int, reason: str) -> Seat:
    """End a seat now: its sitter leaves, its history stays. Raises Conflict for a closed one."""
    require_keeper(acting)
    words = needed_text(reason, field="reason", what="why the seat is closed", limit=1000)
    with writing(acting, reason=words):
        hold_council()
        seat = open_seat(seat_id)
        now = clock.now()
        Membership.objects.filter(seat=seat, since__gte=now).delete()
        Membership.objects.filter(seat=seat, until__isnull=True).update(until=now)
        Membership.objects.filter(seat=seat, until__gt=now).update(until=now)
        seat.closed_at = now
        seat.save(update_fields=["closed_at"])
        record(RecordChanged(fields=("closed_at",)), seat, acting=acting)
    return seat


def open_seat(seat_id: int) -> Seat:
    """The seat, for a change; raises NotFound, and Conflict for one that is closed."""
    seat = Seat.objects.filter(pk=seat_id).first()
    if seat is None:
        raise NotFound("There is no such seat.")
    if seat.closed_at is not None:
        raise Conflict(f"The seat {seat} was closed on {exact_day(seat.closed_at)}.")
    return seat


def _check(seat: Seat, domains: Iterable[Domain]) -> None:
    """What no two open seats may share."""
    others = open_seats(clock.now()).exclude(pk=seat.pk)
    if Seat.objects.exclude(pk=seat.pk).filter(name__iexact=seat.name).exists():
        raise Conflict(f"There is a seat {seat.name!r} already: choose another name.", field="name")
    if Seat.objects.exclude(pk=seat.pk).filter(slug=seat.slug).exists():
        raise Conflict(f"The short name {seat.slug!r} is taken: choose another.", field="slug")
    body = others.filter(committee=seat.committee) if seat.committee else others.filter(
        committee__isnull=True
    )  # fmt: skip
    for is_one, field, what in (
        (seat.is_chair, "is_chair", "chair"),
        (seat.is_secretary, "is_secretary", "secretary"),
    ):
        holder = body.filter(**{field: True}).first() if is_one else None
        if holder is not None:
            raise Conflict(f"{holder} is the {what}: take that away there first.", field=field)
    for domain in domains:
        holder = others.filter(domains=domain).first()
        if holder is not None:
            raise Conflict(
                f"{holder} signs for {domain} already: a domain has one seat.", field="domains"
            )


def _check_sitters(seat: Seat) -> None:
    """Nobody holds two votes of one body because a seat begins to vote."""
    now = clock.now()
    for membership in Membership.objects.filter(seat=seat).exclude(until__lte=now):
        other = other_voting_seat(membership.person_id, seat, membership.since, membership.until)
        if other is not None:
            raise Conflict(
                f"{membership.person} sits on {other} and would have two votes.", field="is_voting"
            )


def other_voting_seat(person_id: int, seat: Seat, since: object, until: object) -> Seat | None:
    """A voting seat of the same body on which the person sits at some time in the span."""
    elsewhere = Membership.objects.filter(
        person=person_id, seat__is_voting=True, seat__closed_at__isnull=True
    ).exclude(seat=seat)
    elsewhere = (
        elsewhere.filter(seat__committee=seat.committee_id)
        if seat.committee_id
        else elsewhere.filter(seat__committee__isnull=True)
    )
    overlapping = elsewhere.exclude(until__lte=since)
    if until is not None:
        overlapping = overlapping.filter(since__lt=until)
    found = overlapping.select_related("seat").first()
    return found.seat if found else None


def _given(value: ValueT | None, otherwise: ValueT) -> ValueT:
    return otherwise if value is None else value


def _one_of(kinds: type[SeatKind], value: str, *, field: str) -> SeatKind:
    try:
        return kinds(value)
    except ValueError:
        known = ", ".join(kinds)
        raise InvalidInput(f"{value!r} is none of {known}.", field=field) from None


def _vetoes(values: Collection[str]) -> list[str]:
    for value in values:
        if value not in list(VetoClass):
            known = ", ".join(VetoClass)
            raise InvalidInput(f"{value!r} is none of {known}.", field="veto_classes")
    return sorted(set(values))

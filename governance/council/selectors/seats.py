"""Seats as of an instant: who sits where, who acts for whom, who chairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Person
from catalog.types import Principal
from governance import clock
from governance.models import Delegation, Membership, Seat


@dataclass(frozen=True, slots=True)
class SeatAt:
    """A seat at one instant: its sitter (None: vacant) and the delegations of the sitter."""

    seat: Seat
    sitter: Person | None
    since: dt.datetime | None
    delegations: tuple[Delegation, ...]

    @property
    def is_vacant(self) -> bool:
        """Whether nobody sits there."""
        return self.sitter is None

    @property
    def delegate(self) -> Person | None:
        """Who acts for the sitter in everything; None where nobody does."""
        return next((d.taker for d in self.delegations if d.domain_id is None), None)


def sitter(seat: Seat, at: dt.datetime) -> Person | None:
    """Who sits on the seat at the instant; None when it is vacant or closed."""
    if seat.closed_at is not None and seat.closed_at <= at:
        return None
    membership = Membership.objects.filter(_during(at), seat=seat).select_related("person").first()
    return membership.person if membership else None


def seats_of(person: Person, at: dt.datetime) -> list[Seat]:
    """The open seats that the person sits on at the instant."""
    return list(
        open_seats(at).filter(
            pk__in=Membership.objects.filter(_during(at), person=person).values("seat_id")
        )
    )


def seat_of_domain(domain_id: int, at: dt.datetime) -> Seat | None:
    """The open seat that signs for the domain; a filled one before a vacant one."""
    filled = Membership.objects.filter(_during(at)).values("seat_id")
    candidates = open_seats(at).filter(domains=domain_id)
    return candidates.filter(pk__in=filled).first() or candidates.first()


def acts_for(person: Person, at: dt.datetime) -> list[Delegation]:
    """The delegations in force at the instant that let the person act for others."""
    return list(delegations_in_force(at).filter(taker=person).select_related("giver", "domain"))


def delegate_of(person: Person, at: dt.datetime, domain_id: int | None = None) -> Person | None:
    """Who acts for the person at the instant: for the domain named first, else for everything."""
    given = list(delegations_in_force(at).filter(giver=person).select_related("taker"))
    narrow = [d for d in given if d.domain_id == domain_id and domain_id is not None]
    return next((d.taker for d in [*narrow, *(d for d in given if d.domain_id is None)]), None)


def is_chair(
    principal: Principal, at: dt.datetime | None = None, committee_id: int | None = None
) -> bool:
    """Whether the principal chairs the council, or the committee named: sits on its chair seat,
    or acts for its sitter in everything."""
    return _runs(principal, Q(of_body(committee_id), is_chair=True), at)


def is_secretary(
    principal: Principal, at: dt.datetime | None = None, committee_id: int | None = None
) -> bool:
    """Whether the principal keeps the minutes of the council, or of the committee named."""
    return _runs(principal, Q(of_body(committee_id), is_secretary=True), at)


def is_member(
    principal: Principal,
    at: dt.datetime | None = None,
    committee_id: int | None = None,
    *,
    anywhere: bool = False,
) -> bool:
    """Whether the principal sits in the council (or the committee named, or `anywhere`), or acts
    for one of its sitters in everything."""
    return _runs(principal, Q() if anywhere else of_body(committee_id), at)


def council_at(at: dt.datetime, seats: QuerySet[Seat] | None = None) -> list[SeatAt]:
    """Every open seat with its sitter and delegations at the instant, in three queries."""
    chosen = list((open_seats(at) if seats is None else seats).order_by("kind", "name"))
    memberships = {
        membership.seat_id: membership
        for membership in Membership.objects.filter(
            _during(at), seat__in=[seat.pk for seat in chosen]
        ).select_related("person")
    }
    people = [membership.person_id for membership in memberships.values()]
    given: dict[int, list[Delegation]] = {}
    for delegation in delegations_in_force(at).filter(giver__in=people).select_related(
        "taker", "domain"
    ):  # fmt: skip
        given.setdefault(delegation.giver_id, []).append(delegation)
    return [_seat_at(seat, memberships.get(seat.pk), given) for seat in chosen]


def voting_seats(at: dt.datetime, committee_id: int | None = None) -> list[SeatAt]:
    """The open voting seats of the council, or of a committee, vacant ones too.

    A seat belongs to one body: those of a committee do not vote in the council.
    """
    return council_at(at, open_seats(at).filter(of_body(committee_id), is_voting=True))


def open_seats(at: dt.datetime) -> QuerySet[Seat]:
    """Seats that were not closed by the instant."""
    return Seat.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at))


def of_body(committee_id: int | None) -> Q:
    """Which seats belong to the committee named, or to the council itself."""
    return Q(committee__isnull=True) if committee_id is None else Q(committee=committee_id)


def delegations_in_force(at: dt.datetime) -> QuerySet[Delegation]:
    """Delegations that hold at the instant: begun, not over, not ended early; of who was
    deactivated none does."""
    return Delegation.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at),
        since__lte=at,
        until__gt=at,
        giver__is_active=True,
    ).order_by("since", "pk")


def council(principal: Principal, at: dt.datetime | None = None) -> list[SeatAt]:
    """The whole council at an instant (now by default), for its page."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return []
    instant = at or clock.now()
    return council_at(instant, _with_places(open_seats(instant)))


def seat_detail(principal: Principal, slug: str, at: dt.datetime | None = None) -> SeatAt:
    """One seat at an instant, closed ones too; raises NotFound."""
    if not gate().authorize(principal, Action.SEE).allowed:
        raise NotFound("There is no such seat.")
    found = council_at(at or clock.now(), _with_places(Seat.objects.filter(slug=slug)))
    if not found:
        raise NotFound("There is no such seat.")
    return found[0]


def memberships(principal: Principal, seat_id: int | None = None) -> QuerySet[Membership]:
    """Who sat where and when, the newest first; the gaps between them are vacancies."""
    rows = Membership.objects.select_related("seat", "person").order_by("seat", "-since")
    if seat_id is not None:
        rows = rows.filter(seat_id=seat_id)
    return gate().scope(principal, Action.SEE, rows)


def delegations(principal: Principal, *, current: bool = False) -> QuerySet[Delegation]:
    """Delegations, the newest first; `current` keeps those in force or still to come."""
    rows = Delegation.objects.select_related("giver", "taker", "domain").order_by("-since", "-pk")
    if current:
        rows = rows.filter(ended_at__isnull=True, until__gt=clock.now())
    return gate().scope(principal, Action.SEE, rows)


def _with_places(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    return seats.select_related("committee").prefetch_related("domains", "systems")


def _runs(principal: Principal, seats: Q, at: dt.datetime | None) -> bool:
    if principal.person_id is None:
        return False
    instant = at or clock.now()
    whole = delegations_in_force(instant).filter(taker=principal.person_id, domain__isnull=True)
    who: Iterable[int] = [principal.person_id, *whole.values_list("giver_id", flat=True)]
    return Membership.objects.filter(
        _during(instant), person__in=who, seat__in=open_seats(instant).filter(seats)
    ).exists()


def _seat_at(
    seat: Seat, membership: Membership | None, given: dict[int, list[Delegation]]
) -> SeatAt:
    if membership is None:
        return SeatAt(seat=seat, sitter=None, since=None, delegations=())
    return SeatAt(
        seat=seat,
        sitter=membership.person,
        since=membership.since,
        delegations=tuple(given.get(membership.person_id, ())),
    )


def _during(at: dt.datetime) -> Q:
    return Q(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)

"""Who brings the parties of a new conflict together: the one nearest to both sides."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from governance.clock import now
from governance.models import Agreement, Membership, Proposal, Seat
from governance.types import Party


def owner_of(parties: Sequence[Party]) -> int | None:
    """The sitter of the seat of a party's domain, else the champion of a proposal that is a party,
    else the chair; None where there is nobody."""
    keys = [party.key for party in parties]
    domains = Agreement.objects.filter(key__in=keys, domain__isnull=False).values("domain")
    return (
        _sitter(Seat.objects.filter(domains__in=domains))
        or _champion(keys)
        or _sitter(Seat.objects.filter(is_chair=True))
    )


def sits_on_council(person_id: int | None) -> bool:
    """Whether somebody holds a seat of the council itself, and not of a committee of it."""
    seats = Seat.objects.filter(committee__isnull=True, closed_at__isnull=True)
    return person_id is not None and _sitting(seats).filter(person=person_id).exists()


def _sitter(seats: QuerySet[Seat]) -> int | None:
    sitting = _sitting(seats.filter(closed_at__isnull=True))
    return sitting.order_by("seat__name").values_list("person_id", flat=True).first()


def _sitting(seats: QuerySet[Seat]) -> QuerySet[Membership]:
    instant = now()
    return Membership.objects.filter(seat__in=seats, since__lte=instant).exclude(until__lte=instant)


def _champion(keys: Sequence[str]) -> int | None:
    return (
        Proposal.objects.filter(key__in=keys)
        .order_by("number")
        .values_list("champion_id", flat=True)
        .first()
    )

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


def _sitter(seats: QuerySet[Seat]) -> int | None:
    instant = now()
    return (
        Membership.objects.filter(seat__in=seats.filter(closed_at__isnull=True))
        .filter(since__lte=instant)
        .exclude(until__lte=instant)
        .order_by("seat__name")
        .values_list("person_id", flat=True)
        .first()
    )


def _champion(keys: Sequence[str]) -> int | None:
    return (
        Proposal.objects.filter(key__in=keys)
        .order_by("number")
        .values_list("champion_id", flat=True)
        .first()
    )

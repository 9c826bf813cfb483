"""Who stands aside from a proposal: they said so themselves, or the chair ruled so (3.3)."""

from __future__ import annotations

from governance.agreements.selectors.reading_once import once
from governance.proposals.models import InterestRuling, Position, Proposal
from governance.types import PositionValue


@once
def recused_people(proposal: Proposal) -> frozenset[int]:
    """Who last said of themselves that they have a conflict of interest, on whatever revision, and
    whom the chair ruled to stand aside."""
    own: dict[int, str] = dict(
        Position.objects.filter(proposal=proposal, on_behalf_of__isnull=True)
        .order_by("at", "pk")
        .values_list("person_id", "value")
    )
    said = frozenset(person for person, value in own.items() if value == PositionValue.RECUSED)
    return said | ruled_aside(proposal)


@once
def ruled_aside(proposal: Proposal) -> frozenset[int]:
    """Whom the chair ruled to stand aside; the last ruling on a person counts."""
    return frozenset(person for person, row in rulings_on(proposal).items() if row.stands_aside)


@once
def rulings_on(proposal: Proposal) -> dict[int, InterestRuling]:
    """By person, the last ruling of the chair on their interest."""
    rows = InterestRuling.objects.filter(proposal=proposal).select_related("ruled_by", "person")
    return {row.person_id: row for row in rows.order_by("at", "pk")}

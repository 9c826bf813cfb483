"""Which body decides a proposal: a committee for the kinds it is for, else the council."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.errors import InvalidInput
from governance.agreements.kinds.charter.in_force import COUNCIL
from governance.council.models import Committee
from governance.proposals.services.preparing import Prepared


def committee_of(committee_id: int | None, prepared: Sequence[Prepared]) -> int | None:
    """The committee that decides these changes: the one that has the proposal, else the one that
    the first document is routed to, where every change is of a kind it is for; None: the council.

    What the council lives by is never decided by a part of it.
    """
    given = Committee.objects.filter(pk__in=[committee_id] if committee_id else []).first()
    for committee in (given, _routed(prepared)):
        if committee is not None and _decides(committee, prepared):
            return committee.pk
    return None


def require_committee(committee_id: int, prepared: Sequence[Prepared]) -> None:
    """Raise InvalidInput for a committee, named by somebody, that does not decide these changes."""
    committee = Committee.objects.filter(pk=committee_id).first()
    if committee is None:
        raise InvalidInput("There is no such committee.", field="committee")
    if not _decides(committee, prepared):
        raise InvalidInput(
            f"{committee.name} does not decide about all of this: leave it to the council.",
            field="committee",
        )


def _routed(prepared: Sequence[Prepared]) -> Committee | None:
    for one in prepared:
        slug = one.kind.committee(one.document) if one.document is not None else ""
        if slug:
            return Committee.objects.filter(slug=slug).first()
    return None


def _decides(committee: Committee, prepared: Sequence[Prepared]) -> bool:
    return all(one.kind.name in committee.kinds and one.key != COUNCIL for one in prepared)

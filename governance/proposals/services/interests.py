"""The chair's ruling on a suggested conflict of interest: somebody stands aside, or takes part."""

from __future__ import annotations

from catalog.access import AccessRefused, Verdict
from catalog.errors import Conflict
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.selectors.interests import interests_in
from governance.proposals.models import InterestRuling, Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.services.steps import take_for, touch
from governance.proposals.services.texts import written


def rule_on_interest(
    *, acting: Principal, key: str, person_id: int, stands_aside: bool, ruling: str
) -> Proposal:
    """Rule that somebody stands aside from a proposal, or that they may take part.

    Only on what Concord suggested, and never of oneself. Who is ruled to stand aside says nothing
    of it any more, and nobody speaks for them. Raises Conflict where nothing was suggested, or
    where they stand aside already by their own word.
    """
    words = written(ruling, field="ruling")
    at = clock.now()
    with writing(acting, reason=words):
        proposal = take_for(key, Act.RULE_ON_INTEREST, acting=acting, at=at)
        if person_id == acting.person_id:
            raise AccessRefused(
                Verdict(
                    allowed=False,
                    code="own_interest",
                    reason="Nobody rules on an interest of their own: stand aside, or let who acts"
                    " for you in the chair rule.",
                )
            )
        found = next((i for i in interests_in(proposal, at) if i.person.pk == person_id), None)
        if found is None:
            raise Conflict("Nothing suggests that this person has an interest in the proposal.")
        if found.is_recused:
            raise Conflict(f"{found.person} stands aside already.")
        InterestRuling.objects.create(
            proposal=proposal,
            person_id=person_id,
            stands_aside=stands_aside,
            grounds=found.ruling.grounds if found.ruling is not None else found.why,
            ruling=words,
            ruled_by_id=person_id_of(acting),
            at=at,
        )
        detail = f"{found.person} {'stands aside' if stands_aside else 'takes part'}"
        touch(proposal, "interest", acting=acting, at=at, detail=detail)
    return proposal

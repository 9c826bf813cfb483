"""Who may see what a draft of opt-outs would do: whoever answers for it before it binds."""

from __future__ import annotations

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance import clock
from governance.proposals.models import Proposal
from governance.proposals.rules.abilities import Act, refusal
from governance.proposals.selectors.proposals import get_proposal
from governance.proposals.selectors.standing import standing


def proposal_to_try(principal: Principal, key: str) -> Proposal:
    """A proposal whose effect the principal may see.

    Raises NotFound, InvalidInput where it changes no opt-out, and AccessRefused for whoever neither
    made it, signs it, sits on the council nor guards security and law: it tells by name what others
    may and may not read.
    """
    require(principal, Action.SEE)
    proposal = get_proposal(principal, key)
    refused = refusal(Act.TRY, standing(proposal, principal, clock.now()))
    if refused is not None and not refused.code:
        raise InvalidInput(refused.sentence, field="key")
    if refused is not None:
        raise AccessRefused(
            Verdict(
                allowed=False,
                code=refused.code,
                reason=refused.sentence,
                ask="a member of the council",
            )
        )
    return proposal

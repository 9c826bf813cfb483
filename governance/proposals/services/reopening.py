"""Reopening what was merged as a change of wording: somebody says that it changes a rule (3.3).

It is in force at once, so what held before is put back as a new version, and the proposal goes
before everybody as one of class S.
"""

from __future__ import annotations

import datetime as dt

from catalog.errors import Conflict
from catalog.types import Principal
from governance.agreements.kinds.charter import rules_in_force
from governance.agreements.models import AgreementVersion
from governance.agreements.services.adoption import lock_adoption
from governance.council.services.chain import append_decision
from governance.proposals.models import Proposal
from governance.proposals.services.deciding import tally_of
from governance.proposals.services.opening import start_discussion
from governance.proposals.services.rebasing import rebase_changes
from governance.proposals.services.restoring import restore
from governance.types import Outcome, ProposalClass, ProposalState


def is_in_force_as_wording(proposal: Proposal) -> bool:
    """Whether it was merged as editorial and holds."""
    return (
        proposal.state == ProposalState.ACTIVE and proposal.klass == ProposalClass.EDITORIAL.value
    )


def hold_for_reopening(key: str) -> None:
    """Before the proposal is locked: whoever puts versions back waits for adoptions first, as
    these take the same locks in this order. A change of wording that does not hold yet may do so
    when its lock is there."""
    if Proposal.objects.filter(key=key, klass=ProposalClass.EDITORIAL).exists():
        lock_adoption()


def reopen_wording(proposal: Proposal, *, acting: Principal, at: dt.datetime, why: str) -> None:
    """Put back what held before a locked proposal, and discuss it with everybody concerned.

    Raises Conflict where what it adopted was replaced meanwhile.
    """
    revision = proposal.current
    versions = AgreementVersion.objects.filter(decision__proposal=proposal)
    if revision is None or versions.filter(valid_to__isnull=False).exists():
        raise Conflict(
            "Part of what it adopted was replaced meanwhile: propose a change of that instead."
        )
    days = rules_in_force(at).editorial_reopen_days
    decision = append_decision(
        acting=acting,
        proposal=proposal,
        outcome=Outcome.RETURNED,
        state_after=ProposalState.DISCUSSION,
        sentence=f"{proposal.title}: reopened, for it changes more than words. {why}",
        rule=f"Class E: any member of the council reopens it within {days} days.",
        at=at,
        tally=tally_of(proposal, at),
        effective_at=at,
    )
    restore(proposal, decision, at=at)
    rebase_changes(proposal, acting=acting, author_id=revision.author_id, at=at)
    start_discussion(
        proposal,
        acting=acting,
        at=at,
        reason=f"Reopened by a block; what held before holds again by {decision.key}.",
    )

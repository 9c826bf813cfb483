"""What a block has to bring, and what it does to the course of a proposal (3.3, 3.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.errors import Conflict, InvalidInput
from catalog.types import Principal
from governance.proposals.models import Concern, Proposal
from governance.proposals.services.opening import start_discussion
from governance.proposals.services.reopening import is_in_force_as_wording, reopen_wording
from governance.proposals.services.steps import touch
from governance.proposals.services.texts import MAX_LINE, written
from governance.types import BlockKind, ConcernState, Evidence, ProposalClass, ProposalState

# What a block of each kind has to show, so that it can be answered.
_SHOWS: Mapping[BlockKind, str] = {
    BlockKind.CORRECTNESS: "a counter-example: a row or a query that the text gets wrong",
    BlockKind.HARM: "what is harmed: the dataset, report or process",
    BlockKind.CONFLICT: "the other definition that it contradicts",
    BlockKind.SCOPE: "whom or what it concerns beyond those who were asked",
}


def block_kind_of(kind: str) -> BlockKind:
    """A kind of block by its name; raises InvalidInput that lists them."""
    try:
        return BlockKind(kind)
    except ValueError:
        known = ", ".join(one.value for one in BlockKind)
        raise InvalidInput(f"A block names its kind: {known}.", field="block_kind") from None


def require_block_evidence(kind: str, reason: str, evidence: Sequence[Evidence]) -> None:
    """Raise InvalidInput for a block that nobody could answer."""
    known = block_kind_of(kind)
    written(reason, field="reason")
    if known in _SHOWS and not evidence:
        raise InvalidInput(f"A block for {known.value} shows {_SHOWS[known]}.", field="evidence")


def reopens(proposal: Proposal) -> bool:
    """Whether a block is one against a decision that was taken: before it takes effect, or against
    a change of wording that holds already."""
    return proposal.state == ProposalState.DECIDED_SCHEDULED or is_in_force_as_wording(proposal)


def block_follows(
    proposal: Proposal,
    *,
    acting: Principal,
    at: dt.datetime,
    raiser_id: int,
    kind: BlockKind,
    title: str,
    text: str,
    evidence: Sequence[Mapping[str, Any]],
) -> Concern:
    """Keep a block as a blocking concern of a locked proposal, and let it take its effect.

    What one domain agreed on, and what was merged as editorial, goes before everybody, even when it
    holds already; the final call of a permission goes back into discussion. Elsewhere it counts at
    the deadline.
    """
    if proposal.current is None:
        raise Conflict("This proposal has no text yet.")
    same = Concern.objects.filter(
        proposal=proposal,
        raiser=raiser_id,
        is_blocking=True,
        kind=kind,
        text=text,
        state__in=(ConcernState.OPEN, ConcernState.ADDRESSED),
    ).first()
    concern = same or Concern.objects.create(
        proposal=proposal,
        revision=proposal.current,
        raiser_id=raiser_id,
        kind=kind,
        is_blocking=True,
        title=" ".join(title.split())[:MAX_LINE],
        text=text,
        evidence=list(evidence),
        raised_at=at,
    )
    if same is None:
        touch(proposal, "concern", acting=acting, at=at, detail="block")
    take_effect(proposal, acting=acting, at=at, why=concern.title)
    return concern


def take_effect(proposal: Proposal, *, acting: Principal, at: dt.datetime, why: str) -> None:
    """What a block that stands does to the course of a locked proposal."""
    state, klass = proposal.state, proposal.klass
    short_way = klass in (ProposalClass.LOCAL, ProposalClass.EDITORIAL)
    if is_in_force_as_wording(proposal):
        reopen_wording(proposal, acting=acting, at=at, why=why)
    elif state == ProposalState.DECIDED_SCHEDULED:
        start_discussion(proposal, acting=acting, at=at, reason="Reopened by a block.")
    elif state == ProposalState.TRIAGE and short_way:
        start_discussion(proposal, acting=acting, at=at, reason="A block brings it to everybody.")
    elif state == ProposalState.FINAL_CALL and klass == ProposalClass.PERMISSION:
        start_discussion(proposal, acting=acting, at=at, reason="A block is open.")

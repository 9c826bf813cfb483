"""From consent to a decision: the rule that was met, its tally, and when it takes effect."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

from catalog.types import Principal
from governance.agreements.kinds.charter import rules_in_force
from governance.council.models import Decision
from governance.council.services.chain import append_decision
from governance.proposals.models import Concern, Position, Proposal
from governance.proposals.rules.consent import counted
from governance.proposals.rules.deadlines import effect_after, reopen_ends
from governance.proposals.selectors.signing import said_of, signatures_of
from governance.proposals.services.opening import notice_of
from governance.proposals.services.revisions import specs_of
from governance.proposals.services.steps import step
from governance.types import (
    ConcernState,
    Outcome,
    PositionValue,
    ProposalClass,
    ProposalState,
)


def adopt_by_rule(
    proposal: Proposal, *, acting: Principal, at: dt.datetime, rule: str, reason: str
) -> Decision:
    """Decide a locked proposal whose class has its condition met, without a vote."""
    outcome = Outcome.RATIFIED if ratifies(proposal) else Outcome.ADOPTED
    effective_at = effect_of(proposal, at)
    decision = append_decision(
        acting=acting,
        proposal=proposal,
        outcome=outcome,
        state_after=ProposalState.DECIDED_SCHEDULED,
        sentence=f"{proposal.title}: {outcome.value}.",
        rule=rule,
        at=at,
        tally=tally_of(proposal, at),
        dissent=dissent_of(proposal),
        effective_at=effective_at,
    )
    schedule(proposal, acting=acting, at=at, effective_at=effective_at, reason=reason)
    return decision


def ratifies(proposal: Proposal) -> bool:
    """Whether a proposal asks to keep what was declared in an emergency, not to put it back."""
    first = proposal.follows_up
    return first is not None and first.is_emergency and not proposal.is_reversal


def schedule(
    proposal: Proposal,
    *,
    acting: Principal,
    at: dt.datetime,
    effective_at: dt.datetime,
    reason: str,
) -> None:
    """Put a decided proposal on the clock."""
    klass = ProposalClass(proposal.klass)
    step(
        proposal,
        ProposalState.DECIDED_SCHEDULED,
        acting=acting,
        at=at,
        reason=reason,
        effective_at=effective_at,
        reopen_until=reopen_ends(klass, at, rules_in_force(at)),
        outcome_note="",
    )


def effect_of(
    proposal: Proposal, at: dt.datetime, wanted: dt.datetime | None = None
) -> dt.datetime:
    """When a decision taken now takes effect: as wanted, and not before its class and its kinds
    allow."""
    revision = proposal.current
    if revision is None:
        return at
    if ratifies(proposal):
        wanted = at  # what an emergency brought into force holds already
    earliest = effect_after(
        ProposalClass(proposal.klass), at, rules_in_force(at), notice_of(specs_of(revision))
    )
    return max(wanted or revision.wanted_effective_at or at, earliest)


def tally_of(proposal: Proposal, at: dt.datetime, *, through: int | None = None) -> dict[str, Any]:
    """What was said, counted: recomputable from the positions up to `through`."""
    if through is None:
        through = (
            Position.objects.filter(proposal=proposal)
            .order_by("-pk")
            .values_list("pk", flat=True)
            .first()
            or 0
        )
    values = Counter(one.value.value for one in counted(said_of(proposal, until=through)).values())
    return {
        "through": through,
        **{value.value: values[value.value] for value in PositionValue},
        "signatures": {one.label: one.state.value for one in signatures_of(proposal, at)},
    }


def dissent_of(proposal: Proposal) -> list[Mapping[str, Any]]:
    """Who was overruled, by id, with their reasons as salted digests (3.3): dissent is kept."""
    last = counted(said_of(proposal))
    rows = Position.objects.filter(
        pk__in=[one.id for one in last.values() if one.value is PositionValue.BLOCK]
    ).order_by("pk")
    answers = {
        concern.raiser_id: concern
        for concern in Concern.objects.filter(
            proposal=proposal, is_blocking=True, state=ConcernState.ADDRESSED
        ).order_by("raised_at", "pk")
    }
    return [
        {
            "position": row.pk,
            "person": row.person_id,
            "on_behalf_of": row.on_behalf_of_id,
            "kind": row.block_kind,
            "reason": row.reason_digest,
            "concern": (
                answers[row.on_behalf_of_id or row.person_id].pk
                if (row.on_behalf_of_id or row.person_id) in answers
                else None
            ),
        }
        for row in rows
    ]

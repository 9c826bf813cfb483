"""Proposals in any state, and positions on them, written as rows for tests of the council."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from catalog.models import Person
from governance.models import (
    Conflict,
    ImpactSnapshot,
    Position,
    Proposal,
    Revision,
    Signer,
)
from governance.types import (
    BlockKind,
    ConflictKind,
    PositionValue,
    ProposalClass,
    ProposalState,
    SignerReason,
    SignerRole,
)


def proposal(
    author: Person,
    state: ProposalState,
    *,
    at: dt.datetime,
    title: str = "",
    klass: ProposalClass = ProposalClass.STANDARD,
    impact: dict[str, int] | None = None,
    wanted_effective_at: dt.datetime | None = None,
    **fields: Any,
) -> Proposal:
    """A proposal that came into its state at the instant, with one revision."""
    number = Proposal.objects.count() + 1
    question = Proposal.objects.create(
        key=f"DGP-{number:04d}",
        number=number,
        kind="term",
        title=title or f"Question {number}",
        ask=f"Agree on question {number}?",
        state=state,
        klass=klass,
        author=author,
        champion=author,
        created_at=at,
        state_since=at,
        last_event_at=at,
        **fields,
    )
    digest = hashlib.sha256(question.key.encode()).hexdigest()
    question.current = Revision.objects.create(
        proposal=question,
        number=1,
        digest=digest,
        logic_digest=digest,
        rationale="Because.",
        author=author,
        created_at=at,
        wanted_effective_at=wanted_effective_at,
    )
    question.save(update_fields=["current"])
    if impact is not None:
        ImpactSnapshot.objects.create(
            revision=question.current,
            taken_at=at,
            scope="enterprise",
            counts=impact,
            digest=digest,
        )
    return question


def must_sign(question: Proposal, person: Person, label: str) -> Signer:
    """Let somebody have to sign the proposal."""
    snapshot = ImpactSnapshot.objects.get(revision=question.current)
    return Signer.objects.create(
        snapshot=snapshot,
        role=SignerRole.MUST_SIGN,
        reason=SignerReason.OWNS_TARGET,
        person=person,
        label=label,
        explanation="Owns it.",
    )


def say(
    question: Proposal,
    person: Person,
    value: PositionValue,
    *,
    at: dt.datetime,
    on_behalf_of: Person | None = None,
    block_kind: BlockKind | None = None,
    reason: str = "",
) -> Position:
    """A position on the current revision."""
    if question.current is None:
        raise ValueError("The proposal has no revision.")
    return Position.objects.create(
        proposal=question,
        revision=question.current,
        revision_digest=question.current.digest,
        person=person,
        on_behalf_of=on_behalf_of,
        value=value,
        block_kind=block_kind or "",
        reason=reason,
        salt="",
        reason_digest="",
        at=at,
    )


def conflict(
    kind: ConflictKind, *proposals: Proposal, at: dt.datetime, title: str = "", **fields: Any
) -> Conflict:
    """An open conflict in which the proposals are parties."""
    number = Conflict.objects.count() + 1
    made = Conflict.objects.create(
        kind=kind,
        fingerprint=f"{number:064d}",
        title=title or f"Conflict {number}",
        witness="A lead with score 50 is one here and not there.",
        found_at=at,
        **fields,
    )
    made.proposals.set(proposals)
    return made

"""Emergencies: what takes effect at once because it cannot wait, and lapses unless it is ratified.

Class X (3.3): Security, Legal or a platform administrator narrows access; a second of them
confirms within hours, the council ratifies within a week, or it lapses by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import InvalidInput
from catalog.models import Person
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.agreements.services.adoption import adopt, lock_adoption
from governance.council.services.chain import append_decision
from governance.proposals.models import Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.rules.classes import PERMISSION_KIND
from governance.proposals.rules.transitions import WITHDRAWABLE
from governance.proposals.selectors.standing import is_guardian
from governance.proposals.services.deciding import tally_of
from governance.proposals.services.drafting import new_proposal
from governance.proposals.services.impact import take_snapshot
from governance.proposals.services.opening import start_discussion
from governance.proposals.services.positions import record_position
from governance.proposals.services.restoring import restore
from governance.proposals.services.revisions import RevisionText, text_of, write_revision
from governance.proposals.services.steps import SYSTEM, step, take, take_for, touch
from governance.proposals.services.submitting import enter_triage
from governance.proposals.services.texts import evidence_rows, line, written
from governance.types import (
    ChangeOp,
    ChangeSpec,
    Evidence,
    Outcome,
    PositionValue,
    ProposalClass,
    ProposalState,
)

log = structlog.get_logger(__name__)


def declare_emergency(
    *,
    acting: Principal,
    title: str,
    ask: str,
    changes: Sequence[ChangeSpec],
    reason: str,
    evidence: Sequence[Evidence] = (),
    number: int | None = None,
) -> Proposal:
    """Bring an opt-out into force at once. It lapses unless a second person confirms it in time.

    Only narrowing is possible: new opt-outs, nothing that replaces or ends one. Raises
    AccessRefused for anybody who guards neither security, law nor the platform.
    """
    require(acting, Action.PROPOSE)
    if number is not None:
        require(acting, Action.ADMINISTER)
    person_id = person_id_of(acting)
    at = clock.now()
    if not is_guardian(acting, at):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_guardian",
                reason="Only Security, Legal and platform administrators declare an emergency.",
            )
        )
    words = written(reason, field="reason")
    _require_narrowing(changes)
    rules = rules_in_force(at)
    with writing(acting, reason=words):
        lock_adoption()
        proposal = new_proposal(
            author_id=person_id,
            at=at,
            number=number,
            kind=PERMISSION_KIND,
            title=line(title, field="title"),
            ask=line(ask, field="ask"),
            champion_id=person_id,
            klass=ProposalClass.EMERGENCY,
            is_emergency=True,
        )
        text = RevisionText(
            rationale=words,
            evidence=tuple(evidence_rows(evidence)),
            no_evidence_reason="" if evidence else "Declared in an emergency.",
        )
        revision, found = write_revision(
            proposal, changes, text, acting=acting, author_id=person_id, at=at
        )
        if found.errors:
            first = found.errors[0]
            raise InvalidInput(f"{first.message} {first.fix}".strip(), field=first.field)
        snapshot = take_snapshot(acting=SYSTEM, revision=revision)
        record_position(proposal, acting=acting, value=PositionValue.CONSENT, at=at, reason=words)
        touch(
            proposal,
            "emergency",
            acting=acting,
            at=at,
            scope=snapshot.scope,
            effective_at=at,
            lapses_at=at + dt.timedelta(hours=rules.second_person_hours),
        )
        decision = append_decision(
            acting=acting,
            proposal=proposal,
            outcome=Outcome.ADOPTED,
            state_after=ProposalState.ACTIVE,
            sentence=f"{proposal.title}: in force as an emergency.",
            rule="Class X: danger now; a second person confirms and the council ratifies.",
            at=at,
            tally=tally_of(proposal, at),
            effective_at=at,
        )
        adopt(proposal, decision, at=at, effective_at=at)
    return proposal


def confirm_emergency(*, acting: Principal, key: str, reason: str = "") -> Proposal:
    """Confirm an emergency as the second person: it lasts a week then, and a proposal to ratify it
    is opened."""
    at = clock.now()
    with writing(acting, reason=reason):
        proposal = take_for(key, Act.CONFIRM_EMERGENCY, acting=acting, at=at)
        record_position(proposal, acting=acting, value=PositionValue.CONSENT, at=at, reason=reason)
        declared = proposal.effective_at or at
        days = rules_in_force(at).emergency_days
        touch(
            proposal,
            "confirmed",
            acting=acting,
            at=at,
            lapses_at=declared + dt.timedelta(days=days),
        )
        _open_ratification(proposal, at)
    return proposal


def lapse_due(*, now: dt.datetime) -> list[str]:
    """End every emergency whose time ran out without confirmation or ratification.

    Each in a transaction of its own; one that fails is logged and tried again by the next run.
    """
    due = Proposal.objects.filter(
        is_emergency=True, state=ProposalState.ACTIVE, lapses_at__lte=now
    ).order_by("lapses_at", "number")
    lapsed = []
    for key in list(due.values_list("key", flat=True)):
        try:
            if _lapse(key, now):
                lapsed.append(key)
        except Exception:
            log.exception("lapsing_failed", proposal=key)
    return lapsed


def _require_narrowing(changes: Sequence[ChangeSpec]) -> None:
    """An opt-out only ever denies, so a new one narrows; of a changed one that is not certain."""
    for number, change in enumerate(changes):
        if change.kind != PERMISSION_KIND or change.op is not ChangeOp.CREATE:
            raise InvalidInput(
                "An emergency only adds opt-outs: it narrows, it never widens.",
                field=f"changes.{number}",
            )


def _lapse(key: str, at: dt.datetime) -> bool:
    with writing(SYSTEM, reason=f"{key} lapsed"):
        lock_adoption()
        proposal = take(key)
        running = proposal.lapses_at is not None and proposal.lapses_at <= at
        if proposal.state != ProposalState.ACTIVE or not running:
            return False
        # Whoever votes on its ratification holds that proposal and waits for the chain: so it is
        # locked before the chain is, here as there.
        follow_ups = [
            take(follow_up)
            for follow_up in proposal.follow_ups.filter(is_reversal=False)
            .order_by("number")
            .values_list("key", flat=True)
        ]
        why = "nobody ratified it in time" if follow_ups else "no second person confirmed it"
        decision = append_decision(
            acting=SYSTEM,
            proposal=proposal,
            outcome=Outcome.LAPSED,
            state_after=ProposalState.EXPIRED,
            sentence=f"{proposal.title}: lapsed, {why}.",
            rule="Class X: what is not ratified lapses.",
            at=at,
            tally=tally_of(proposal, at),
            effective_at=at,
        )
        restore(proposal, decision, at=at)
        step(
            proposal,
            ProposalState.EXPIRED,
            acting=SYSTEM,
            at=at,
            reason=f"Lapsed: {why}.",
            outcome_note=f"Lapsed: {why}.",
        )
        for follow_up in follow_ups:
            if follow_up.state in WITHDRAWABLE:
                step(
                    follow_up,
                    ProposalState.WITHDRAWN,
                    acting=SYSTEM,
                    at=at,
                    reason=f"{proposal.key} lapsed.",
                )
    return True


def _open_ratification(proposal: Proposal, at: dt.datetime) -> Proposal:
    """The proposal of class P by which the council makes an emergency last."""
    revision = proposal.current
    if revision is None:
        raise InvalidInput("This emergency has no text.")
    author = Person.objects.get(pk=proposal.author_id)
    follow_up = new_proposal(
        author_id=author.pk,
        at=at,
        kind=proposal.kind,
        title=proposal.title,
        ask=line(f"Ratify {proposal.key}: {proposal.ask}"[:300], field="ask"),
        champion_id=author.pk,
        domain_id=proposal.domain_id,
        follows_up=proposal,
    )
    changes = [
        ChangeSpec(
            op=ChangeOp.REPLACE,
            kind=change.kind,
            key=change.agreement_key,
            document=change.document,
        )
        for change in revision.changes.order_by("position")
    ]
    write_revision(
        follow_up,
        changes,
        text_of(revision),
        acting=SYSTEM,
        author_id=author.pk,
        at=at,
        repeats=True,
    )
    enter_triage(follow_up, acting=SYSTEM, at=at, repeats=True)
    start_discussion(follow_up, acting=SYSTEM, at=at, reason=f"To ratify {proposal.key}.")
    touch(follow_up, "ratification", acting=SYSTEM, at=at, discussion_until=at)
    return follow_up

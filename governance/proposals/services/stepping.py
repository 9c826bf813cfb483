"""The steps that people ask for: final call, vote, withdrawal, resumption, scope, rebasing."""

from __future__ import annotations

import datetime as dt

from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.council.models import Decision, Membership
from governance.council.selectors.seats import of_body, open_seats
from governance.proposals.models import Proposal, Step
from governance.proposals.rules.abilities import Act
from governance.proposals.rules.classes import CHARTER_KIND, PERMISSION_KINDS
from governance.proposals.selectors.standing import has_open_conflict, open_blocks
from governance.proposals.services.opening import start_discussion, start_final_call
from governance.proposals.services.rebasing import rebase_changes
from governance.proposals.services.steps import step, take_for, touch
from governance.proposals.services.texts import written
from governance.types import ProposalClass, ProposalState, Scope

ASKS = "Asks for a vote: "


def call_final(*, acting: Principal, key: str) -> Proposal:
    """Set the last deadline. A final call that runs already stays as it is."""
    at = clock.now()
    with writing(acting):
        running = Proposal.objects.filter(key=key, state=ProposalState.FINAL_CALL).first()
        if running is not None:
            return running
        proposal = take_for(key, Act.CALL_FINAL, acting=acting, at=at)
        start_final_call(proposal, acting=acting, at=at, reason="Final call.")
    return proposal


def ask_for_vote(*, acting: Principal, key: str, reason: str) -> Proposal:
    """Bring a proposal before the council: at once when a block or a conflict is open after the
    window, else when as many seats ask as the charter says (three)."""
    words = written(reason, field="reason", limit=2000)
    at = clock.now()
    with writing(acting, reason=words):
        proposal = take_for(key, Act.ASK_FOR_VOTE, acting=acting, at=at)
        Step.objects.create(
            proposal=proposal,
            before=proposal.state,
            after=proposal.state,
            actor_id=person_id_of(acting),
            reason=f"{ASKS}{words}",
            at=at,
        )
        touch(proposal, "asked_for_vote", acting=acting, at=at, detail=words)
        window_passed = proposal.discussion_until is None or proposal.discussion_until <= at
        contested = bool(open_blocks(proposal)) or has_open_conflict(proposal)
        asking = _seats_asking(proposal, at)
        needed = rules_in_force(at).seats_to_ask_vote
        if contested and window_passed:
            to_council(proposal, acting=acting, at=at, reason=words)
        elif asking >= needed:
            to_council(proposal, acting=acting, at=at, reason=f"{asking} seats ask for a vote.")
    return proposal


def to_council(proposal: Proposal, *, acting: Principal, at: dt.datetime, reason: str) -> None:
    """Put a locked proposal before the council: contested, unless its class votes anyway."""
    kinds = (
        set(proposal.current.changes.values_list("kind", flat=True)) if proposal.current else set()
    )
    stays = bool(kinds & {CHARTER_KIND, *PERMISSION_KINDS})
    step(
        proposal,
        ProposalState.COUNCIL_VOTE,
        acting=acting,
        at=at,
        reason=reason,
        klass=proposal.klass if stays else ProposalClass.CONTESTED.value,
    )


def withdraw(*, acting: Principal, key: str, reason: str) -> Proposal:
    """Take a proposal back before it is decided; its author may."""
    words = written(reason, field="reason")
    at = clock.now()
    with writing(acting, reason=words):
        proposal = take_for(key, Act.WITHDRAW, acting=acting, at=at)
        step(
            proposal,
            ProposalState.WITHDRAWN,
            acting=acting,
            at=at,
            reason=words,
            outcome_note=words,
        )
    return proposal


def resume(*, acting: Principal, key: str) -> Proposal:
    """Discuss a deferred proposal again before its date; a member of the council or its makers."""
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.RESUME, acting=acting, at=at)
        start_discussion(proposal, acting=acting, at=at, reason="Resumed.")
    return proposal


def raise_scope(*, acting: Principal, key: str, reason: str = "") -> Proposal:
    """Say that a proposal concerns the whole enterprise; nobody lowers it again (R-012)."""
    at = clock.now()
    with writing(acting, reason=reason):
        proposal = take_for(key, Act.RAISE_SCOPE, acting=acting, at=at)
        touch(
            proposal,
            "scope_raised",
            acting=acting,
            at=at,
            detail=reason,
            scope=Scope.ENTERPRISE,
            scope_raised=True,
        )
        if proposal.klass in (ProposalClass.LOCAL, ProposalClass.EDITORIAL):
            start_discussion(
                proposal, acting=acting, at=at, reason="It concerns the whole enterprise."
            )
    return proposal


def rebase(*, acting: Principal, key: str) -> Proposal:
    """Put a decided proposal in conflict on what holds now.

    Where both sides changed different things they are merged. What comes to the same as was decided
    takes effect without a new vote; anything else is discussed again. Raises Conflict where both
    changed the same field: then its makers revise it.
    """
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.REBASE, acting=acting, at=at)
        same = rebase_changes(proposal, acting=acting, author_id=person_id_of(acting), at=at)
        decision = (
            Decision.objects.filter(proposal=proposal, state_after=ProposalState.DECIDED_SCHEDULED)
            .order_by("-number")
            .first()
        )
        if same and decision is not None:
            step(
                proposal,
                ProposalState.DECIDED_SCHEDULED,
                acting=acting,
                at=at,
                reason=f"Rebased; it comes to what {decision.key} decided.",
                effective_at=max(proposal.effective_at or at, at),
                outcome_note="",
            )
        else:
            start_discussion(
                proposal, acting=acting, at=at, reason="Rebased; it says something else now."
            )
    return proposal


def _seats_asking(proposal: Proposal, at: dt.datetime) -> int:
    """How many voting seats of the body that decides it have asked for a vote since the state was
    entered; the seats of one person ask once."""
    people = Step.objects.filter(
        proposal=proposal, reason__startswith=ASKS, at__gte=proposal.state_since
    ).values("actor")
    seats = open_seats(at).filter(of_body(proposal.committee_id), is_voting=True)
    return (
        Membership.objects.filter(person__in=people, since__lte=at, seat__in=seats)
        .exclude(until__lte=at)
        .values("person")
        .distinct()
        .count()
    )

"""What waits for somebody: signatures, second persons, rulings, answers, votes to record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from catalog.access import Action, gate
from catalog.models import (
    Domain,
    DomainGroupObjectPermission,
    DomainUserObjectPermission,
    Person,
)
from catalog.types import Principal
from governance import clock
from governance.council.models import Membership
from governance.council.selectors.interests import interests_of
from governance.council.selectors.seats import is_chair, is_secretary
from governance.proposals.models import Concern, Proposal, Signer, SignRequest
from governance.proposals.rules.abilities import Act, refusal
from governance.proposals.rules.classes import PERMISSION_KIND
from governance.proposals.rules.consent import SignState
from governance.proposals.selectors.signing import delegated_voices, signatures_of
from governance.proposals.selectors.standing import standing
from governance.types import ConcernState, ConflictState, ProposalClass, ProposalState

S = ProposalState
_ASKING = (S.DISCUSSION, S.FINAL_CALL)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do: on which proposal, what (an act of `rules.abilities`), until when."""

    proposal: Proposal
    act: Act
    sentence: str
    due: dt.datetime | None = None
    on_behalf_of: Person | None = None


def waiting_for(principal: Principal) -> list[Waiting]:
    """Everything that waits for the reader, the most pressing first."""
    if principal.person_id is None:
        return []
    if not gate().authorize(principal, Action.PROPOSE).allowed:
        return []
    at = clock.now()
    mine = _domains_of(principal.person_id, at)
    found = [
        *_signatures(principal, principal.person_id, mine, at),
        *_short_ways(principal, mine, at),
        *_interests(principal.person_id, at),
        *_council(principal, at),
        *_own(principal.person_id),
    ]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (one.due or latest, one.proposal.number))


def _signatures(
    principal: Principal, person: int, mine: set[int], at: dt.datetime
) -> Iterator[Waiting]:
    voices = delegated_voices(person, at)
    asked_for = SignRequest.objects.filter(withdrawn_at__isnull=True).filter(
        Q(person__in=[person, *voices])
        | Q(delegate=person)
        | Q(manager=person)
        | Q(domain__in=mine)
        | Q(domain__isnull=True)
    )
    open_ones = Proposal.objects.filter(
        state__in=_ASKING, pk__in=asked_for.values("proposal")
    ).select_related("current", "author")
    for proposal in open_ones.order_by("number"):
        asked = {
            request.label: request
            for request in proposal.sign_requests.filter(withdrawn_at__isnull=True)
        }
        signers = {request.person_id for request in asked.values()}
        for one in signatures_of(proposal, at):
            if one.state is not SignState.SILENT:
                continue
            request = asked.get(one.label)
            reaching = {None, request.domain_id if request is not None else None}
            lending = {giver for giver, domains in voices.items() if domains & reaching}
            lent = sorted((lending & signers & one.may_sign) - {person})
            if person in one.may_sign:
                yield Waiting(
                    proposal,
                    Act.TAKE_POSITION,
                    f"Consent for {one.label}, or block.",
                    _due(proposal, at),
                )
            elif lent:
                giver = Person.objects.get(pk=lent[0])
                yield Waiting(
                    proposal,
                    Act.TAKE_POSITION,
                    f"Consent for {one.label} on behalf of {giver}, or block.",
                    _due(proposal, at),
                    giver,
                )


def _due(proposal: Proposal, at: dt.datetime) -> dt.datetime | None:
    """Until when a signature is in time: to the end of the final call. Discussion lasts at least
    until a day, so once that is over it is no deadline any more."""
    until = proposal.final_call_until or proposal.discussion_until
    return until if until is not None and until > at else None


def _domains_of(person: int, at: dt.datetime) -> set[int]:
    """The domains somebody belongs to, so that only their proposals are looked at closely."""
    sitting = Membership.objects.filter(person=person, since__lte=at).exclude(until__lte=at)
    granted = DomainUserObjectPermission.objects.filter(user=person)
    granted_to_groups = DomainGroupObjectPermission.objects.filter(group__user=person)
    own = Domain.objects.filter(
        Q(pk__in=Domain.objects.filter(owner_team__memberships__person=person).values("pk"))
        | Q(pk__in=Domain.objects.filter(seats__in=sitting.values("seat")).values("pk"))
        | Q(pk__in=granted.values("content_object"))
        | Q(pk__in=granted_to_groups.values("content_object"))
    )
    return set(own.values_list("pk", flat=True))


def _short_ways(principal: Principal, mine: set[int], at: dt.datetime) -> Iterator[Waiting]:
    """What one second person, or one steward, can decide alone."""
    ways = {
        ProposalClass.EDITORIAL: (Act.MERGE, "Merge a change of wording."),
        ProposalClass.LOCAL: (Act.CONSENT_LOCALLY, "Agree as a second person of the domain."),
    }
    touching = Signer.objects.filter(domain__in=mine).values("snapshot__revision")
    rows = Proposal.objects.filter(state=S.TRIAGE, klass__in=list(ways)).filter(
        Q(domain__in=mine) | Q(current__in=touching)
    )
    for proposal in rows.select_related("current").order_by("number"):
        act, words = ways[ProposalClass(proposal.klass)]
        if refusal(act, standing(proposal, principal, at)) is None:
            yield Waiting(proposal, act, words)
    emergencies = Proposal.objects.filter(state=S.ACTIVE, is_emergency=True)
    for proposal in emergencies.select_related("current").order_by("number"):
        if refusal(Act.CONFIRM_EMERGENCY, standing(proposal, principal, at)) is None:
            yield Waiting(
                proposal,
                Act.CONFIRM_EMERGENCY,
                "Confirm an emergency, or let it lapse.",
                proposal.lapses_at,
            )


def _interests(person: int, at: dt.datetime) -> Iterator[Waiting]:
    """Where somebody else's proposal may be none of theirs to decide."""
    rows = (
        Proposal.objects.filter(state__in=(*_ASKING, S.COUNCIL_VOTE))
        .filter(Q(kind=PERMISSION_KIND) | Q(conflicts__state=ConflictState.OPEN))
        .exclude(author=person)
    )
    proposals = list(rows.select_related("current").order_by("number").distinct())
    found = interests_of(proposals, at) if proposals else {}
    for proposal in proposals:
        for one in found[proposal.pk]:
            if one.person.pk == person and one.is_open:
                words = f"Stand aside, or let the chair rule: {one.person} {one.why}."
                yield Waiting(proposal, Act.RECUSE, words)


def _council(principal: Principal, at: dt.datetime) -> Iterator[Waiting]:
    """What waits for the chair and the secretary."""
    chairs = is_chair(principal, at)
    if not (chairs or is_secretary(principal, at)):
        return
    for proposal in Proposal.objects.filter(state=S.TRIAGE, klass__in=["S", "M"]).order_by(
        "number"
    ):
        yield Waiting(proposal, Act.ACCEPT, "Take it into discussion, or return it.")
    for proposal in Proposal.objects.filter(state=S.COUNCIL_VOTE).order_by("number"):
        yield Waiting(proposal, Act.RECORD_VOTE, "Bring it to a vote.")
    if not chairs:
        return
    blocks = Concern.objects.filter(
        is_blocking=True,
        ruling="",
        state__in=(ConcernState.OPEN, ConcernState.ADDRESSED),
        proposal__state__in=(S.TRIAGE, *_ASKING, S.COUNCIL_VOTE),
    ).exclude(raiser=principal.person_id)
    for block in blocks.select_related("proposal").order_by("raised_at", "pk"):
        yield Waiting(block.proposal, Act.RULE_INVALID, f"Rule on the block: {block.title}")


def _own(person: int) -> Iterator[Waiting]:
    """What the makers of a proposal have to do next."""
    own = Proposal.objects.filter(champion=person)
    for proposal in own.filter(state=S.CONFLICTED).order_by("number"):
        yield Waiting(proposal, Act.REBASE, "Rebase it on what holds now.")
    open_concerns = Concern.objects.filter(
        proposal__in=own.filter(state__in=(*_ASKING, S.COUNCIL_VOTE)), state=ConcernState.OPEN
    )
    for concern in open_concerns.select_related("proposal").order_by("raised_at", "pk"):
        yield Waiting(concern.proposal, Act.ANSWER_CONCERN, f"Answer in writing: {concern.title}")

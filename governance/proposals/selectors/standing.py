"""How somebody stands to a proposal: the facts that `rules.abilities` decides by."""

from __future__ import annotations

import datetime as dt

from catalog.types import Principal, PrincipalKind
from governance.agreements.kinds.charter import rules_in_force
from governance.agreements.selectors.reading_once import reading_once
from governance.conflicts.models import Conflict
from governance.council.models import Decision, Membership, Seat
from governance.council.selectors.seats import delegations_in_force, of_body, open_seats
from governance.proposals.models import Concern, Proposal
from governance.proposals.rules.abilities import Standing
from governance.proposals.rules.classes import PERMISSION_KIND
from governance.proposals.selectors.signing import (
    makers_of,
    must_sign_rows,
    named_makers,
    people_of_domains,
    signatures_of,
    stewards_of_domains,
)
from governance.types import (
    ConcernState,
    ConflictState,
    ProposalClass,
    ProposalState,
    Scope,
)

_OF_PERMISSIONS = (ProposalClass.PERMISSION, ProposalClass.EMERGENCY)
_STANDING_BLOCK = (ConcernState.OPEN, ConcernState.ADDRESSED)


def standing(proposal: Proposal, acting: Principal, at: dt.datetime) -> Standing:
    """See `rules.abilities.Standing`."""
    with reading_once():
        return _standing(proposal, acting, at)


def _standing(proposal: Proposal, acting: Principal, at: dt.datetime) -> Standing:
    person = acting.person_id
    makers = makers_of(proposal)
    klass = ProposalClass(proposal.klass) if proposal.klass else None
    domains = {row.domain_id for row in must_sign_rows(proposal) if row.domain_id}
    domains |= {proposal.domain_id} if proposal.domain_id else set()
    stewards = stewards_of_domains(frozenset(domains), at)
    offices = _offices(proposal, acting, at)
    is_local = klass is ProposalClass.LOCAL
    concerns = list(Concern.objects.filter(proposal=proposal).values_list("raiser_id", "ruling"))
    return Standing(
        state=ProposalState(proposal.state),
        klass=klass,
        is_emergency=proposal.is_emergency,
        is_permission=proposal.kind == PERMISSION_KIND or klass in _OF_PERMISSIONS,
        is_person=person is not None and acting.kind is PrincipalKind.PERSON,
        is_author=person == proposal.author_id,
        is_maker=person in named_makers(proposal),
        has_written=person in makers,
        is_steward=any(person in people for people in stewards.values()),
        is_second=is_local and person in second_people(proposal, at),
        is_member=bool(offices),
        is_chair=any(seat.is_chair for seat in offices),
        is_secretary=any(seat.is_secretary for seat in offices),
        is_guardian=is_guardian(acting, at),
        has_raised=any(raiser == person for raiser, _ in concerns),
        has_ruling=any(ruling for _, ruling in concerns),
        may_sign=any(person in one.may_sign for one in signatures_of(proposal, at)),
        may_reopen=proposal.reopen_until is not None and at <= proposal.reopen_until,
        may_reverse=may_reverse(proposal, at),
        window_passed=proposal.discussion_until is None or proposal.discussion_until <= at,
        has_open_block=bool(open_blocks(proposal)),
        has_open_conflict=has_open_conflict(proposal),
        scope_is_enterprise=proposal.scope == Scope.ENTERPRISE,
        awaits_second=awaits_second(proposal, at),
    )


def _offices(proposal: Proposal, acting: Principal, at: dt.datetime) -> list[Seat]:
    """The open seats of the body that decides a proposal which somebody sits on, or acts for in
    everything: an office in one body is none in another."""
    if acting.person_id is None:
        return []
    whole = delegations_in_force(at).filter(taker=acting.person_id, domain__isnull=True)
    people = [acting.person_id, *whole.values_list("giver_id", flat=True)]
    sitting = Membership.objects.filter(person__in=people, since__lte=at).exclude(until__lte=at)
    seats = open_seats(at).filter(of_body(proposal.committee_id))
    return list(seats.filter(pk__in=sitting.values("seat")))


def open_blocks(proposal: Proposal) -> list[Concern]:
    """Blocks that stand: neither resolved nor withdrawn by their raiser, nor ruled invalid."""
    return list(
        Concern.objects.filter(
            proposal=proposal, is_blocking=True, state__in=_STANDING_BLOCK
        ).select_related("raiser")
    )


def has_open_conflict(proposal: Proposal) -> bool:
    """Whether a conflict with an agreement or a claim of the catalog is open; another open
    proposal on the same target only puts both on one line of the agenda."""
    return (
        Conflict.objects.filter(proposals=proposal, state=ConflictState.OPEN)
        .exclude(kind="pending")
        .exists()
    )


def second_people(proposal: Proposal, at: dt.datetime) -> frozenset[int]:
    """Who may agree to a local proposal: the people of its domain who did not make it, and who
    signs for it."""
    rows = must_sign_rows(proposal)
    domains = {row.domain_id for row in rows if row.domain_id}
    domains |= {proposal.domain_id} if proposal.domain_id and not domains else set()
    found = {row.person_id for row in rows if row.person_id}
    for people in people_of_domains(frozenset(domains), at).values():
        found |= people
    return frozenset(found) - makers_of(proposal)


def is_guardian(acting: Principal, at: dt.datetime) -> bool:
    """Whether somebody may declare an emergency: Security, Legal, a platform administrator."""
    if acting.person_id is None:
        return False
    guarding = open_seats(at).filter(veto_classes__overlap=["security", "legal"])
    return (
        acting.is_administrator
        or Membership.objects.filter(person=acting.person_id, since__lte=at, seat__in=guarding)
        .exclude(until__lte=at)
        .exists()
    )


def awaits_second(proposal: Proposal, at: dt.datetime) -> bool:
    """Whether it is an emergency that nobody has confirmed yet and whose time for it runs: what the
    clock is about to end is not made to last."""
    return (
        proposal.is_emergency
        and proposal.state == ProposalState.ACTIVE
        and proposal.lapses_at is not None
        and proposal.lapses_at > at
        and not proposal.follow_ups.filter(is_reversal=False).exists()
    )


def may_reverse(proposal: Proposal, at: dt.datetime) -> bool:
    """Whether what was adopted may still be put back as a whole."""
    if proposal.state != ProposalState.ACTIVE:
        return False
    adopted = Decision.objects.filter(proposal=proposal).order_by("-number").first()
    if adopted is None or adopted.effective_at is None:
        return False
    days = rules_in_force(at).reversal_days
    return at <= adopted.effective_at + dt.timedelta(days=days)

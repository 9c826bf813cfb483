"""Who must sign a proposal, what was said, and how far each signature is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection

from django.db.models import Q

from catalog.models import (
    Domain,
    DomainGroupObjectPermission,
    DomainUserObjectPermission,
    Person,
    TeamMembership,
)
from governance.agreements.selectors.reading_once import once
from governance.council.models import Delegation, Membership
from governance.council.selectors.seats import delegations_in_force, open_seats
from governance.proposals.models import ImpactSnapshot, Position, Proposal, Signer
from governance.proposals.rules.consent import MustSign, Said, Signature, signatures
from governance.proposals.selectors.recusals import recused_people, ruled_aside
from governance.types import PositionValue, SignerRole

_STEWARD = "steward_domain"


@once
def makers_of(proposal: Proposal) -> frozenset[int]:
    """Author, co-authors, champion and whoever wrote a revision: nobody of them approves what they
    made, nor when they are named no more."""
    writers = proposal.revisions.order_by().values_list("author_id", flat=True)
    return named_makers(proposal).union(writers)


@once
def named_makers(proposal: Proposal) -> frozenset[int]:
    """Author, co-authors and champion as they are named now: they go on writing."""
    return frozenset(
        [
            proposal.author_id,
            proposal.champion_id,
            *proposal.co_authors.values_list("pk", flat=True),
        ]
    )


def said_of(proposal: Proposal, *, until: int | None = None) -> list[Said]:
    """Every position on the proposal; stale where its revision's logic is not the current one.

    `until` is the id of the newest position that is looked at, for a count as of a decision.
    """
    current = proposal.current
    logic = current.logic_digest if current else ""
    rows = Position.objects.filter(proposal=proposal).order_by("at", "pk")
    if until is not None:
        rows = rows.filter(pk__lte=until)
    said = list(
        rows.values_list(
            "pk", "person_id", "on_behalf_of_id", "value", "at", "revision__logic_digest"
        )
    )
    givers = {giver for _, _, giver, *_ in said if giver is not None}
    lent = _lent(proposal, givers) if givers else None
    return [
        Said(
            id=pk,
            person=person,
            on_behalf_of=on_behalf_of,
            value=PositionValue(value),
            at=at,
            is_stale=said_logic != logic,
            domains=lent(on_behalf_of, person, at) if lent and on_behalf_of else None,
        )
        for pk, person, on_behalf_of, value, at, said_logic in said
    ]


def lent_for(
    proposal: Proposal, giver_id: int, taker_id: int, at: dt.datetime
) -> frozenset[int] | None:
    """For which domains a giver's voice is a taker's at an instant; None: for everything."""
    return _lent(proposal, {giver_id})(giver_id, taker_id, at)


def _lent(
    proposal: Proposal, givers: Collection[int]
) -> Callable[[int, int, dt.datetime], frozenset[int] | None]:
    """The same for several givers, by giver, taker and instant. The voice of whom the clock asked
    a manager for is that manager's for everything."""
    given = list(
        Delegation.objects.filter(giver__in=givers).values_list(
            "giver_id", "taker_id", "domain_id", "since", "until", "ended_at"
        )
    )
    asked = set(
        proposal.sign_requests.filter(person__in=givers, manager__isnull=False).values_list(
            "person_id", "manager_id"
        )
    )

    def domains(giver: int, taker: int, at: dt.datetime) -> frozenset[int] | None:
        found = {
            domain
            for giving, taking, domain, since, until, ended in given
            if (giving, taking) == (giver, taker)
            and since <= at < until
            and (ended is None or at < ended)
        }
        if None in found or (giver, taker) in asked:
            return None
        return frozenset(domain for domain in found if domain is not None)

    return domains


@once
def snapshot_of(proposal: Proposal) -> ImpactSnapshot | None:
    """The newest impact of the current revision."""
    if proposal.current_id is None:
        return None
    return (
        ImpactSnapshot.objects.filter(revision=proposal.current_id)
        .order_by("-taken_at", "-pk")
        .first()
    )


@once
def must_sign_rows(proposal: Proposal) -> list[Signer]:
    """The signers that have to consent, as the newest impact names them, one for each label."""
    snapshot = snapshot_of(proposal)
    if snapshot is None:
        return []
    rows = Signer.objects.filter(snapshot=snapshot, role=SignerRole.MUST_SIGN)
    found: dict[str, Signer] = {}
    for row in rows.select_related("domain", "person", "via_seat").order_by("label", "pk"):
        found.setdefault(row.label, row)
    return list(found.values())


@once
def must_signs(proposal: Proposal, at: dt.datetime) -> list[MustSign]:
    """What the rules need to know of every signature."""
    rows = must_sign_rows(proposal)
    people = people_of_domains(frozenset(row.domain_id for row in rows if row.domain_id), at)
    asked: dict[str, frozenset[int]] = {
        request.label: frozenset(
            pk for pk in (request.delegate_id, request.manager_id) if pk is not None
        )
        for request in proposal.sign_requests.filter(withdrawn_at__isnull=True)
    }
    delegates = _delegates_of(recused_people(proposal), at)
    return [
        MustSign(
            label=row.label,
            person=row.person_id,
            domain=row.domain_id,
            stand_ins=asked.get(row.label, frozenset()),
            second=(
                people.get(row.domain_id, frozenset()) if row.domain_id else _peers_of_seat(row, at)
            )
            | delegates.get((row.person_id, row.domain_id), frozenset())
            | delegates.get((row.person_id, None), frozenset()),
        )
        for row in rows
    ]


@once
def signatures_of(proposal: Proposal, at: dt.datetime) -> list[Signature]:
    """Every signature of the current revision with its state."""
    return signatures(
        must_signs(proposal, at),
        said_of(proposal),
        makers=makers_of(proposal),
        aside=ruled_aside(proposal),
    )


@once
def people_of_domains(ids: frozenset[int], at: dt.datetime) -> dict[int, frozenset[int]]:
    """The active people of each domain: its owner team, its stewards, who sits on its seats."""
    found: dict[int, set[int]] = defaultdict(set)
    teams = dict(Domain.objects.filter(pk__in=ids).values_list("pk", "owner_team_id"))
    members = defaultdict(set)
    for team, person in TeamMembership.objects.filter(
        team__in=[team for team in teams.values() if team]
    ).values_list("team_id", "person_id"):
        members[team].add(person)
    for domain, team in teams.items():
        found[domain] |= members.get(team, set())
    for domain, people in stewards_of_domains(ids, at).items():
        found[domain] |= people
    active = _active(set().union(*found.values()))
    return {domain: frozenset(people & active) for domain, people in found.items()}


@once
def stewards_of_domains(ids: frozenset[int], at: dt.datetime) -> dict[int, set[int]]:
    """Who was made a steward of each domain, and who sits on a seat that signs for it."""
    found: dict[int, set[int]] = defaultdict(set)
    granted = {"content_object__in": ids, "permission__codename": _STEWARD}
    for domain, person in DomainUserObjectPermission.objects.filter(**granted).values_list(
        "content_object_id", "user_id"
    ):
        found[domain].add(person)
    for domain, member in DomainGroupObjectPermission.objects.filter(**granted).values_list(
        "content_object_id", "group__user"
    ):
        if member is not None:
            found[domain].add(member)
    sitting = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at),
        since__lte=at,
        seat__in=open_seats(at),
        seat__domains__in=ids,
    )
    for domain, person in sitting.values_list("seat__domains", "person_id"):
        if domain in ids:
            found[domain].add(person)
    return found


def delegated_voices(taker_id: int, at: dt.datetime) -> dict[int, frozenset[int | None]]:
    """Whose voice a person was given: the giver's id and the domains it was given for (None:
    everything). What was given in a circle is nobody's: it counts for neither."""
    given: dict[int, set[int | None]] = defaultdict(set)
    back = set(delegations_in_force(at).filter(giver=taker_id).values_list("taker_id", flat=True))
    for delegation in delegations_in_force(at).filter(taker=taker_id):
        if delegation.giver_id not in back:
            given[delegation.giver_id].add(delegation.domain_id)
    return {giver: frozenset(domains) for giver, domains in given.items()}


def _delegates_of(
    givers: Collection[int], at: dt.datetime
) -> dict[tuple[int | None, int | None], frozenset[int]]:
    """By giver and domain (None: everything), who took their delegation."""
    if not givers:
        return {}
    found: dict[tuple[int | None, int | None], set[int]] = defaultdict(set)
    for row in delegations_in_force(at).filter(giver__in=givers):
        found[row.giver_id, row.domain_id].add(row.taker_id)
    return {key: frozenset(takers) for key, takers in found.items()}


def _peers_of_seat(row: Signer, at: dt.datetime) -> frozenset[int]:
    """Who sits on another seat with the same veto, for a signature that belongs to no domain."""
    if row.via_seat is None or not row.via_seat.veto_classes:
        return frozenset()
    peers = open_seats(at).filter(veto_classes__overlap=row.via_seat.veto_classes)
    sitting = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), since__lte=at, seat__in=peers
    )
    return frozenset(sitting.values_list("person_id", flat=True))


def _active(people: Collection[int]) -> set[int]:
    return set(Person.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))

"""Who answers for a party: the seat of the domain, else its owner, else their manager (3.4)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from catalog.models import (
    Domain,
    DomainUserObjectPermission,
    Person,
    System,
    Team,
    TeamMembership,
)
from governance.models import Delegation, Membership, Proposal, Seat
from governance.proposals.impact.must_sign import Party, PartyKind
from governance.types import VetoClass

_MOST_MANAGERS = 10  # steps up a line of people who left


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers for a party, and how that comes: `how` is a sentence."""

    label: str
    how: str
    person_id: int | None = None
    team_id: int | None = None
    domain_id: int | None = None
    seat_id: int | None = None


class People:
    """Looks up who answers at an instant.

    `recused` may not sign: who took their delegation signs instead, else it goes on as if their
    seat were vacant (3.3, conflict of interest).
    """

    def __init__(self, at: dt.datetime, recused: Collection[int] = ()) -> None:
        self._at = at
        self._recused = frozenset(recused)
        self._people: dict[int, Person] = {}

    def answerers(self, parties: Iterable[Party]) -> dict[Party, Answerer]:
        """Every party's answerer; a person is missing where nobody answers."""
        by_kind: dict[PartyKind, list[Party]] = defaultdict(list)
        for party in parties:
            by_kind[party.kind].append(party)
        found: dict[Party, Answerer] = {}
        self._domains(by_kind[PartyKind.DOMAIN], found)
        self._teams(by_kind[PartyKind.TEAM], found)
        self._persons(by_kind[PartyKind.PERSON], found)
        self._systems(by_kind[PartyKind.SYSTEM], found)
        self._proposals(by_kind[PartyKind.PROPOSAL], found)
        for party in by_kind[PartyKind.NOBODY]:
            found[party] = Answerer(
                "Data without an owner", "Nobody answers for it yet: name a domain or an owner."
            )
        return found

    def of_veto(self, veto: VetoClass) -> Answerer | None:
        """Who sits on the first seat with a veto; None when the council has no such seat."""
        seats = Seat.objects.filter(veto_classes__contains=[veto], closed_at__isnull=True)
        sitters = self._sitters(seats)
        for seat in seats.order_by("name"):
            if seat.pk in sitters:
                person, how = self._signing(seat, sitters[seat.pk], None)
                if person is not None:
                    return Answerer(seat.name, how, person.pk, seat_id=seat.pk)
        vacant = seats.order_by("name").first()
        if vacant is None:
            return None
        return Answerer(vacant.name, f"Nobody can sign from {vacant.name} now.", seat_id=vacant.pk)

    def _domains(self, parties: list[Party], found: dict[Party, Answerer]) -> None:
        ids = [party.id for party in parties]
        domains = Domain.objects.select_related("owner_team").in_bulk(ids)
        seats: dict[int, list[Seat]] = defaultdict(list)
        open_seats = Seat.objects.filter(domains__in=ids, closed_at__isnull=True).distinct()
        for seat in open_seats.prefetch_related("domains").order_by("name"):
            for domain in seat.domains.all():
                seats[domain.pk].append(seat)
        sitters = self._sitters(open_seats)
        self._look_up(sitters.values())
        stewards = self._stewards(ids)
        leads = self._leads([d.owner_team_id for d in domains.values() if d.owner_team_id])
        for party in parties:
            domain = domains[party.id]
            answerer = self._from_seat(domain, seats[domain.pk], sitters)
            if answerer is None:
                answerer = self._from_owner(domain, stewards[domain.pk], leads)
            found[party] = answerer

    def _from_seat(
        self, domain: Domain, seats: list[Seat], sitters: dict[int, int]
    ) -> Answerer | None:
        for seat in seats:
            if seat.pk not in sitters:
                continue
            person, how = self._signing(seat, sitters[seat.pk], domain.pk)
            if person is not None:
                return Answerer(
                    domain.name, how, person.pk, domain.owner_team_id, domain.pk, seat.pk
                )
        return None

    def _from_owner(self, domain: Domain, stewards: list[int], leads: dict[int, _Line]) -> Answerer:
        line = leads.get(domain.owner_team_id or 0, _Line())
        own = [pk for pk in stewards if pk in line.members]
        ordered = [
            *(pk for pk in own if pk in line.leads), *own, *stewards, *line.leads, *line.managers,
        ]  # fmt: skip
        person = self._first_present(ordered)
        who = f"the team {domain.owner_team}" if domain.owner_team else "its steward"
        if person is not None:
            how = f"{person} answers for {domain.name}, which has no seat in the council."
            return Answerer(domain.name, how, person.pk, domain.owner_team_id, domain.pk)
        how = (
            f"Nobody answers for {domain.name} yet: name a seat, a steward or an owner."
            if not ordered and domain.owner_team is None
            else f"Nobody of {who} can sign for {domain.name} now: name a seat or a steward."
        )
        return Answerer(domain.name, how, None, domain.owner_team_id, domain.pk)

    def _teams(self, parties: list[Party], found: dict[Party, Answerer]) -> None:
        teams = Team.objects.in_bulk([party.id for party in parties])
        leads = self._leads(list(teams))
        for party in parties:
            team, line = teams[party.id], leads.get(party.id, _Line())
            person = self._first_present([*line.leads, *line.managers, *line.members])
            how = (
                f"{person} answers for the team {team}, which owns it."
                if person is not None
                else f"Nobody of the team {team} can sign now."
            )
            found[party] = Answerer(
                f"{team} (owner)", how, person.pk if person else None, team_id=team.pk
            )

    def _persons(self, parties: list[Party], found: dict[Party, Answerer]) -> None:
        owners = Person.objects.in_bulk([party.id for party in parties])
        for party in parties:
            owner = owners[party.id]
            person = self._first_present([party.id])
            how = f"{person} owns it." if person == owner else f"{owner}, its owner, cannot sign."
            if person is not None and person != owner:
                how = f"{person} answers in place of {owner}, who owns it."
            found[party] = Answerer(f"{owner} (owner)", how, person.pk if person else None)

    def _systems(self, parties: list[Party], found: dict[Party, Answerer]) -> None:
        systems = System.objects.in_bulk([party.id for party in parties])
        seats = Seat.objects.filter(systems__in=systems, closed_at__isnull=True).distinct()
        sitters = self._sitters(seats)
        by_system: dict[int, list[Seat]] = defaultdict(list)
        for seat in seats.prefetch_related("systems").order_by("name"):
            for row in seat.systems.all():
                by_system[row.pk].append(seat)
        leads = self._leads([s.owner_team_id for s in systems.values() if s.owner_team_id])
        for party in parties:
            system = systems[party.id]
            name = system.display_name or system.qualified_name
            line = leads.get(system.owner_team_id or 0, _Line())
            ordered = [
                *(sitters[seat.pk] for seat in by_system[system.pk] if seat.pk in sitters),
                *([system.operator_id] if system.operator_id else []), *line.leads, *line.managers,
            ]  # fmt: skip
            person = self._first_present(ordered)
            how = f"{person} operates {name}." if person else f"Nobody is known to operate {name}."
            found[party] = Answerer(
                f"Operator of {name}", how, person.pk if person else None, system.owner_team_id
            )

    def _proposals(self, parties: list[Party], found: dict[Party, Answerer]) -> None:
        rows = Proposal.objects.select_related("champion").in_bulk([p.id for p in parties])
        for party in parties:
            proposal = rows[party.id]
            person = self._first_present([proposal.champion_id])
            how = f"{proposal.champion} champions {proposal.key}."
            found[party] = Answerer(proposal.key, how, person.pk if person else None)

    def _sitters(self, seats: Iterable[Seat]) -> dict[int, int]:
        """Who sits where at the instant, by seat; vacant seats are absent."""
        rows = Membership.objects.filter(seat__in=seats, since__lte=self._at).filter(
            Q(until__isnull=True) | Q(until__gt=self._at)
        )
        return dict(rows.order_by("since").values_list("seat_id", "person_id"))

    def _signing(
        self, seat: Seat, sitter_id: int, domain_id: int | None
    ) -> tuple[Person | None, str]:
        """The sitter of a seat, or who took their delegation when they are recused."""
        sitter = self._person(sitter_id)
        if sitter is None:
            return None, ""
        if sitter.pk not in self._recused:
            if not sitter.is_active:
                return None, ""
            return sitter, f"{sitter} signs from the seat {seat.name}."
        delegations = Delegation.objects.filter(
            Q(domain__isnull=True) | Q(domain=domain_id),
            giver=sitter,
            since__lte=self._at,
            until__gt=self._at,
            ended_at__isnull=True,
        )
        for taker_id in delegations.order_by("since", "pk").values_list("taker_id", flat=True):
            taker = self._person(taker_id)
            if taker is not None and taker.is_active and taker.pk not in self._recused:
                how = f"{taker} signs for {sitter}, who is recused, from the seat {seat.name}."
                return taker, how
        return None, ""

    def _stewards(self, domain_ids: Collection[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        rows = DomainUserObjectPermission.objects.filter(
            content_object__in=domain_ids, permission__codename="steward_domain"
        ).order_by("user__display_name", "user_id")
        for domain_id, person_id in rows.values_list("content_object_id", "user_id"):
            found[domain_id].append(person_id)
        return found

    def _leads(self, team_ids: Collection[int]) -> dict[int, _Line]:
        """For each team its members, those that other members report to, and the managers of all,
        the one of most members first."""
        members: dict[int, dict[int, int | None]] = defaultdict(dict)
        rows = TeamMembership.objects.filter(team__in=team_ids).order_by(
            "person__display_name", "person_id"
        )
        for team_id, person_id, manager_id in rows.values_list(
            "team_id", "person_id", "person__manager_id"
        ):
            members[team_id][person_id] = manager_id
        found = {}
        for team_id, people in members.items():
            managers = Counter(manager for manager in people.values() if manager is not None)
            ordered = sorted(managers, key=lambda pk: (-managers[pk], pk))
            found[team_id] = _Line(
                members=tuple(people),
                leads=tuple(pk for pk in ordered if pk in people),
                managers=tuple(pk for pk in ordered if pk not in people),
            )
        return found

    def _first_present(self, person_ids: Iterable[int]) -> Person | None:
        """The first who can sign, else the first manager above one of them who can."""
        ordered = list(dict.fromkeys(person_ids))
        self._look_up(ordered)
        for pk in ordered:
            person = self._person(pk)
            if person is not None and self._can_sign(person):
                return person
        for pk in ordered:
            person = self._person(pk)
            for _ in range(_MOST_MANAGERS):
                if person is None or person.manager_id is None:
                    break
                person = self._person(person.manager_id)
                if person is not None and self._can_sign(person):
                    return person
        return None

    def _can_sign(self, person: Person) -> bool:
        return person.is_active and person.pk not in self._recused

    def _person(self, pk: int) -> Person | None:
        self._look_up([pk])
        return self._people.get(pk)

    def _look_up(self, person_ids: Iterable[int]) -> None:
        """Remember people who are asked for one by one, all in one query."""
        unknown = set(person_ids) - self._people.keys()
        if unknown:
            self._people |= Person.objects.in_bulk(unknown)


@dataclass(frozen=True, slots=True)
class _Line:
    """A team's people as ids."""

    members: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    managers: tuple[int, ...] = ()

"""A council of twelve voting seats as Larkfield has it, for tests: names, seats, sitters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalog.models import Domain, Person
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.models import Membership, Seat
from governance.types import SeatKind, VetoClass
from tests.factories import DomainFactory, PersonFactory

SINCE = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)

# name of the seat, its sitter, hub or spoke, the domain it signs for
_SEATS = (
    ("VP Data", "Inés Valdor", SeatKind.HUB, ""),
    ("Data System Architect", "Bram Oakes", SeatKind.HUB, ""),
    ("Platform Administrator", "Suri Lindqvist", SeatKind.HUB, ""),
    ("Senior Data Analyst", "Tomas Ferrell", SeatKind.HUB, ""),
    ("BU Architect", "Nadia Kwan", SeatKind.SPOKE, ""),
    ("BU Data Scientist", "Seun Adeyo", SeatKind.SPOKE, ""),
    ("BU Analyst", "Peta Marsh", SeatKind.SPOKE, ""),
    ("SalesOps", "Hugo Brandt", SeatKind.SPOKE, "Sales"),
    ("MarketingOps", "Mia Castellane", SeatKind.SPOKE, "Marketing"),
    ("FinanceOps", "Farid Noor", SeatKind.SPOKE, "Finance"),
    ("Security", "Kirsten Vael", SeatKind.SPOKE, ""),
    ("Legal", "Lucian Ortega", SeatKind.SPOKE, ""),
)
_VETOES = {"Security": [VetoClass.SECURITY], "Legal": [VetoClass.LEGAL]}


@dataclass(frozen=True)
class Chamber:
    """The seats by name and their sitters by first name."""

    seats: dict[str, Seat]
    people: dict[str, Person]
    domains: dict[str, Domain]

    def principal(self, first_name: str) -> Principal:
        """The sitter named, as a principal."""
        return principal_of(self.people[first_name])


def chamber(since: dt.datetime = SINCE) -> Chamber:
    """Twelve filled seats since `since`; Inés chairs, Tomas keeps the minutes."""
    seats, people, domains = {}, {}, {}
    for name, sitter, kind, domain in _SEATS:
        first = sitter.split()[0]
        seats[name] = Seat(
            name=name,
            slug=name.lower().replace(" ", "-"),
            kind=kind,
            is_chair=first == "Inés",
            is_secretary=first == "Tomas",
            veto_classes=_VETOES.get(name, []),
        )
        people[first] = PersonFactory.build(display_name=sitter)
        if domain:
            domains[domain] = DomainFactory.build(name=domain, slug=domain.lower())
    # Hundreds of tests begin here: each table is written once.
    Seat.objects.bulk_create(seats.values())
    Person.objects.bulk_create(people.values())
    Domain.objects.bulk_create(domains.values())
    Seat.domains.through.objects.bulk_create(
        Seat.domains.through(seat=seats[name], domain=domains[domain])
        for name, _, _, domain in _SEATS
        if domain
    )
    Membership.objects.bulk_create(
        Membership(seat=seats[name], person=people[sitter.split()[0]], since=since)
        for name, sitter, _, _ in _SEATS
    )
    return Chamber(seats=seats, people=people, domains=domains)

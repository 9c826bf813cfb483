"""The people, teams and domains of the demonstration, and its one login.

Everything made here is marked as demonstration data; owners that it assigns carry the origin
`demonstration`, so that nobody takes them for the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.models import Domain, Person, Team
from catalog.services.people import change_person, set_stewardship
from catalog.services.records import save_record
from catalog.types import EmploymentKind, JobRole, Principal, TeamKind
from config.embedded.secrets import secret

LOGIN = "demo"


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """What the later steps refer to."""

    administrator: Person
    database_team: Team
    flights_team: Team
    platform_domain: Domain
    flights_domain: Domain


def make_people(acting: Principal, var: Path) -> tuple[DemoPeople, str]:
    """Make them or find them again; returns them with the login's generated password."""
    password = secret(var, "demo-login")
    administrator = _person(
        acting,
        LOGIN,
        password=password,
        display_name="Demo Administrator",
        department="Data platform",
        job_role=JobRole.STEWARD,
        is_staff=True,
        is_superuser=True,
    )
    steward = _person(
        acting,
        "flight-steward",
        display_name="Flight Data Steward",
        department="Network operations",
        job_role=JobRole.STEWARD,
    )
    database_team = _team(acting, "Database platform", TeamKind.OPERATIONS)
    flights_team = _team(acting, "Network operations", TeamKind.BUSINESS)
    people = DemoPeople(
        administrator=administrator,
        database_team=database_team,
        flights_team=flights_team,
        platform_domain=_domain(
            acting, "Data platform", "The systems that hold the company's data.", database_team
        ),
        flights_domain=_domain(
            acting,
            "Flight operations",
            "Departures from the three New York airports in 2013: flights, aircraft, weather.",
            flights_team,
        ),
    )
    set_stewardship(
        acting=acting,
        person_id=steward.pk,
        domain_id=people.flights_domain.pk,
        is_steward=True,
    )
    return people, password


def _person(acting: Principal, username: str, *, password: str = "", **facts: object) -> Person:
    known = Person.objects.filter(username=username).first()
    if known is not None:
        return known
    return change_person(
        acting=acting,
        person_id=None,
        changes={
            "username": username,
            "email": f"{username}@example.org",
            "employment_kind": EmploymentKind.EMPLOYEE,
            "is_demonstration": True,
            **facts,
        },
        password=password,
    )


def _team(acting: Principal, name: str, kind: TeamKind) -> Team:
    known = Team.objects.filter(name=name).first()
    return known or save_record(Team(name=name, kind=kind), acting=acting)


def _domain(acting: Principal, name: str, description: str, team: Team) -> Domain:
    known = Domain.objects.filter(name=name).first()
    slug = name.lower().replace(" ", "-")
    return known or save_record(
        Domain(name=name, slug=slug, description=description, owner_team=team), acting=acting
    )

"""Larkfield's people, teams and domains, and what they say of the datasets that were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.models import Dataset, Domain, Person, System, Team
from catalog.services import curation
from catalog.services.people import change_person, set_stewardship
from catalog.services.records import add_members, save_record
from catalog.services.transaction import writing
from catalog.types import Lifecycle, Principal, TeamKind
from config.demo.larkfield.connector import Company
from config.demo.larkfield.datasets import datasets
from config.demo.larkfield.people import departments, employees
from config.demo.larkfield.queries import dashboards
from config.demo.larkfield.text import read_text

REASON = "The company Larkfield"
OPERATED = {
    "on_call": "https://larkfield.example/on-call",
    "runbook": "https://larkfield.example/runbooks/warehouse",
    "sla": "Loaded by 06:00 UTC on working days",
    "alert_route": "warehouse-alerts@larkfield.example",
    "restore_note": "Built anew from its sources in two hours",
}


def make_company(acting: Principal) -> None:
    """Make people, teams and domains, or complete what an earlier run began."""
    with writing(acting, reason=REASON):
        people = _people(acting)
        teams = _teams(acting, people)
        _domains(acting, people, teams)


def settle_company(acting: Principal) -> None:
    """Say of what was read which domain it belongs to, who operates it, and what is curated."""
    with writing(acting, reason=REASON):
        _operate_systems(acting)
        _give_domains(acting)
        _curate(acting)


def _people(acting: Principal) -> dict[str, Person]:
    known = {person.username: person for person in Person.objects.all()}
    found: dict[str, Person] = {}
    by_number: dict[int, Person] = {}
    missing = {employee.number for employee in employees() if employee.username not in known}
    # Whoever leads is made before those who answer to them.
    for employee in sorted(employees(), key=_depth):
        person = known.get(employee.username)
        if employee.number in missing:
            person = change_person(
                acting=acting,
                person_id=None,
                changes={
                    "username": employee.username,
                    "display_name": employee.name,
                    "email": employee.email,
                    "department": employee.department,
                    "location": employee.location,
                    "employment_kind": employee.employment,
                    "job_role": employee.role,
                    "manager": by_number.get(employee.manager or 0),
                    "is_demonstration": True,
                },
            )
        assert person is not None
        found[employee.username] = by_number[employee.number] = person
    return found


def _depth(employee: Any) -> tuple[int, int]:
    managers = {e.number: e.manager for e in employees()}
    depth, at = 0, employee.manager
    while at is not None:
        depth, at = depth + 1, managers[at]
    return depth, employee.number


def _teams(acting: Principal, people: Mapping[str, Person]) -> dict[str, Team]:
    """A team for each domain, each department and each group that opt-outs name."""
    company = read_text("company.yaml")
    staff = {
        department["name"]: [e.username for e in employees() if e.number in numbers]
        for department, numbers in departments()
    }
    wanted: dict[str, tuple[str, list[str]]] = {
        domain["team"]: (company["team_kinds"][domain["team"]], domain["members"])
        for domain in company["domains"]
    }
    wanted |= {name: (TeamKind.BUSINESS, members) for name, members in staff.items()}
    for group in company["groups"]:
        members = group["members"] if "members" in group else staff[group["department"]]
        wanted[group["name"]] = (TeamKind.SECURITY_GOVERNANCE, members)
    return {
        name: _team(acting, name, kind, (people[member] for member in members))
        for name, (kind, members) in wanted.items()
    }


def _team(acting: Principal, name: str, kind: str, members: Iterable[Person]) -> Team:
    team = Team.objects.filter(name=name).first()
    team = team or save_record(Team(name=name, kind=kind), acting=acting)
    add_members(team, members, acting=acting)
    return team


def _domains(acting: Principal, people: Mapping[str, Person], teams: Mapping[str, Team]) -> None:
    for text in read_text("company.yaml")["domains"]:
        if Domain.objects.filter(slug=text["slug"]).exists():
            continue
        domain = save_record(
            Domain(
                name=text["name"],
                slug=text["slug"],
                description=text["description"],
                owner_team=teams[text["team"]],
            ),
            acting=acting,
        )
        set_stewardship(
            acting=acting,
            person_id=people[text["owner"]].pk,
            domain_id=domain.pk,
            is_steward=True,
        )


def _operate_systems(acting: Principal) -> None:
    teams = {domain["slug"]: domain["team"] for domain in read_text("company.yaml")["domains"]}
    for text in read_text("company.yaml")["systems"]:
        system = System.objects.get(platform=text["platform"], instance=text["instance"])
        if system.display_name == text["name"]:
            continue
        system.display_name = text["name"]
        system.is_system_of_record = text["system_of_record"]
        system.operator = Person.objects.get(username=text["operator"])
        system.domain = Domain.objects.get(slug=text["domain"])
        system.owner_team = Team.objects.get(name=teams[text["domain"]])
        save_record(system, acting=acting)


def _give_domains(acting: Principal) -> None:
    domains = {domain.slug: domain.pk for domain in Domain.objects.all()}
    wanted = {dataset.name: dataset.domain for dataset in datasets()}
    wanted |= {q.name: q.name.partition(".")[2].partition("_")[0] for q in dashboards()}
    for name, dataset in _datasets(wanted).items():
        if dataset.domain_id is None:
            curation.change_dataset(
                acting=acting,
                dataset_id=dataset.pk,
                changes={"domain": domains[wanted[name]]},
                reason=REASON,
            )


def _curate(acting: Principal) -> None:
    for dataset in _datasets(read_text("company.yaml")["curated"]).values():
        if dataset.lifecycle != Lifecycle.PUBLISHED:
            continue
        curation.change_dataset(
            acting=acting, dataset_id=dataset.pk, changes={"operations": OPERATED}, reason=REASON
        )
        curation.change_lifecycle(
            acting=acting, dataset_id=dataset.pk, to=Lifecycle.CURATED, reason=REASON
        )


def _datasets(names: Iterable[str]) -> dict[str, Dataset]:
    """The datasets of the company's first copy by the names of the text, in the order given."""
    company = Company()
    by_qualified = {str(company.name(name)): name for name in names}
    found = Dataset.objects.filter(qualified_name__in=by_qualified)
    rows = {by_qualified[dataset.qualified_name]: dataset for dataset in found}
    return {name: rows[name] for name in by_qualified.values()}

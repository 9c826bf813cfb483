"""The registers themselves: what each lists, how it is searched, sorted and saved."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, QuerySet
from django.utils import timezone

from catalog.models import (
    DataProduct,
    Domain,
    Label,
    Person,
    PropertyDefinition,
    System,
    Team,
    Technology,
)
from catalog.selectors import directory
from catalog.types import LabelKind, Principal
from catalog.web.directory.register import Register


def _system_cells(system: System) -> tuple[object, ...]:
    return (
        system.qualified_name,
        system.display_name or system.instance,
        system.platform,
        system.environment,
        system.owner_team,
        system.operator,
        system.domain,
        system.availability,
        system.failover,
        system.cost_center,
        system.is_system_of_record,
        system.is_external,
        system.dataset_count,  # type: ignore[attr-defined]
    )


SYSTEMS: Register[System] = Register(
    key="systems",
    title="Systems",
    answers="Where data lives, and who operates it.",
    rows=directory.systems,
    found_in=("qualified_name", "display_name", "platform"),
    sorts={
        "name": "instance",
        "platform": "platform",
        "owner": "owner_team__name",
        "datasets": "dataset_count",
    },
    header=(
        "system",
        "name",
        "platform",
        "environment",
        "owner",
        "operator",
        "domain",
        "availability",
        "failover",
        "cost_center",
        "system_of_record",
        "external",
        "datasets",
    ),
    cells=_system_cells,
    empty="Systems stand here as soon as an import names the first one.",
)
DOMAINS: Register[Domain] = Register(
    key="domains",
    title="Domains",
    answers="The parts of the business whose people agree on meaning among themselves.",
    rows=directory.domains,
    found_in=("name", "slug"),
    sorts={"name": "name", "owner": "owner_team__name", "datasets": "dataset_count"},
    header=("domain", "name", "part_of", "owner", "datasets", "description"),
    cells=lambda domain: (
        domain.slug,
        domain.name,
        domain.parent,
        domain.owner_team,
        domain.dataset_count,  # type: ignore[attr-defined]
        domain.description,
    ),
    empty="An administrator adds the first domain.",
    new="domain",
    new_label="Add a domain",
)


def _people(principal: Principal) -> QuerySet[Person]:
    return directory.people(principal).filter(is_active=True)


PEOPLE: Register[Person] = Register(
    key="people",
    title="People",
    answers="Who works with data, and what they answer for.",
    rows=_people,
    found_in=("display_name", "username", "department", "email"),
    sorts={
        "name": "display_name",
        "department": "department",
        "location": "location",
        "role": "job_role",
    },
    header=("person", "name", "department", "location", "role", "manager", "teams"),
    cells=lambda person: (
        person.username,
        str(person),
        person.department,
        person.location,
        person.job_role,
        person.manager.username if person.manager else "",
        "; ".join(team.name for team in person.teams.all()),
    ),
    empty="People stand here when they are invited, or named by a source.",
)


def _teams(principal: Principal) -> QuerySet[Team]:
    return directory.teams(principal).annotate(
        member_count=Count("memberships", distinct=True),
        owned_count=Count("ownerships__dataset", distinct=True),
    )


TEAMS: Register[Team] = Register(
    key="teams",
    title="Teams",
    answers="The groups that build, run and answer for data.",
    rows=_teams,
    found_in=("name", "email"),
    sorts={"name": "name", "kind": "kind", "members": "member_count"},
    header=("team", "kind", "email", "members", "description"),
    cells=lambda team: (
        team.name,
        team.kind,
        team.email,
        "; ".join(person.username for person in team.members.all()),
        team.description,
    ),
    empty="An administrator adds the first team, or a source names it.",
    new="team",
    new_label="Add a team",
)
PRODUCTS: Register[DataProduct] = Register(
    key="products",
    title="Data products",
    answers="Datasets offered to others for a purpose, with an owner and a promise.",
    rows=directory.products,
    found_in=("name", "purpose"),
    sorts={"name": "name", "criticality": "criticality", "domain": "domain__name"},
    header=("product", "name", "purpose", "domain", "owner", "criticality", "inputs", "outputs"),
    cells=lambda product: (
        product.slug,
        product.name,
        product.purpose,
        product.domain,
        product.owner_team or product.owner,
        product.criticality,
        "; ".join(p.dataset.qualified_name for p in product.ports.all() if not p.is_output),
        "; ".join(p.dataset.qualified_name for p in product.ports.all() if p.is_output),
    ),
    empty="An administrator bundles the first datasets into a product.",
    new="product",
    new_label="Add a product",
)


def _labels(key: str, kind: LabelKind, title: str, answers: str, empty: str) -> Register[Label]:
    return Register(
        key=key,
        title=title,
        answers=answers,
        rows=lambda principal: directory.labels(principal, kind=kind),
        found_in=("path",),
        sorts={"name": "path", "datasets": "dataset_count"},
        header=("path", "datasets", "description"),
        cells=lambda label: (
            label.path,
            label.dataset_count,  # type: ignore[attr-defined]
            label.description,
        ),
        empty=empty,
    )


TAGS = _labels(
    "tags",
    LabelKind.TAG,
    "Tags",
    "Free words that people put on data to find it again.",
    "Put the first tag on any dataset's page.",
)
CLASSIFICATIONS = _labels(
    "classifications",
    LabelKind.CLASSIFICATION,
    "Classifications",
    "What kind of data it is, from the general to the particular.",
    "A steward classifies the first dataset or column on its page.",
)


def is_overdue(technology: Technology) -> bool:
    """Whether its maker supports it no longer (R-115): a finding."""
    return technology.end_of_support is not None and technology.end_of_support < today()


def today() -> dt.date:
    """The day in the service's own time zone."""
    return timezone.localdate()


TECHNOLOGIES: Register[Technology] = Register(
    key="technologies",
    title="Technologies",
    answers="The tools in use at each stage, and until when they are supported.",
    rows=directory.technologies,
    found_in=("name", "task", "version"),
    sorts={
        "name": "name",
        "stage": "stage",
        "support": "end_of_support",
        "owner": "owner_team__name",
    },
    header=("name", "version", "stage", "task", "owner", "end_of_support", "overdue", "systems"),
    cells=lambda technology: (
        technology.name,
        technology.version,
        technology.stage,
        technology.task,
        technology.owner_team,
        technology.end_of_support,
        is_overdue(technology),
        "; ".join(system.qualified_name for system in technology.systems.all()),
    ),
    empty="An administrator adds the first technology.",
    default_sort="support",
    new="technology",
    new_label="Add a technology",
)
PROPERTIES: Register[PropertyDefinition] = Register(
    key="properties",
    title="Own properties",
    answers="What this company notes on its datasets beyond the thirteen facts.",
    rows=directory.property_definitions,
    found_in=("key", "label"),
    sorts={"name": "label", "type": "type"},
    header=("key", "label", "type", "options", "description"),
    cells=lambda definition: (
        definition.key,
        definition.label,
        definition.type,
        "; ".join(definition.options),
        definition.description,
    ),
    empty="An administrator defines the first property.",
    new="property",
    new_label="Define a property",
)
REGISTERS: tuple[
    Register[System]
    | Register[Domain]
    | Register[Person]
    | Register[Team]
    | Register[DataProduct]
    | Register[Label]
    | Register[Technology]
    | Register[PropertyDefinition],
    ...,
] = (
    SYSTEMS,
    DOMAINS,
    PEOPLE,
    TEAMS,
    PRODUCTS,
    TAGS,
    CLASSIFICATIONS,
    TECHNOLOGIES,
    PROPERTIES,
)

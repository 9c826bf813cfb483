"""Who asks, and what there is to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guardian.shortcuts import assign_perm

from catalog.models import Connection, Dataset, Person, Team
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.services.curation.facts import version_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, LabelKind, TokenScope
from tests.factories import (
    AdministratorFactory,
    ConnectionFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
    administrator,
)


@dataclass(frozen=True)
class World:
    """One dataset with a domain, an owner and a past, and a connection."""

    dataset: Dataset
    version: str
    team: Team
    connection: Connection


@dataclass(frozen=True)
class Asker:
    """A person at every door; `secret` makes it a token, which has REST and GraphQL only. None is
    somebody who did not sign in."""

    person: Person | None
    secret: str = ""


def made_world() -> World:
    dataset = DatasetFactory(domain=DomainFactory())
    version = version_of(dataset)
    acting = administrator()
    curation.change_dataset(acting=acting, dataset_id=dataset.pk, changes={"criticality": 3})
    curation.add_label(acting=acting, dataset_id=dataset.pk, kind=LabelKind.TAG, path="gold")
    connection = ConnectionFactory(connector="files", settings={"instance": "drop"})
    dataset.refresh_from_db()
    return World(dataset, version, TeamFactory(), connection)


def _steward(world: World) -> Asker:
    person = PersonFactory(is_staff=True)
    assign_perm("catalog.steward_domain", person, world.dataset.domain)
    return Asker(person)


def _owner(world: World) -> Asker:
    return Asker(OwnershipFactory(dataset=world.dataset, person__is_staff=True).person)


def _read_only_token(world: World) -> Asker:
    person = AdministratorFactory()
    made = create_token(acting=principal_of(person), name="t", scopes=[TokenScope.READ])
    return Asker(person, made[1])


def _person(**attributes: Any) -> Callable[[World], Asker]:
    # Everybody has the staff flag, so that the admin decides by the port and not by the flag.
    return lambda world: Asker(PersonFactory(is_staff=True, **attributes))


ASKERS: Mapping[str, Callable[[World], Asker]] = {
    "administrator": lambda world: Asker(AdministratorFactory()),
    "steward": _steward,
    "owner": _owner,
    "employee": _person(),
    "service account": _person(employment_kind=EmploymentKind.SERVICE),
    "external": _person(employment_kind=EmploymentKind.EXTERNAL),
    "external administrator": _person(employment_kind=EmploymentKind.EXTERNAL, is_superuser=True),
    "inactive": _person(is_active=False),
    "read-only token": _read_only_token,
}

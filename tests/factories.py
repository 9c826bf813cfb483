"""Valid objects for tests: the least a row needs, everything else as the test says."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from catalog.models import (
    Column,
    Connection,
    Dataset,
    Domain,
    Ownership,
    Person,
    System,
    Team,
)
from catalog.names import lookup_key
from catalog.selectors.principals import principal_of
from catalog.types import DatasetKind, EmploymentKind, Origin, OwnershipKind, Principal


class PersonFactory(DjangoModelFactory[Person]):
    """An active employee who signs in with the password `a-long-test-password`."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    display_name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.org")
    employment_kind = EmploymentKind.EMPLOYEE
    password = factory.django.Password("a-long-test-password")


class AdministratorFactory(PersonFactory):
    """Somebody who may do everything."""

    is_staff = True
    is_superuser = True


class TeamFactory(DjangoModelFactory[Team]):
    """A team without members."""

    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class DomainFactory(DjangoModelFactory[Domain]):
    """A domain without stewards."""

    class Meta:
        model = Domain

    name = factory.Sequence(lambda n: f"Domain {n}")
    slug = factory.Sequence(lambda n: f"domain-{n}")


class SystemFactory(DjangoModelFactory[System]):
    """A PostgreSQL server."""

    class Meta:
        model = System

    platform = "postgres"
    instance = factory.Sequence(lambda n: f"server{n}")
    qualified_name = factory.LazyAttribute(lambda s: f"{s.platform}://{s.instance}")
    lookup_name = factory.LazyAttribute(lambda s: lookup_key(s.qualified_name))


class DatasetFactory(DjangoModelFactory[Dataset]):
    """A table in the schema `shop.public`."""

    class Meta:
        model = Dataset

    system = factory.SubFactory(SystemFactory)
    kind = DatasetKind.TABLE
    name = factory.Sequence(lambda n: f"orders{n}")
    qualified_name = factory.LazyAttribute(
        lambda d: f"{d.system.qualified_name}/shop.public.{d.name}"
    )
    lookup_name = factory.LazyAttribute(lambda d: lookup_key(d.qualified_name))


class ColumnFactory(DjangoModelFactory[Column]):
    """A text column."""

    class Meta:
        model = Column

    dataset = factory.SubFactory(DatasetFactory)
    name = factory.Sequence(lambda n: f"column{n}")
    path = factory.LazyAttribute(lambda c: c.name)
    ordinal = factory.Sequence(lambda n: n)
    physical_type = "text"


class OwnershipFactory(DjangoModelFactory[Ownership]):
    """A person who owns a dataset in business terms."""

    class Meta:
        model = Ownership

    dataset = factory.SubFactory(DatasetFactory)
    person = factory.SubFactory(PersonFactory)
    kind = OwnershipKind.BUSINESS_OWNER
    origin = Origin.DECLARED


class ConnectionFactory(DjangoModelFactory[Connection]):
    """A connection that runs only when asked."""

    class Meta:
        model = Connection

    name = factory.Sequence(lambda n: f"connection {n}")
    connector = "dbt"


def principal(**attributes: Any) -> Principal:
    """The principal of a new employee with these attributes."""
    return principal_of(PersonFactory(**attributes))


def administrator() -> Principal:
    """The principal of a new administrator."""
    return principal_of(AdministratorFactory())

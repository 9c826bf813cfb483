"""Everything around datasets as a principal may see it: systems, containers, people, domains ..."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Count, Model, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import (
    Column,
    Container,
    DataProduct,
    Domain,
    DomainUserObjectPermission,
    Label,
    Ownership,
    Person,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    TeamMembership,
    Technology,
)
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.types import LabelKind, Principal

ModelT = TypeVar("ModelT", bound=Model)


def visible(
    principal: Principal, model: type[ModelT], action: Action = Action.SEE
) -> QuerySet[ModelT]:
    """The records of a plain kind that the principal may see, or do something else with."""
    return gate().scope(principal, action, model._default_manager.all())


def get_visible(principal: Principal, model: type[ModelT], pk: int) -> ModelT:
    """One of them; raises NotFound alike for what does not exist and what may not be seen."""
    found = visible(principal, model).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no such {model._meta.verbose_name}.")
    return found


def _dataset_count(principal: Principal, place: str) -> Coalesce:
    """How many visible, present datasets have the row as their `place`, so that counts never leak.

    A subquery for each row: a list of which one page is shown counts for that page alone.
    """
    found = visible_datasets(principal).filter(
        **{place: OuterRef("pk")}, disappeared_at__isnull=True
    )
    return Coalesce(Subquery(found.order_by().values(place).values_list(Count("pk"))), 0)


def systems(principal: Principal) -> QuerySet[System]:
    """Systems with `dataset_count`."""
    return (
        visible(principal, System)
        .select_related("owner_team", "operator", "domain")
        .annotate(dataset_count=_dataset_count(principal, "system"))
    )


def containers(principal: Principal, *, system_id: int | None = None) -> QuerySet[Container]:
    """Containers with `dataset_count`, those of one system when it is given."""
    found = visible(principal, Container).select_related("system", "parent")
    if system_id is not None:
        found = found.filter(system=system_id)
    return found.annotate(dataset_count=_dataset_count(principal, "container"))


def domains(principal: Principal) -> QuerySet[Domain]:
    """Domains with `dataset_count`."""
    return (
        visible(principal, Domain)
        .select_related("parent", "owner_team")
        .annotate(dataset_count=_dataset_count(principal, "domain"))
    )


def stewards_of(principal: Principal, domain: Domain) -> QuerySet[Person]:
    """The people who steward a domain in person."""
    granted = DomainUserObjectPermission.objects.filter(
        content_object=domain, permission__codename="steward_domain"
    )
    return visible(principal, Person).filter(pk__in=granted.values("user"))


def stewarded_domains(principal: Principal, person: Person) -> QuerySet[Domain]:
    """The domains that a person stewards in person."""
    granted = DomainUserObjectPermission.objects.filter(
        user=person, permission__codename="steward_domain"
    )
    return visible(principal, Domain).filter(pk__in=granted.values("content_object"))


def teams(principal: Principal) -> QuerySet[Team]:
    """Teams with their members."""
    return visible(principal, Team).prefetch_related("members")


def membership_of(team: Team, person: Person) -> TeamMembership | None:
    """The membership of a person in a team, if there is one."""
    return TeamMembership.objects.filter(team=team, person=person).first()


def people(principal: Principal) -> QuerySet[Person]:
    """People with their teams and manager; service accounts included."""
    return visible(principal, Person).select_related("manager").prefetch_related("teams")


def get_person(principal: Principal, username: str) -> Person:
    """A person by user name; raises NotFound."""
    found = people(principal).filter(username=username).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def ownerships(
    principal: Principal, *, person: Person | None = None, team: Team | None = None
) -> QuerySet[Ownership]:
    """What a person or a team answers for, as far as the principal may see it."""
    return Ownership.objects.filter(
        person=person, team=team, dataset__in=visible_datasets(principal)
    ).select_related("dataset")


def labels(principal: Principal, *, kind: LabelKind | None = None) -> QuerySet[Label]:
    """Tags and classifications with `dataset_count`."""
    found = visible(principal, Label)
    if kind is not None:
        found = found.filter(kind=kind)
    return found.select_related("parent").annotate(
        dataset_count=_dataset_count(principal, "labels__label")
    )


def labeled_columns(principal: Principal, label: Label) -> QuerySet[Column]:
    """The visible columns that carry a label, by dataset."""
    return (
        visible_columns(principal)
        .filter(labels__label=label, disappeared_at__isnull=True)
        .select_related("dataset")
        .order_by("dataset__qualified_name", "ordinal", "pk")
    )


def products(principal: Principal) -> QuerySet[DataProduct]:
    """Data products with the ports whose dataset may be seen."""
    ports = ProductPort.objects.filter(dataset__in=visible_datasets(principal))
    return (
        visible(principal, DataProduct)
        .select_related("domain", "owner", "owner_team")
        .prefetch_related(Prefetch("ports", ports.select_related("dataset")))
    )


def technologies(principal: Principal) -> QuerySet[Technology]:
    """The technology register (R-115)."""
    return visible(principal, Technology).select_related("owner_team").prefetch_related("systems")


def property_definitions(principal: Principal) -> QuerySet[PropertyDefinition]:
    """Custom properties that datasets may carry."""
    return visible(principal, PropertyDefinition)

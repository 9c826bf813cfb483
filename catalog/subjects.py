"""The catalog's own objects as subjects of remarks: where they are, who answers for them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from catalog.access import Action, gate
from catalog.models import (
    Column,
    DataProduct,
    Dataset,
    Domain,
    DomainUserObjectPermission,
    Ownership,
    Person,
    System,
    Team,
    TeamMembership,
)
from catalog.registries.subjects import Subject, SubjectKind, subjects
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.selectors.stewardship import asks_steward, stewarded_domains
from catalog.types import Principal


def register_subjects() -> None:
    """Fill the registry; called once when the application starts."""
    for kind in (
        SubjectKind("dataset", "Dataset", _dataset, _owners_of_dataset, asks_steward),
        SubjectKind("column", "Column", _column, _owners_of_column, asks_steward),
        SubjectKind("system", "System", _system, _owners_of_system, _operated),
        SubjectKind("domain", "Domain", _domain, _stewards, _domain_stewarded),
        SubjectKind("product", "Data product", _product, _owners_of_product, _offered),
        SubjectKind("team", "Team", _team, _members, _member),
        SubjectKind("person", "Person", _person, lambda pk: [pk], _oneself),
    ):
        subjects.add(kind.name, kind)


def _dataset(principal: Principal, pk: int) -> Subject | None:
    row = visible_datasets(principal).filter(pk=pk).first()
    if row is None:
        return None
    address = reverse("catalog:dataset", args=[pk])
    return Subject("dataset", pk, row.display_name or row.name, address, pk)


def _column(principal: Principal, pk: int) -> Subject | None:
    row = visible_columns(principal).filter(pk=pk).select_related("dataset").first()
    if row is None:
        return None
    address = f"{reverse('catalog:columns', args=[row.dataset_id])}#column-{pk}"
    return Subject("column", pk, f"{row.dataset.name}.{row.path}", address, row.dataset_id)


def _seen(principal: Principal, model: type[Model], pk: int) -> Model | None:
    return gate().scope(principal, Action.SEE, model._default_manager.filter(pk=pk)).first()


def _system(principal: Principal, pk: int) -> Subject | None:
    row = _seen(principal, System, pk)
    if not isinstance(row, System):
        return None
    title = row.display_name or row.instance
    return Subject("system", pk, title, reverse("catalog:system", args=[pk]))


def _named(
    kind: str, model: type[Model], key: str, principal: Principal, pk: int
) -> Subject | None:
    row = _seen(principal, model, pk)
    if row is None:
        return None
    address = reverse(f"catalog:{kind}", args=[getattr(row, key)])
    return Subject(kind, pk, str(row), address)


_domain = partial(_named, "domain", Domain, "slug")
_product = partial(_named, "product", DataProduct, "slug")
_team = partial(_named, "team", Team, "pk")
_person = partial(_named, "person", Person, "username")


# --- who answers -----------------------------------------------------------------------------


def _stewards(domain_id: int | None) -> set[int]:
    return set(
        DomainUserObjectPermission.objects.filter(
            content_object_id=domain_id, permission__codename="steward_domain"
        ).values_list("user_id", flat=True)
    )


def _members(team_id: int | None) -> set[int]:
    return set(TeamMembership.objects.filter(team=team_id).values_list("person_id", flat=True))


def _owners_of_dataset(pk: int | None) -> set[int]:
    found: set[int] = set()
    for person, team in Ownership.objects.filter(dataset=pk).values_list("person_id", "team_id"):
        found |= {person} if person else _members(team)
    if not found:
        found = _stewards(
            Dataset.objects.filter(pk=pk or 0).values_list("domain_id", flat=True).first()
        )
    return found


def _owners_of_column(pk: int) -> set[int]:
    return _owners_of_dataset(
        Column.objects.filter(pk=pk).values_list("dataset_id", flat=True).first()
    )


def _owners_of_system(pk: int) -> set[int]:
    row = System.objects.filter(pk=pk).first()
    return _people(row.operator_id, row.owner_team_id, row.domain_id) if row else set()


def _owners_of_product(pk: int) -> set[int]:
    row = DataProduct.objects.filter(pk=pk).first()
    return _people(row.owner_id, row.owner_team_id, row.domain_id) if row else set()


def _people(person: int | None, team: int | None, domain: int | None) -> set[int]:
    """The person and the team's members; without any, the stewards of the domain."""
    found = ({person} if person else set()) | _members(team)
    return found or _stewards(domain)


# --- what a principal answers for ------------------------------------------------------------


def _domain_stewarded(principal: Principal) -> Q:
    return Q(subject_id__in=stewarded_domains(principal).values("pk"))


def _teams(principal: Principal) -> QuerySet[Any, Any]:
    return TeamMembership.objects.filter(person=principal.person_id).values("team_id")


def _member(principal: Principal) -> Q:
    return Q(subject_id__in=_teams(principal))


def _operated(principal: Principal) -> Q:
    ways = Q(operator=principal.person_id) | Q(owner_team__in=_teams(principal))
    return Q(subject_id__in=System.objects.filter(ways).values("pk"))


def _offered(principal: Principal) -> Q:
    ways = Q(owner=principal.person_id) | Q(owner_team__in=_teams(principal))
    return Q(subject_id__in=DataProduct.objects.filter(ways).values("pk"))


def _oneself(principal: Principal) -> Q:
    return Q(subject_id=principal.person_id or 0)

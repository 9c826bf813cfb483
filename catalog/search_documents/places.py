"""The documents of systems, of containers inside them, and of labels."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Container, Label, System
from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term
from catalog.search_documents.naming import place_of


def system_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these systems, in one query."""
    documents = []
    for system in System.objects.filter(pk__in=ids).select_related(
        "domain", "owner_team", "operator"
    ):
        label = system.display_name or system.instance
        description = system.declared_description or system.harvested_description
        owners = tuple(str(owner) for owner in (system.owner_team, system.operator) if owner)
        domain = system.domain.name if system.domain else ""
        terms = [
            Term("kind", "system"),
            Term("platform", system.platform),
            Term("system", system.qualified_name, label),
            *(Term("owner", owner) for owner in owners),
        ]
        if domain:
            terms.append(Term("domain", domain))
        if description:
            terms.append(Term("has", "description"))
        if system.is_external:
            terms.append(Term("is", "external"))
        if system.is_system_of_record:
            terms.append(Term("is", "system-of-record"))
        documents.append(
            SearchDocument(
                kind="system",
                id=system.pk,
                name=label,
                qualified_name=system.qualified_name,
                place=(system.platform,),
                other_names=(system.instance,),
                synonyms=tuple(filter(None, (system.instance, system.platform, domain))),
                description=description,
                texts=(" ".join(owners),),
                terms=tuple(terms),
                changed_at=system.created_at,
                facts=HitFacts(
                    platform=system.platform, system=label, domain=domain, owners=owners
                ),
            )
        )
    return documents


def container_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these containers, in one query."""
    documents = []
    for container in Container.objects.filter(pk__in=ids).select_related("system"):
        system = container.system
        label = system.display_name or system.instance
        description = container.declared_description or container.harvested_description
        terms = [
            Term("kind", "container"),
            Term("type", container.kind),
            Term("platform", system.platform),
            Term("system", system.qualified_name, label),
        ]
        if description:
            terms.append(Term("has", "description"))
        documents.append(
            SearchDocument(
                kind="container",
                id=container.pk,
                name=container.name,
                qualified_name=container.qualified_name,
                place=place_of(container.qualified_name),
                description=description,
                texts=(container.kind.replace("_", " "), system.platform),
                terms=tuple(terms),
                changed_at=container.created_at,
                facts=HitFacts(type=container.kind, platform=system.platform, system=label),
            )
        )
    return documents


def label_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The documents of these tags and classifications, in one query."""
    return [
        SearchDocument(
            kind="label",
            id=label.pk,
            name=label.name,
            qualified_name=f"{label.kind}/{label.path}",
            place=tuple(label.path.split(" / ")[:-1]),
            other_names=(label.path,),
            description=label.description,
            terms=(
                Term("kind", "label"),
                Term("type", label.kind),
                *([Term("has", "description")] if label.description else []),
            ),
            facts=HitFacts(type=label.kind),
        )
        for label in Label.objects.filter(pk__in=ids)
    ]

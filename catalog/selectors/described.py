"""Datasets and products as documents tell them, with what the principal may see (R-050, R-018)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog.errors import NotFound
from catalog.exports.described import (
    DescribedColumn,
    DescribedDataset,
    DescribedDistribution,
    DescribedFact,
    DescribedOwner,
    DescribedPort,
    DescribedProduct,
    DescribedRelation,
)
from catalog.models import ColumnLabel, DataProduct, Dataset, DatasetLabel, Person, Team
from catalog.names import parse_name, split_parts
from catalog.selectors.datasets import columns_of, get_dataset, relations_of
from catalog.selectors.directory import products
from catalog.selectors.metadata import Fact, thirteen_facts
from catalog.selectors.promises import own_promise
from catalog.selectors.usage import distributions_of
from catalog.stages import stage_and_origin
from catalog.types import LabelKind, Principal


def described_dataset(principal: Principal, dataset_id: int) -> DescribedDataset:
    """One dataset whole, in a fixed number of queries; raises NotFound where it may not be seen.

    Related datasets and distributions are those that the principal sees, and who has access is
    told for the principal.
    """
    dataset = get_dataset(principal, dataset_id)
    name = parse_name(dataset.qualified_name)
    labels = list(dataset.labels.all())
    return DescribedDataset(
        qualified_name=dataset.qualified_name,
        name=dataset.name,
        display_name=dataset.display_name,
        kind=dataset.kind,
        platform=dataset.system.platform,
        system=dataset.system.qualified_name,
        place=tuple(name.parts[:-1]),
        domain=dataset.domain.name if dataset.domain else "",
        lifecycle=dataset.lifecycle,
        data_kind=dataset.data_kind,
        motion=dataset.motion,
        stage=stage_and_origin(dataset)[0],
        topic=dataset.topic,
        retention=dataset.retention,
        lateness=dataset.lateness,
        promise=own_promise(dataset),
        rows=dataset.latest_rows,
        size_bytes=dataset.latest_bytes,
        measured_at=dataset.profiled_at,
        url=dataset.url,
        facts={
            fact.field.value: _fact(fact)
            for fact in thirteen_facts(principal, dataset)
            if fact.value not in (None, "") and fact.origin is not None
        },
        columns=_columns(principal, dataset),
        owners=[
            _owner(held.person or held.team, held.kind)
            for held in dataset.ownerships.all()
            if held.person or held.team
        ],
        tags=_paths(labels, LabelKind.TAG),
        classifications=_paths(labels, LabelKind.CLASSIFICATION),
        relations=[
            DescribedRelation(
                kind=relation.kind,
                target=relation.target.qualified_name,
                columns=tuple(relation.source_columns),
                target_columns=tuple(relation.target_columns),
                name=relation.name,
            )
            for relation in relations_of(principal, dataset)
            if relation.source_id == dataset.pk
        ],
        distributions=[
            DescribedDistribution(
                system=one.system.qualified_name,
                platform=one.system.platform,
                location=one.location,
                media_type=one.media_type,
                size_bytes=one.size_bytes,
                fresh_at=one.fresh_at,
            )
            for one in distributions_of(principal, dataset)
        ],
        custom=dataset.harvested_metadata.get("custom", {}),
    )


def described_product(principal: Principal, product_id: int) -> DescribedProduct:
    """One product with the ports that the principal sees; raises NotFound."""
    product: DataProduct | None = (
        products(principal).select_related("domain", "owner", "owner_team").filter(pk=product_id)
    ).first()
    if product is None:
        raise NotFound("There is no such data product.")
    return DescribedProduct(
        slug=product.slug,
        name=product.name,
        purpose=product.purpose,
        domain=product.domain.name if product.domain else "",
        criticality=product.criticality,
        service_level=product.service_level,
        owner=_owner(product.owner, "owner") if product.owner else None,
        team=_owner(product.owner_team, "owner") if product.owner_team else None,
        ports=[
            DescribedPort(
                qualified_name=port.dataset.qualified_name,
                name=port.dataset.display_name or port.dataset.name,
                is_output=port.is_output,
                contract=port.contract,
            )
            for port in product.ports.all()
        ],
    )


def _fact(fact: Fact) -> DescribedFact:
    value = fact.value
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    return DescribedFact(text, fact.origin.value if fact.origin else "", fact.by)


def _columns(principal: Principal, dataset: Dataset) -> list[DescribedColumn]:
    return [
        DescribedColumn(
            path=tuple(split_parts(column.path)),
            physical_type=column.physical_type,
            nullable=column.nullable,
            key_position=column.key_position,
            description=column.declared_description or column.harvested_description,
            default=column.default,
            tags=_paths(column.labels.all(), LabelKind.TAG),
            classifications=_paths(column.labels.all(), LabelKind.CLASSIFICATION),
        )
        for column in columns_of(principal, dataset)
        if column.disappeared_at is None
    ]


def _paths(held: Iterable[DatasetLabel | ColumnLabel], kind: LabelKind) -> tuple[str, ...]:
    return tuple(sorted(one.label.path for one in held if one.label.kind == kind))


def _owner(owner: Person | Team | None, kind: str) -> DescribedOwner:
    assert owner is not None
    is_team = isinstance(owner, Team)
    return DescribedOwner(
        username=owner.name if isinstance(owner, Team) else owner.username,
        name=str(owner),
        email=owner.email,
        kind=kind,
        is_team=is_team,
    )

"""A dataset as it was, in the shape of the present, so that one page shows both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model

from catalog.dates import exact_time
from catalog.errors import NotFound
from catalog.models import (
    Column,
    ColumnLabel,
    Container,
    Dataset,
    DatasetLabel,
    Domain,
    Label,
    Ownership,
    Person,
    System,
    Team,
)
from catalog.selectors.history import DatasetSnapshot, dataset_as_of, first_known
from catalog.selectors.metadata import Fact, owner_names, stated_fact
from catalog.types import LabelKind, MetadataField, Origin, Principal

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class PastDataset:
    """`dataset` and `columns` are instances that were never loaded and cannot be saved over the
    present: they carry the values, owners and labels of `at`. People, teams, labels and places
    are named as they are called today."""

    at: dt.datetime
    dataset: Dataset
    columns: tuple[Column, ...]


def past_dataset(principal: Principal, dataset_id: int, at: dt.datetime) -> PastDataset:
    """The dataset at `at`, in a fixed number of queries; raises NotFound where there was none."""
    snapshot = dataset_as_of(principal, dataset_id, at)
    if snapshot is None:
        since = first_known(principal, dataset_id)
        later = f": it is known since {exact_time(since)}" if since else ""
        raise NotFound(f"The dataset was not in the catalog then{later}.")
    labels = Label.objects.in_bulk(
        {row["label_id"] for row in (*snapshot.labels, *snapshot.column_labels)}
    )
    dataset = _instance(Dataset, snapshot.dataset)
    dataset.system = System.objects.get(pk=dataset.system_id)
    dataset.container = _found(Container, dataset.container_id)
    dataset.domain = _found(Domain, dataset.domain_id)
    _prefetched(dataset, "ownerships", Ownership, _owners(snapshot, dataset))
    _prefetched(
        dataset,
        "labels",
        DatasetLabel,
        [_labelled(DatasetLabel, row, labels) for row in snapshot.labels],
    )
    dataset.open_problems = []  # type: ignore[attr-defined]
    return PastDataset(at, dataset, tuple(_columns(snapshot, labels)))


def past_facts(past: PastDataset) -> tuple[Fact, ...]:
    """Those of the thirteen facts that history keeps, as they were."""
    live = [column for column in past.columns if column.disappeared_at is None]
    names = ", ".join(column.name for column in live[:6])
    key = sorted(
        (column for column in live if column.key_position), key=lambda c: c.key_position or 0
    )
    derived: Mapping[MetadataField, str] = {
        MetadataField.OWNER: ", ".join(owner_names(past.dataset)),
        MetadataField.CONTENTS: f"{len(live):,} columns: {names}{' …' if len(live) > 6 else ''}"
        if live
        else "",
        MetadataField.KEY: ", ".join(column.name for column in key),
    }
    not_kept = {MetadataField.RELATIONS, MetadataField.ACCESS, MetadataField.SIZE}
    return tuple(
        stated_fact(past.dataset, field)
        or Fact(field, derived.get(field) or None, Origin.DERIVED if derived.get(field) else None)
        for field in MetadataField
        if field not in not_kept
    )


def _owners(snapshot: DatasetSnapshot, dataset: Dataset) -> list[Ownership]:
    people = Person.objects.in_bulk({row["person_id"] for row in snapshot.owners} - {None})
    teams = Team.objects.in_bulk({row["team_id"] for row in snapshot.owners} - {None})
    owners = []
    for row in snapshot.owners:
        ownership = _instance(Ownership, row)
        if row["person_id"] is not None:
            gone = Person(display_name="Somebody who has left the catalog")
            ownership.person = people.get(row["person_id"]) or gone
        else:
            ownership.team = teams.get(row["team_id"]) or Team(name="A team that was dissolved")
        owners.append(ownership)
    return owners


def _columns(snapshot: DatasetSnapshot, labels: Mapping[int, Label]) -> Iterable[Column]:
    by_column: dict[int, list[ColumnLabel]] = {}
    for row in snapshot.column_labels:
        held = _labelled(ColumnLabel, row, labels)
        by_column.setdefault(row["column_id"], []).append(held)
    for row in snapshot.columns:
        column = _instance(Column, row)
        _prefetched(column, "labels", ColumnLabel, by_column.get(column.pk, []))
        yield column


def _labelled(model: type[ModelT], row: Mapping[str, Any], labels: Mapping[int, Label]) -> ModelT:
    held = _instance(model, row)
    deleted = Label(kind=LabelKind.TAG, path="a label that was deleted")
    held.label = labels.get(row["label_id"]) or deleted  # type: ignore[attr-defined]
    return held


def _found(model: type[ModelT], key: int | None) -> ModelT | None:
    return None if key is None else model._default_manager.filter(pk=key).first()


def _instance(model: type[ModelT], row: Mapping[str, Any]) -> ModelT:
    names = {field.attname for field in model._meta.concrete_fields}
    return model(**{name: value for name, value in row.items() if name in names})


def _prefetched(instance: Model, name: str, model: type[ModelT], objects: Sequence[ModelT]) -> None:
    """Let `instance.<name>.all()` answer with `objects`, the way `prefetch_related` does."""
    queryset = model._default_manager.all()
    queryset._result_cache = list(objects)
    if not hasattr(instance, "_prefetched_objects_cache"):
        instance._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    instance._prefetched_objects_cache[name] = queryset  # type: ignore[attr-defined]

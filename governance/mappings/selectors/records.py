"""A record that is made of several systems, field by field (R-042)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from catalog.errors import NotFound
from catalog.models import Column, Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.selectors.edges import column_edges_between_visible
from lineage.types import EdgeKind

MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field with the columns of other systems that its values come from, by name."""

    column: Column
    origins: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ComposedRecord:
    """A dataset as a record; `systems` are those that its fields come from, by name."""

    dataset: Dataset
    fields: tuple[RecordField, ...]
    systems: tuple[str, ...]


def composed_record(principal: Principal, dataset_id: int) -> ComposedRecord:
    """Where each field of a dataset comes from: upstream, to the first column of another system,
    eight steps at most, one query a step. Raises NotFound."""
    dataset = visible_datasets(principal).select_related("system").filter(pk=dataset_id).first()
    if dataset is None:
        raise NotFound("There is no such dataset.")
    columns = list(
        Column.objects.filter(dataset=dataset, disappeared_at__isnull=True).order_by("ordinal")
    )
    # Which of the record's fields each column on the way up reaches.
    reaches: dict[int, set[int]] = {column.pk: {column.pk} for column in columns}
    origins: dict[int, set[int]] = defaultdict(set)
    edges = column_edges_between_visible(principal).filter(kind=EdgeKind.DIRECT)
    frontier = set(reaches)
    for _ in range(MOST_STEPS):
        if not frontier:
            break
        steps = edges.filter(target_column__in=frontier).order_by()
        found = steps.values_list("source_column_id", "target_column_id", "source__system_id")
        frontier = set()
        for source, target, system in found.distinct():
            fields = reaches[target]
            if system != dataset.system_id:
                for field in fields:
                    origins[field].add(source)
            elif not fields <= reaches.get(source, set()):
                reaches.setdefault(source, set()).update(fields)
                frontier.add(source)
    known = Column.objects.select_related("dataset__system").in_bulk(
        {pk for found_ in origins.values() for pk in found_}
    )
    fields_ = tuple(
        RecordField(
            column,
            tuple(
                sorted(
                    (known[pk] for pk in origins.get(column.pk, ())),
                    key=lambda one: (one.dataset.qualified_name, one.ordinal),
                )
            ),
        )
        for column in columns
    )
    systems = {one.dataset.system.qualified_name for one in known.values()}
    return ComposedRecord(dataset, fields_, tuple(sorted(systems)))

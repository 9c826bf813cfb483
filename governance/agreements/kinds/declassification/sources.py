"""Where the labels that a declassification ends come from, along direct lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q

from catalog.models import Column, ColumnLabel, DatasetLabel
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.selectors.labels import label_condition
from lineage.models import ColumnEdge
from lineage.types import EdgeKind, EdgeSubtype, Preparation

_MOST_STEPS = 30


@dataclass(slots=True)
class Inherited:
    """What columns inherit of some labels today.

    `held` are columns (ids) that carry one themselves; `sources` the columns and datasets above
    them that do, as (dataset id, path), an empty path for a whole dataset; `copied` the columns
    (ids) into which some value comes from there as it is.
    """

    held: set[int] = field(default_factory=set)
    sources: set[tuple[int, str]] = field(default_factory=set)
    copied: set[int] = field(default_factory=set)


def columns_meant(dataset_id: int, paths: Collection[str]) -> dict[str, Column]:
    """The present columns of a dataset by the paths given; unknown ones are absent."""
    wanted = {lookup_key(path): path for path in paths}
    rows = Column.objects.filter(dataset=dataset_id, disappeared_at__isnull=True)
    return {wanted[lookup_key(row.path)]: row for row in rows if lookup_key(row.path) in wanted}


def labels_condition(names: Collection[str], prefix: str = "label__") -> Q:
    """Rows whose label is one of those named, or lies below one."""
    found = Q(pk__in=[])
    for name in names:
        found |= label_condition(name, prefix)
    return found


def inherited(principal: Principal, columns: Collection[int], labels: Collection[str]) -> Inherited:
    """Walk up from columns to where the labels were put, over data the principal may see."""
    named = labels_condition(labels)
    answer = Inherited()
    answer.held = set(
        ColumnLabel.objects.filter(named, column__in=columns).values_list("column_id", flat=True)
    )
    visible = visible_datasets(principal)
    direct = ColumnEdge.objects.filter(
        kind=EdgeKind.DIRECT, source__in=visible, target_column__isnull=False
    )
    below: dict[int, set[int]] = defaultdict(set)
    """For each column above: which of those asked for get its values as they are."""
    seen, ahead = set(columns), set(columns)
    for column in columns:
        below[column].add(column)
    for _ in range(_MOST_STEPS):
        rows = list(
            direct.filter(target_column__in=ahead).values_list(
                "source_column_id", "source_id", "source_column__path", "target_column_id",
                "subtype", "masking", "preparations",
            )
        )  # fmt: skip
        holding = set(
            ColumnLabel.objects.filter(named, column__in={row[0] for row in rows}).values_list(
                "column_id", flat=True
            )
        )
        whole = set(
            DatasetLabel.objects.filter(named, dataset__in={row[1] for row in rows}).values_list(
                "dataset_id", flat=True
            )
        )
        ahead = set()
        for source, dataset, path, target, subtype, masking, preparations in rows:
            changed = masking or subtype == EdgeSubtype.AGGREGATION
            if not (changed or Preparation.ANONYMIZE in preparations):
                below[source] |= below[target]
            if source in holding:
                answer.sources.add((dataset, path))
            if dataset in whole:
                answer.sources.add((dataset, ""))
            if source in holding or dataset in whole:
                answer.copied |= below[source]
            if source not in seen:
                seen.add(source)
                ahead.add(source)
        if not ahead:
            break
    return answer

"""Edges as they were: what a dataset's lineage looked like at an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q

from catalog.models import Column
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.answers import ColumnLink, ColumnNode
from lineage.selectors.columns import past_link
from lineage.selectors.definitions import without_hidden_expressions

_DATASET_FIELDS = (
    "id",
    "source_id",
    "target_id",
    "statement_id",
    "is_direct",
    "confidence",
    "reason",
    "since",
)
_COLUMN_FIELDS = (
    "id",
    "source_id",
    "source_column_id",
    "target_id",
    "target_column_id",
    "statement_id",
    "kind",
    "subtype",
    "confidence",
    "reason",
    "masking",
    "transformation",
    "preparations",
    "span_start",
    "span_end",
    "since",
)


def edges_as_of(principal: Principal, dataset_id: int, at: dt.datetime) -> list[dict[str, Any]]:
    """The edges into and out of a dataset at an instant, dataset edges first, as plain rows.

    Only edges between datasets that may be seen now; empty for a dataset that may not.
    """
    found: list[dict[str, Any]] = []
    ends = Q(source=dataset_id) | Q(target=dataset_id)
    for level, model, fields in (
        ("dataset", DatasetEdge, _DATASET_FIELDS),
        ("column", ColumnEdge, _COLUMN_FIELDS),
    ):
        rows = rows_as_of(history_model(model).objects.filter(ends), at)
        rows.sort(key=lambda row: (row["target_id"], row["source_id"], row["id"]))
        found += [{"level": level, **{name: row[name] for name in fields}} for row in rows]
    others = {row[end] for row in found for end in ("source_id", "target_id")}
    visible = set(visible_datasets(principal).filter(pk__in=others).values_list("pk", flat=True))
    shown = [row for row in found if row["source_id"] in visible and row["target_id"] in visible]
    levels = {
        level: [row for row in shown if row["level"] == level] for level in ("dataset", "column")
    }
    return [*levels["dataset"], *without_hidden_expressions(principal, levels["column"], at)]


def past_column_links(principal: Principal, dataset_id: int, at: dt.datetime) -> list[ColumnLink]:
    """The column edges into and out of a dataset at an instant, with the columns' names."""
    rows = [row for row in edges_as_of(principal, dataset_id, at) if row["level"] == "column"]
    ids = {row[end] for row in rows for end in ("source_column_id", "target_column_id")}
    past = history_model(Column).objects.filter(pgh_obj_id__in=ids - {None})
    columns = {
        row["id"]: ColumnNode(row["id"], row["path"], row["physical_type"], row["dataset_id"])
        for row in rows_as_of(past, at)
    }
    return [
        past_link(row, columns[row["source_column_id"]], columns.get(row["target_column_id"]))
        for row in rows
        if row["source_column_id"] in columns
    ]

"""What people drew into a dataset, and the history of it."""

from __future__ import annotations

from django.db.models import Q

from catalog.models import Column
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.history import history_model
from catalog.types import Principal
from lineage.models import ManualEdge
from lineage.selectors.answers import DrawnChange, DrawnEdge
from lineage.selectors.links import node_of, nodes_of
from lineage.selectors.walking import id_list

MOST_CHANGES = 100


def drawn_edges(principal: Principal, dataset_id: int) -> list[DrawnEdge]:
    """The edges that people drew into or out of a dataset, newest first, both ends visible.

    Raises NotFound for a dataset that may not be seen.
    """
    node_of(principal, dataset_id)
    visible = visible_datasets(principal)
    rows = list(
        ManualEdge.objects.filter(Q(target=dataset_id) | Q(source=dataset_id))
        .filter(source__in=visible, target__in=visible)
        .select_related("source_column", "target_column")
        .order_by("-made_at", "-pk")
    )
    nodes = nodes_of(principal, {pk for row in rows for pk in (row.source_id, row.target_id)})
    return [
        DrawnEdge(
            id=row.pk,
            source=nodes[row.source_id],
            source_column=row.source_column.path if row.source_column else "",
            target=nodes[row.target_id],
            target_column=row.target_column.path if row.target_column else "",
            kind=row.kind,
            subtype=row.subtype,
            masking=row.masking,
            transformation=row.transformation,
            reason=row.reason,
            author=row.author_name,
            made_at=row.made_at,
        )
        for row in rows
    ]


def drawn_changes(principal: Principal, dataset_id: int) -> list[DrawnChange]:
    """The newest 100 changes of what people drew around a dataset, the removed ones included."""
    node_of(principal, dataset_id)
    rows = list(
        history_model(ManualEdge)
        .objects.filter(Q(target=dataset_id) | Q(source=dataset_id))
        .order_by("-pgh_id")[:MOST_CHANGES]
        .values()
    )
    nodes = nodes_of(principal, {pk for row in rows for pk in (row["source_id"], row["target_id"])})
    names = dict(
        Column.objects.filter(
            pk__in=id_list(
                pk
                for row in rows
                for pk in (row["source_column_id"], row["target_column_id"])
                if pk is not None
            )
        ).values_list("pk", "path")
    )
    return [
        DrawnChange(
            at=row["pgh_created_at"],
            verb=row["pgh_label"],
            by=(row["pgh_context"] or {}).get("actor", ""),
            why=(row["pgh_context"] or {}).get("reason", ""),
            source=nodes[row["source_id"]],
            source_column=names.get(row["source_column_id"], ""),
            target=nodes[row["target_id"]],
            target_column=names.get(row["target_column_id"], ""),
            kind=row["kind"],
            subtype=row["subtype"],
        )
        for row in rows
        if row["source_id"] in nodes and row["target_id"] in nodes
    ]

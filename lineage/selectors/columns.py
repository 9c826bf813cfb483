"""Columns: the edges of a dataset as rows, and everything a column reaches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from catalog.errors import NotFound
from catalog.models import Column
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from lineage.models import ColumnEdge
from lineage.selectors.answers import ColumnClosure, ColumnLink, ColumnNode, Direction
from lineage.selectors.definitions import shown_expression, without_hidden_expressions
from lineage.selectors.links import nodes_of
from lineage.selectors.walking import MOST_COLUMNS, MOST_DEPTH, id_list, walk_columns
from lineage.types import EdgeKind

_NODE = ("pk", "path", "physical_type", "dataset_id")


def column_node(principal: Principal, column_id: int) -> ColumnNode:
    """One visible column; raises NotFound alike for what does not exist and is not shown."""
    found = column_nodes(principal, [column_id])
    if column_id not in found:
        raise NotFound("There is no such column.")
    return found[column_id]


def column_nodes(principal: Principal, ids: Iterable[int]) -> dict[int, ColumnNode]:
    """The visible columns with these ids."""
    rows = visible_columns(principal).filter(pk__in=id_list(ids)).order_by("pk")
    return {row[0]: ColumnNode(*row) for row in rows.values_list(*_NODE)}


def columns_by_dataset(
    principal: Principal, dataset_ids: Collection[int]
) -> dict[int, list[ColumnNode]]:
    """The present columns of visible datasets, in order."""
    rows = (
        visible_columns(principal)
        .filter(dataset__in=id_list(dataset_ids), disappeared_at__isnull=True)
        .order_by("dataset_id", "ordinal", "pk")
    )
    found: dict[int, list[ColumnNode]] = {pk: [] for pk in dataset_ids}
    for row in rows.values_list(*_NODE):
        found[row[3]].append(ColumnNode(*row))
    return found


def column_counts(principal: Principal, dataset_ids: Collection[int]) -> dict[int, int]:
    """How many present columns visible datasets have."""
    rows = visible_columns(principal).filter(
        dataset__in=id_list(dataset_ids), disappeared_at__isnull=True
    )
    counted = rows.order_by().values_list("dataset_id").annotate(columns=Count("pk"))
    return dict(counted)


def column_edges(principal: Principal, dataset_id: int) -> QuerySet[ColumnEdge]:
    """The column edges into and out of a dataset whose other end may be seen, in a stable order."""
    visible = visible_datasets(principal)
    return (
        ColumnEdge.objects.filter(Q(target=dataset_id) | Q(source=dataset_id))
        .filter(source__in=visible, target__in=visible)
        .annotate(expression=shown_expression(principal))
        .select_related("source_column", "target_column")
        .order_by(
            "target_id", "target_column__ordinal", "source_id", "source_column__ordinal", "pk"
        )
    )


def column_links_among(principal: Principal, dataset_ids: Collection[int]) -> list[ColumnLink]:
    """The column edges between datasets that the caller knows to be visible."""
    wanted = id_list(dataset_ids)
    rows = (
        ColumnEdge.objects.filter(source__in=wanted, target__in=wanted)
        .annotate(expression=shown_expression(principal))
        .select_related("source_column", "target_column")
        .order_by("target_id", "target_column_id", "source_id", "source_column_id", "pk")
    )
    return links_from(rows)


def links_from(rows: Iterable[ColumnEdge]) -> list[ColumnLink]:
    """Edges as plain values; both columns must be loaded, and the `expression` that is shown."""
    return [
        ColumnLink(
            id=row.pk,
            source_id=row.source_id,
            source_column=_node(row.source_column),
            target_id=row.target_id,
            target_column=_node(row.target_column) if row.target_column is not None else None,
            kind=row.kind,
            subtype=row.subtype,
            confidence=row.confidence,
            reason=row.reason,
            transformation=row.expression,  # type: ignore[attr-defined]  # annotated
            masking=row.masking,
            preparations=tuple(row.preparations),
            span=_span(row.span_start, row.span_end),
            since=row.since,
            is_rollup=row.is_rollup,
        )
        for row in rows
    ]


def _span(start: int | None, end: int | None) -> tuple[int, int] | None:
    """The half-open range, None where the statement does not name the column."""
    return (start, end) if start is not None and end is not None else None


def column_closure(
    principal: Principal,
    column_id: int,
    direction: Direction = Direction.DOWN,
    *,
    kinds: Sequence[EdgeKind] = (EdgeKind.DIRECT,),
    depth: int = MOST_DEPTH,
    most: int = MOST_COLUMNS,
    at: dt.datetime | None = None,
) -> ColumnClosure:
    """Every column that a column's values flow to (or come from): "where does e-mail go?"

    With `EdgeKind.INDIRECT` among `kinds` also what it decides; then `datasets` holds those
    whose rows it decides, too. With `at` along the edges as they were. Raises NotFound for a
    column that may not be seen.
    """
    start = column_node(principal, column_id)
    walk = walk_columns(
        principal, [column_id], direction, kinds=kinds, depth=depth, most=most, at=at
    )
    columns = column_nodes(principal, walk.levels)
    around = columns.keys() & walk.around
    visible = visible_datasets(principal)
    if at is None:
        edges = ColumnEdge.objects.filter(
            source_column__in=id_list(columns),
            kind__in=kinds,
            source__in=visible,
            target__in=visible,
        ).filter(Q(target_column__in=id_list(columns)) | Q(target_column__isnull=True))
        edges = edges.annotate(expression=shown_expression(principal))
        links = links_from(edges.select_related("source_column", "target_column").order_by("pk"))
    else:
        links = _past_links(principal, columns, kinds, at)
    if direction is Direction.UP:
        # A condition on the rows of a dataset further up says nothing about this column alone.
        links = [link for link in links if link.target_column is not None]
    if around:  # what stands for other fields of the column around this one is not about it
        near = "source_column" if direction is Direction.DOWN else "target_column"
        links = [x for x in links if not (x.is_rollup and getattr(x, near).id in around)]
    ordered = sorted(columns.values(), key=lambda node: (walk.levels[node.id], node.id))
    datasets = {node.dataset_id for node in ordered}
    datasets |= {link.target_id for link in links}
    nodes = nodes_of(principal, datasets)
    return ColumnClosure(
        start=start,
        direction=direction,
        columns=tuple(
            (node, walk.levels[node.id])
            for node in ordered
            if node.id != column_id and node.id not in around
        ),
        datasets=tuple(nodes[pk] for pk in sorted(nodes)),
        links=tuple(links),
        truncated=walk.truncated,
    )


def told_together(closures: Sequence[ColumnClosure]) -> dict[str, Any]:
    """One or both directions of a column as one answer: every column with its way and distance."""
    first = closures[0]
    reached = [
        {"column": node, "distance": far, "direction": closure.direction.value}
        for closure in closures
        for node, far in closure.columns
    ]
    return {
        "start": first.start,
        "direction": first.direction.value if len(closures) == 1 else "both",
        "columns": sorted(reached, key=lambda one: one["distance"]),
        "datasets": list({node.id: node for c in closures for node in c.datasets}.values()),
        "links": list({link.id: link for c in closures for link in c.links}.values()),
        "truncated": any(closure.truncated for closure in closures),
    }


def _past_links(
    principal: Principal,
    columns: Mapping[int, ColumnNode],
    kinds: Sequence[EdgeKind],
    at: dt.datetime,
) -> list[ColumnLink]:
    """The edges among columns, and from them to whole datasets, as they were."""
    visible = set(visible_datasets(principal).values_list("pk", flat=True))
    history = history_model(ColumnEdge).objects.filter(
        source__in=id_list({node.dataset_id for node in columns.values()}),
        source_column__in=id_list(columns),
        kind__in=kinds,
    )
    rows = [
        row
        for row in rows_as_of(history, at)
        if row["target_id"] in visible
        and (row["target_column_id"] is None or row["target_column_id"] in columns)
    ]
    rows = without_hidden_expressions(principal, rows, at)
    return [
        past_link(row, columns[row["source_column_id"]], columns.get(row["target_column_id"]))
        for row in sorted(rows, key=lambda row: row["id"])
    ]


def past_link(row: Mapping[str, Any], source: ColumnNode, target: ColumnNode | None) -> ColumnLink:
    """An edge out of its history."""
    return ColumnLink(
        id=row["id"],
        source_id=row["source_id"],
        source_column=source,
        target_id=row["target_id"],
        target_column=target,
        kind=row["kind"],
        subtype=row["subtype"],
        confidence=row["confidence"],
        reason=row["reason"],
        transformation=row["transformation"],
        masking=row["masking"],
        preparations=tuple(row["preparations"] or ()),
        span=_span(row["span_start"], row["span_end"]),
        since=row["since"],
        is_rollup=bool(row.get("is_rollup")),
    )


def _node(column: Column) -> ColumnNode:
    return ColumnNode(column.pk, column.path, column.physical_type, column.dataset_id)

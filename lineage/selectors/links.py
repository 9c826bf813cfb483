"""Nodes and links among datasets that a walk has found: facts in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count

from catalog.errors import NotFound
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from lineage.models import DatasetEdge, Statement
from lineage.selectors.answers import Direction, Link, Node
from lineage.selectors.walking import id_list
from lineage.types import STATED, StatementStatus

_EDGE = ("source_id", "target_id", "is_direct", "confidence", "reason")


def nodes_of(principal: Principal, ids: Iterable[int]) -> dict[int, Node]:
    """The visible datasets with these ids; the others are absent."""
    known = set(ids)
    if not known:
        return {}
    wanted = id_list(known)
    statuses: dict[int, StatementStatus] = {}
    # A query that ran is somebody's question, not the dataset's own statement.
    own = Statement.objects.filter(dataset__in=wanted).exclude(kind=Statement.Kind.QUERY)
    poor = own.exclude(status=StatementStatus.PARSED)
    for dataset_id, word in poor.order_by().values_list("dataset_id", "status"):
        if statuses.get(dataset_id) is not StatementStatus.UNPARSED:
            statuses[dataset_id] = StatementStatus(word)
    rows = (
        visible_datasets(principal)
        .filter(pk__in=wanted)
        .order_by("pk")
        .values_list(
            "pk",
            "name",
            "display_name",
            "qualified_name",
            "kind",
            "system__display_name",
            "system__qualified_name",
            "disappeared_at",
        )
    )
    return {
        row[0]: Node(
            id=row[0],
            name=row[2] or row[1],
            qualified_name=row[3],
            kind=row[4],
            system=row[5] or row[6],
            status=statuses.get(row[0]),
            disappeared=row[7] is not None,
        )
        for row in rows
    }


def node_of(principal: Principal, dataset_id: int) -> Node:
    """One visible dataset; raises NotFound alike for what does not exist and is not shown."""
    node = nodes_of(principal, [dataset_id]).get(dataset_id)
    if node is None:
        raise NotFound("There is no such dataset.")
    return node


def links_among(ids: Collection[int], *, at: dt.datetime | None = None) -> tuple[Link, ...]:
    """The links between datasets that the caller knows to be visible, now or as of `at`.

    What somebody states counts for `is_direct` only where no SQL says more.
    """
    wanted = id_list(ids)
    if at is None:
        edges = DatasetEdge.objects.filter(source__in=wanted, target__in=wanted).order_by()
        return _merged(edges.values_list(*_EDGE))
    history = history_model(DatasetEdge).objects.filter(source__in=wanted, target__in=wanted)
    return _merged(tuple(row[name] for name in _EDGE) for row in rows_as_of(history, at))


def _merged(edges: Iterable[tuple[Any, ...]]) -> tuple[Link, ...]:
    """One link for each pair of datasets out of the edges of all statements."""
    links: dict[tuple[int, int], tuple[bool, bool, float]] = {}
    for source, target, is_direct, confidence, reason in edges:
        from_sql = reason not in STATED
        known = links.get((source, target))
        if known is not None:
            if known[0] == from_sql:
                is_direct = is_direct or known[1]
            elif known[0]:
                is_direct = known[1]
            from_sql = from_sql or known[0]
            confidence = max(confidence, known[2])
        links[(source, target)] = (from_sql, is_direct, confidence)
    return tuple(
        Link(source, target, is_direct, confidence)
        for (source, target), (_, is_direct, confidence) in sorted(links.items())
    )


def counts_beyond(
    principal: Principal, ids: Collection[int], direction: Direction
) -> dict[int, int]:
    """For each dataset how many visible neighbours on one side are not among `ids`."""
    near, far = ("target", "source") if direction is Direction.UP else ("source", "target")
    rows = (
        DatasetEdge.objects.filter(
            **{f"{near}__in": id_list(ids), f"{far}__in": visible_datasets(principal)}
        )
        .exclude(**{f"{far}__in": id_list(ids)})
        .order_by()
        .values_list(near)
        .annotate(beyond=Count(far, distinct=True))
    )
    return dict(rows)

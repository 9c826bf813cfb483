"""Nodes and links among datasets that a walk has found: facts in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count

from catalog.errors import NotFound
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from lineage.models import DatasetEdge, Statement
from lineage.selectors.answers import Direction, Link, Node
from lineage.selectors.walking import id_list
from lineage.types import ConfidenceReason, StatementStatus

_WORSE = {StatementStatus.PARSED: 0, StatementStatus.DEGRADED: 1, StatementStatus.UNPARSED: 2}


def nodes_of(principal: Principal, ids: Iterable[int]) -> dict[int, Node]:
    """The visible datasets with these ids; the others are absent."""
    wanted = id_list(ids)
    statuses: dict[int, StatementStatus] = {}
    stated = Statement.objects.filter(dataset__in=wanted).order_by()
    for dataset_id, word in stated.values_list("dataset_id", "status"):
        status = StatementStatus(word)
        if _WORSE[status] >= _WORSE[statuses.get(dataset_id, StatementStatus.PARSED)]:
            statuses[dataset_id] = status
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

    A source's own word counts for `is_direct` only where no SQL says more.
    """
    wanted = id_list(ids)
    if at is None:
        edges = DatasetEdge.objects.filter(source__in=wanted, target__in=wanted).order_by()
        return merged_links(
            edges.values("source_id", "target_id", "is_direct", "confidence", "reason")
        )
    history = history_model(DatasetEdge).objects.filter(source__in=wanted, target__in=wanted)
    return merged_links(rows_as_of(history, at))


def merged_links(rows: Iterable[Mapping[str, object]]) -> tuple[Link, ...]:
    """One link for each pair of datasets out of the edges of all statements."""
    read: dict[tuple[int, int], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        read[(int(str(row["source_id"])), int(str(row["target_id"])))].append(row)
    links = []
    for (source, target), edges in sorted(read.items()):
        from_sql = [edge for edge in edges if edge["reason"] != ConfidenceReason.DECLARED]
        links.append(
            Link(
                source=source,
                target=target,
                is_direct=any(edge["is_direct"] for edge in from_sql or edges),
                confidence=max(float(str(edge["confidence"])) for edge in edges),
            )
        )
    return tuple(links)


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

"""The map of a lineage page: some levels each way, what was opened beyond them, and columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from catalog.types import Principal
from lineage.selectors.answers import ColumnLink, ColumnNode, Direction, Link, Node, Traversal
from lineage.selectors.columns import column_counts, column_links_among, columns_by_dataset
from lineage.selectors.links import counts_beyond, links_among, nodes_of
from lineage.selectors.traversal import both_ways
from lineage.selectors.walking import walk_datasets

MOST_NODES = 200


@dataclass(frozen=True, slots=True)
class LineageMap:
    """What is drawn. `beyond_up` and `beyond_down` count neighbours that are not, `column_counts`
    columns; `columns` are those of the datasets that were asked for, `column_links` the edges that
    touch these. In the past, columns are in none of them."""

    start: Node
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    beyond_up: dict[int, int]
    beyond_down: dict[int, int]
    column_counts: dict[int, int]
    columns: dict[int, list[ColumnNode]]
    column_links: tuple[ColumnLink, ...]
    upstream: Traversal
    downstream: Traversal
    truncated: bool


def lineage_map(
    principal: Principal,
    dataset_id: int,
    *,
    up: int = 1,
    down: int = 1,
    opened: Iterable[tuple[Direction, int]] = (),
    with_columns: Collection[int] = (),
    at: dt.datetime | None = None,
) -> LineageMap:
    """The map around a dataset, at most 200 datasets, now or as of `at`.

    `opened` are datasets on the map whose neighbours on one side are drawn as well. Raises
    NotFound for a dataset that may not be seen.
    """
    upstream, downstream = both_ways(principal, dataset_id, at=at)
    wanted = {upstream.start.id: upstream.start}
    for traversal, levels in ((upstream, up), (downstream, down)):
        for level in traversal.levels[:levels]:
            wanted |= {node.id: node for node in level}
    for direction in Direction:
        centers = [pk for way, pk in opened if way is direction and pk in wanted]
        if centers:
            walk = walk_datasets(principal, centers, direction, depth=1, most=MOST_NODES, at=at)
            wanted |= nodes_of(principal, walk.levels.keys() - wanted.keys())
    shown = dict(list(wanted.items())[:MOST_NODES])
    expanded = set(with_columns) & shown.keys() if at is None else set()
    return LineageMap(
        start=upstream.start,
        nodes=tuple(shown.values()),
        links=links_among(shown, at=at),
        beyond_up={} if at else counts_beyond(principal, shown, Direction.UP),
        beyond_down={} if at else counts_beyond(principal, shown, Direction.DOWN),
        column_counts={} if at else column_counts(principal, shown),
        columns=columns_by_dataset(principal, expanded) if expanded else {},
        column_links=tuple(
            link
            for link in (column_links_among(principal, shown) if expanded else ())
            if link.source_id in expanded or link.target_id in expanded
        ),
        upstream=upstream,
        downstream=downstream,
        truncated=len(shown) < len(wanted),
    )

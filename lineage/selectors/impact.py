"""Impact: what a change of a dataset or a column reaches, by which path, and whom to tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from catalog.errors import NotFound
from catalog.models import Column, Ownership
from catalog.types import Principal
from lineage.selectors.answers import (
    Affected,
    ColumnNode,
    Direction,
    Effect,
    Impact,
    OwnerToTell,
)
from lineage.selectors.columns import column_node, column_nodes
from lineage.selectors.links import links_among, nodes_of
from lineage.selectors.reach import COLUMN, DIRECT, WHOLE, Reach
from lineage.selectors.sentences import in_words
from lineage.selectors.traversal import Following, nearest_ways, reached, shortest_paths
from lineage.selectors.walking import (
    MOST_DATASETS,
    MOST_DEPTH,
    Walk,
    id_list,
    walk_columns,
    walk_datasets,
)
from lineage.types import EdgeKind


def dataset_impact(
    principal: Principal, dataset_id: int, *, depth: int = MOST_DEPTH, most: int = MOST_DATASETS
) -> Impact:
    """Every dataset that rests on a dataset, with the columns its values reach.

    Raises NotFound for a dataset that may not be seen.
    """
    walk = walk_datasets(principal, [dataset_id], Direction.DOWN, depth=depth, most=most)
    links = links_among(walk.levels)
    valued = reached(dataset_id, (link for link in links if link.is_direct), Direction.DOWN)
    own = Column.objects.filter(dataset=dataset_id, disappeared_at__isnull=True)
    columns, cut = _columns(principal, own.values_list("pk", flat=True), depth)
    return _impact(
        principal,
        dataset_id,
        None,
        {dataset_id, *walk.levels},
        shortest_paths(dataset_id, links),
        valued,
        columns,
        walk.truncated,
        columns_cut=cut,
    )


def column_impact(
    principal: Principal, column_id: int, *, depth: int = MOST_DEPTH, most: int = MOST_DATASETS
) -> Impact:
    """Every dataset that a column reaches: by its values, or by the rows it decides.

    Where a column decides which rows a dataset has, everything that rests on that dataset is
    reached as well. A `depth` below the most tells only what is at most so many steps away.
    Raises NotFound for a column that may not be seen.
    """
    column = column_node(principal, column_id)
    reach = Reach(principal)
    conditions = reach.walk(column_id, only_values=False, depth=depth)
    values = reach.walk(column_id, only_values=True, depth=depth)
    following, decided = _flows(reach, conditions)
    rows = Walk({}, truncated=False)
    if decided:
        rows = walk_datasets(principal, decided, Direction.DOWN, depth=depth, most=most)
    datasets = {column.dataset_id, *rows.levels}
    datasets.update(far for ways in following.values() for _, far in ways)
    for link in links_among(datasets) if decided else ():
        if link.source in rows.levels:
            following[link.source].append((not link.is_direct, link.target))
    paths = nearest_ways(column.dataset_id, following)
    if depth < MOST_DEPTH:
        paths = {pk: path for pk, path in paths.items() if len(path) <= depth + 1}
    by_dataset: dict[int, list[ColumnNode]] = defaultdict(list)
    reached_columns = values.levels.keys() - {column_id} - values.around
    for node in column_nodes(principal, reached_columns).values():
        by_dataset[node.dataset_id].append(node)
    truncated = values.truncated or conditions.truncated or rows.truncated
    return _impact(
        principal,
        column.dataset_id,
        column,
        datasets,
        paths,
        set(by_dataset),
        by_dataset,
        truncated,
    )


def _flows(reach: Reach, walk: Walk) -> tuple[Following, set[int]]:
    """What runs from some visible columns to others of them, or decides the rows of a dataset, as
    what follows each dataset; and the datasets whose rows are decided."""
    flows = reach.flows(walk)
    # The datasets of the columns were seen on the way to them, those were not.
    decided = reach.visible(target for (_, target), what in flows.items() if what & WHOLE)
    following: Following = defaultdict(list)
    for (source, target), what in flows.items():
        if what & COLUMN or target in decided:
            following[source].append((not what & DIRECT, target))
    return following, decided


def _columns(
    principal: Principal, starts: Iterable[int], depth: int
) -> tuple[dict[int, list[ColumnNode]], bool]:
    """The columns that the values of some columns reach, by dataset, and whether there are more."""
    first = set(starts)
    walk = walk_columns(principal, first, Direction.DOWN, kinds=[EdgeKind.DIRECT], depth=depth)
    found: dict[int, list[ColumnNode]] = defaultdict(list)
    for node in column_nodes(principal, walk.levels.keys() - first).values():
        found[node.dataset_id].append(node)
    return found, walk.truncated


def _impact(
    principal: Principal,
    start_id: int,
    column: ColumnNode | None,
    datasets: Collection[int],
    paths: Mapping[int, tuple[int, ...]],
    valued: Collection[int],
    columns: dict[int, list[ColumnNode]],
    truncated: bool,
    *,
    columns_cut: bool = False,
) -> Impact:
    nodes = nodes_of(principal, datasets)
    start = nodes.get(start_id)
    if start is None:
        raise NotFound("There is no such dataset.")
    found = [pk for pk in paths if pk in nodes and pk != start_id]
    owners = _owners(found)
    affected = [
        Affected(
            node=nodes[pk],
            effect=Effect.VALUES if pk in valued else Effect.ROWS,
            distance=len(paths[pk]) - 1,
            path=tuple(map(nodes.__getitem__, paths[pk])),
            columns=tuple(columns.get(pk, ())),
            owners=tuple(name for name, _ in owners.get(pk, ())),
        )
        for pk in found
    ]
    affected.sort(key=lambda item: (item.distance, item.node.qualified_name))
    told = Counter(owner for pk in found for owner in owners.get(pk, ()))
    subject = f"{start.name}.{column.path}" if column is not None else "this"
    return Impact(
        start=start,
        column=column,
        affected=tuple(affected),
        owners=tuple(
            OwnerToTell(name, is_team, count)
            for (name, is_team), count in sorted(told.items(), key=lambda e: (-e[1], e[0]))
        ),
        sentence=in_words(
            tuple(item.node for item in affected),
            sum(item.effect is Effect.ROWS for item in affected),
            direction=Direction.DOWN,
            truncated=truncated,
            subject=subject,
        ),
        truncated=truncated or columns_cut,
    )


def _owners(dataset_ids: Collection[int]) -> dict[int, list[tuple[str, bool]]]:
    """(name, is a team) of everybody who answers for a dataset, once each, in a stable order."""
    rows = (
        Ownership.objects.filter(dataset__in=id_list(dataset_ids))
        .order_by("dataset", "kind", "pk")
        .values_list("dataset", "person__display_name", "person__username", "team__name")
    )
    found: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for dataset_id, display_name, username, team in rows:
        owner = (display_name or username or team, username is None)
        if owner not in found[dataset_id]:
            found[dataset_id].append(owner)
    return found

"""Impact: what a change of a dataset or a column reaches, by which path, and whom to tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from django.db import connection

from catalog.errors import NotFound
from catalog.models import Column, Ownership
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.selectors.answers import (
    Affected,
    ColumnNode,
    Direction,
    Effect,
    Impact,
    Link,
    OwnerToTell,
)
from lineage.selectors.columns import column_node, column_nodes
from lineage.selectors.links import links_among, nodes_of
from lineage.selectors.sentences import in_words
from lineage.selectors.traversal import reached, shortest_paths
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
    columns = _columns(principal, own.values_list("pk", flat=True), depth)
    return _impact(
        principal,
        dataset_id,
        None,
        {dataset_id, *walk.levels},
        links,
        valued,
        columns,
        walk.truncated,
    )


def column_impact(
    principal: Principal, column_id: int, *, depth: int = MOST_DEPTH, most: int = MOST_DATASETS
) -> Impact:
    """Every dataset that a column reaches: by its values, or by the rows it decides.

    Where a column decides which rows a dataset has, everything that rests on that dataset is
    reached as well. Raises NotFound for a column that may not be seen.
    """
    column = column_node(principal, column_id)
    values = walk_columns(principal, [column_id], Direction.DOWN, kinds=[EdgeKind.DIRECT])
    conditions = walk_columns(principal, [column_id], Direction.DOWN)
    links, decided = _flows(principal, conditions)
    rows = Walk({}, truncated=False)
    if decided:
        rows = walk_datasets(principal, decided, Direction.DOWN, depth=depth, most=most)
    datasets = {column.dataset_id, *rows.levels, *(link.target for link in links)}
    if decided:
        links += [link for link in links_among(datasets) if link.source in rows.levels]
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
        links,
        set(by_dataset),
        by_dataset,
        truncated,
    )


_FLOWS = """
    SELECT source_id, target_id, bool_or(kind = 'DIRECT'), bool_or(target_column_id IS NULL),
        bool_or(target_column_id IS NOT NULL)
    FROM lineage_columnedge
    WHERE source_column_id = ANY(%s)
        AND (target_column_id IS NULL OR target_column_id = ANY(%s))
        {only}
    GROUP BY source_id, target_id ORDER BY source_id, target_id
"""


_NOT_OF_OTHER_FIELDS = "AND NOT (is_rollup AND source_column_id = ANY(%s))"


def _flows(principal: Principal, walk: Walk) -> tuple[list[Link], set[int]]:
    """What runs from some visible columns to others of them, or decides the rows of a dataset, as
    links between datasets; and the datasets whose rows are decided."""
    wanted = sorted(walk.levels)
    around = [sorted(walk.around)] if walk.around else []
    with connection.cursor() as cursor:
        statement = _FLOWS.format(only=_NOT_OF_OTHER_FIELDS if around else "")
        cursor.execute(statement, [wanted, wanted, *around])
        flows = cursor.fetchall()
    decided = {target for _, target, _, is_whole, _ in flows if is_whole}
    if decided:  # the datasets of the columns were seen on the way to them, those were not
        seen = visible_datasets(principal).filter(pk__in=id_list(decided))
        decided = set(seen.order_by().values_list("pk", flat=True))
    links = [
        Link(source, target, is_direct, 1.0)
        for source, target, is_direct, _, has_columns in flows
        if has_columns or target in decided
    ]
    return links, decided


def _columns(
    principal: Principal, starts: Iterable[int], depth: int
) -> dict[int, list[ColumnNode]]:
    """The columns that the values of some columns reach, by dataset."""
    first = set(starts)
    walk = walk_columns(principal, first, Direction.DOWN, kinds=[EdgeKind.DIRECT], depth=depth)
    found: dict[int, list[ColumnNode]] = defaultdict(list)
    for node in column_nodes(principal, walk.levels.keys() - first).values():
        found[node.dataset_id].append(node)
    return found


def _impact(
    principal: Principal,
    start_id: int,
    column: ColumnNode | None,
    datasets: Collection[int],
    links: Iterable[Link],
    valued: Collection[int],
    columns: dict[int, list[ColumnNode]],
    truncated: bool,
) -> Impact:
    nodes = nodes_of(principal, datasets)
    start = nodes.get(start_id)
    if start is None:
        raise NotFound("There is no such dataset.")
    paths = shortest_paths(start_id, links)
    found = [pk for pk in paths if pk in nodes and pk != start_id]
    owners = _owners(found)
    affected = [
        Affected(
            node=nodes[pk],
            effect=Effect.VALUES if pk in valued else Effect.ROWS,
            distance=len(paths[pk]) - 1,
            path=tuple(nodes[step] for step in paths[pk]),
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
        truncated=truncated,
    )


def _owners(dataset_ids: Collection[int]) -> dict[int, list[tuple[str, bool]]]:
    """(name, is a team) of everybody who answers for a dataset, once each, in a stable order."""
    rows = (
        Ownership.objects.filter(dataset__in=id_list(dataset_ids))
        .select_related("person", "team")
        .order_by("dataset", "kind", "pk")
    )
    found: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for row in rows:
        owner = (str(row.owner), row.team_id is not None)
        if owner not in found[row.dataset_id]:
            found[row.dataset_id].append(owner)
    return found

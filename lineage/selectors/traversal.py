"""Up, down and between: datasets level by level, shortest paths, and the sentence above them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from catalog.errors import NotFound
from catalog.types import Principal
from lineage.selectors.answers import Direction, Link, Neighbours, Node, Paths, Traversal
from lineage.selectors.links import links_among, node_of, nodes_of
from lineage.selectors.walking import MOST_DATASETS, MOST_DEPTH, Walk, walk_datasets

MOST_PATHS = 20


def neighbours(
    principal: Principal, dataset_id: int, *, at: dt.datetime | None = None
) -> Neighbours:
    """One step each way; raises NotFound for a dataset that may not be seen."""
    node_of(principal, dataset_id)
    up = walk_datasets(principal, [dataset_id], Direction.UP, depth=1, at=at).at(1)
    down = walk_datasets(principal, [dataset_id], Direction.DOWN, depth=1, at=at).at(1)
    nodes = nodes_of(principal, {*up, *down})
    links = links_among({dataset_id, *nodes}, at=at)
    return Neighbours(
        upstream=tuple(nodes[pk] for pk in up if pk in nodes),
        downstream=tuple(nodes[pk] for pk in down if pk in nodes),
        links=tuple(link for link in links if dataset_id in (link.source, link.target)),
    )


def upstream(
    principal: Principal,
    dataset_id: int,
    *,
    depth: int = MOST_DEPTH,
    most: int = MOST_DATASETS,
    at: dt.datetime | None = None,
) -> Traversal:
    """Where the data of a dataset comes from. `depth` is at most 20."""
    return traverse(principal, dataset_id, Direction.UP, depth=depth, most=most, at=at)


def downstream(
    principal: Principal,
    dataset_id: int,
    *,
    depth: int = MOST_DEPTH,
    most: int = MOST_DATASETS,
    at: dt.datetime | None = None,
) -> Traversal:
    """Where the data of a dataset goes. `depth` is at most 20."""
    return traverse(principal, dataset_id, Direction.DOWN, depth=depth, most=most, at=at)


def traverse(
    principal: Principal,
    dataset_id: int,
    direction: Direction,
    *,
    depth: int = MOST_DEPTH,
    most: int = MOST_DATASETS,
    at: dt.datetime | None = None,
) -> Traversal:
    """`upstream` or `downstream`; raises NotFound for a dataset that may not be seen."""
    walk = walk_datasets(principal, [dataset_id], direction, depth=depth, most=most, at=at)
    nodes = nodes_of(principal, {dataset_id, *walk.levels})
    return _traversal(dataset_id, direction, walk, nodes, links_among(nodes, at=at))


def both_ways(
    principal: Principal, dataset_id: int, *, at: dt.datetime | None = None
) -> tuple[Traversal, Traversal]:
    """`upstream` and `downstream` in full, with nodes and links read once for both."""
    walks = {
        direction: walk_datasets(principal, [dataset_id], direction, at=at)
        for direction in (Direction.UP, Direction.DOWN)
    }
    nodes = nodes_of(
        principal, {dataset_id, *(pk for walk in walks.values() for pk in walk.levels)}
    )
    links = links_among(nodes, at=at)
    up, down = (
        _traversal(
            dataset_id,
            direction,
            walk,
            nodes,
            tuple(x for x in links if x.source in walk.levels and x.target in walk.levels),
        )
        for direction, walk in walks.items()
    )
    return up, down


def _traversal(
    dataset_id: int,
    direction: Direction,
    walk: Walk,
    nodes: Mapping[int, Node],
    links: tuple[Link, ...],
) -> Traversal:
    if dataset_id not in nodes:
        raise NotFound("There is no such dataset.")
    return Traversal(
        start=nodes[dataset_id],
        direction=direction,
        levels=levels_of(walk, nodes),
        links=links,
        truncated=walk.truncated,
    )


def levels_of(walk: Walk, nodes: Mapping[int, Node]) -> tuple[tuple[Node, ...], ...]:
    """The nodes of a walk by their distance, without the start."""
    levels: list[list[Node]] = [[] for _ in range(max(walk.levels.values(), default=0) + 1)]
    for pk in sorted(walk.levels):
        if pk in nodes:
            levels[walk.levels[pk]].append(nodes[pk])
    return tuple(map(tuple, levels[1:]))


def shortest_paths(
    start: int, links: Iterable[Link], direction: Direction = Direction.DOWN
) -> dict[int, tuple[int, ...]]:
    """For every dataset that the links reach one shortest path from the start, both included.

    Among equally short ones that over values is preferred, then the oldest datasets.
    """
    following: Following = defaultdict(list)
    for link in links:
        near, far = _ends(link, direction)
        following[near].append((not link.is_direct, far))
    return nearest_ways(start, following)


Following: TypeAlias = dict[int, list[tuple[bool, int]]]
"""For a dataset the next ones, each with whether it is reached by conditions alone."""


def nearest_ways(start: int, following: Following) -> dict[int, tuple[int, ...]]:
    """The same where it is known what follows what."""
    paths: dict[int, tuple[int, ...]] = {start: (start,)}
    frontier = [start]  # in the order of their paths, which are equally long
    while frontier:
        offers: dict[int, tuple[bool, int]] = {}
        for place, pk in enumerate(frontier):
            for is_indirect, far in following.get(pk, ()):
                if far not in paths:
                    offer = (is_indirect, place)
                    if far not in offers or offer < offers[far]:
                        offers[far] = offer
        nearest = sorted((place, far) for far, (_, place) in offers.items())
        for place, far in nearest:
            paths[far] = (*paths[frontier[place]], far)
        frontier = [far for _, far in nearest]
    return paths


def reached(start: int, links: Iterable[Link], direction: Direction) -> set[int]:
    """Every dataset but the start that the links reach."""
    following: dict[int, list[int]] = defaultdict(list)
    for link in links:
        near, far = _ends(link, direction)
        following[near].append(far)
    found = {start}
    waiting = [start]
    while waiting:
        fresh = [far for far in following[waiting.pop()] if far not in found]
        found.update(fresh)
        waiting += fresh
    return found - {start}


def paths_between(
    principal: Principal,
    source_id: int,
    target_id: int,
    *,
    depth: int = MOST_DEPTH,
    at: dt.datetime | None = None,
) -> Paths:
    """The shortest ways by which data of one dataset reaches another, at most 20 of them.

    Now or as of `at`. Raises NotFound for a dataset that may not be seen.
    """
    node_of(principal, source_id)
    node_of(principal, target_id)
    down = walk_datasets(principal, [source_id], Direction.DOWN, depth=depth, at=at)
    up = walk_datasets(principal, [target_id], Direction.UP, depth=depth, at=at)
    truncated = down.truncated or up.truncated
    # Every dataset on a path is below the one and above the other.
    common = down.levels.keys() & up.levels.keys()
    if not common:
        return Paths((), (), (), truncated)
    nodes = nodes_of(principal, {*common, source_id, target_id})
    links = links_among(nodes, at=at)
    paths = _all_shortest(source_id, target_id, links)
    truncated = truncated or len(paths) > MOST_PATHS
    return Paths(
        shortest=tuple(tuple(nodes[pk] for pk in path) for path in paths[:MOST_PATHS]),
        between=tuple(nodes[pk] for pk in sorted(nodes)),
        links=links,
        truncated=truncated,
    )


def _all_shortest(start: int, end: int, links: Collection[Link]) -> list[tuple[int, ...]]:
    """All of them, or one more than the 20 that are told."""
    distance = {pk: len(path) for pk, path in shortest_paths(start, links).items()}
    before: dict[int, list[int]] = defaultdict(list)
    for link in links:
        if distance.get(link.source, 0) + 1 == distance.get(link.target):
            before[link.target].append(link.source)
    if end not in distance:
        return []
    paths: list[tuple[int, ...]] = [(end,)]
    for _ in range(distance[end] - 1):
        longer = [(pk, *path) for path in paths for pk in sorted(before[path[0]])]
        paths = longer[: MOST_PATHS + 1]
    return paths


def _ends(link: Link, direction: Direction) -> tuple[int, int]:
    if direction is Direction.DOWN:
        return link.source, link.target
    return link.target, link.source

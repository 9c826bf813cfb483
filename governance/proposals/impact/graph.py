"""How far a change reaches: a breadth-first walk over columns and datasets, with shortest paths.

A node is a column, by its id, or a whole dataset, by its id negated. A column leads to the columns
made from it and, where it decides which rows a dataset has, to that whole dataset; it leads to a
whole dataset as well where only the datasets are known to be connected. A whole dataset leads to
every whole dataset that reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Facts(NamedTuple):
    """What has to be known of a dataset to judge it.

    `governed` says in words why a change of it needs its owner's signature; empty when it does
    not. An ended dataset is archived or gone; a hub is a utility that everything uses.
    """

    id: int
    name: str
    domain_id: int | None
    system_id: int
    kind: str
    governed: tuple[str, ...] = ()
    is_ended: bool = False
    is_hub: bool = False


class Found(NamedTuple):
    """A node one step on; `rank` is the smallest among the nodes of the frontier leading to it."""

    node: int
    dataset_id: int
    rank: int


class Graph(Protocol):
    """What a walk asks of the lineage, wherever it is kept."""

    def following(self, frontier: Sequence[Found]) -> Iterable[Found]:
        """The nodes one step after those of the frontier, once each."""
        ...

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """Facts by dataset; one that may not be seen is absent and is never entered."""
        ...


@dataclass(slots=True)
class Reach:
    """What a walk found.

    `steps[n][rank]` is a dataset with the rank of its predecessor in `steps[n - 1]`: each rank is
    one way through datasets, and ranks follow the alphabetical order of the ways. `nearest` gives
    each dataset its distance and rank. `columns` are those reached as columns, without the starts.
    `excluded` are hubs: named, never passed. `behind` maps what reads a hub that is itself changed
    to that hub. `ended` are archived datasets at which the walk stopped.
    """

    facts: dict[int, Facts] = field(default_factory=dict)
    steps: list[list[tuple[int, int]]] = field(default_factory=list)
    nearest: dict[int, tuple[int, int]] = field(default_factory=dict)
    columns: set[int] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)
    behind: dict[int, int] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def distance(self, dataset_id: int) -> int:
        """Steps from the nearest start; one more than the hub for what lies behind one."""
        if dataset_id in self.nearest:
            return self.nearest[dataset_id][0]
        return self.nearest[self.behind[dataset_id]][0] + 1

    def path(self, dataset_id: int) -> tuple[int, ...]:
        """The shortest way from a start to the dataset, both included; of equally short ones the
        alphabetically first."""
        if dataset_id not in self.nearest:
            return (*self.path(self.behind[dataset_id]), dataset_id)
        level, rank = self.nearest[dataset_id]
        way: list[int] = []
        while level >= 0:
            at, rank = self.steps[level][rank]
            if not way or way[-1] != at:  # a dataset that also reads itself is named once
                way.append(at)
            level -= 1
        return tuple(reversed(way))

    def consumers(self) -> list[int]:
        """Datasets that rest on a start, hubs left out; starts themselves are none."""
        return [pk for pk, (level, _) in self.nearest.items() if level and pk not in self.excluded]


def walk(graph: Graph, starts: Iterable[tuple[int, int]]) -> Reach:
    """Everything after `starts`, pairs of a node and its dataset.

    A start that is ended or a hub is found but not passed; of a hub that is changed itself, who
    reads it at once is kept in `behind`.
    """
    state = _Walk(graph)
    frontier = state.enter([Found(node, dataset_id, 0) for node, dataset_id in starts])
    hubs = [found for found in state.entered if found.dataset_id in state.reach.excluded]
    while frontier:
        frontier = state.enter(graph.following(frontier))
    if hubs:
        state.look_behind(graph.following(hubs))
    return state.reach


class _Walk:
    """The state of one walk; `closed` are datasets that are never entered (again)."""

    def __init__(self, graph: Graph) -> None:
        self.reach = Reach()
        self.entered: list[Found] = []
        self._graph = graph
        self._seen: set[int] = set()
        self._whole: set[int] = set()
        self._closed: set[int] = set()

    def enter(self, found: Iterable[Found]) -> list[Found]:
        """Take the next level in; returns what of it the walk goes on from."""
        reach = self.reach
        new = [
            item
            for item in found
            if item.node not in self._seen
            and item.dataset_id not in self._whole
            and item.dataset_id not in self._closed
        ]
        self._learn(new)
        facts = reach.facts
        level = len(reach.steps)
        new = [item for item in new if item.dataset_id in facts]
        if level:
            reach.ended |= {item.dataset_id for item in new if facts[item.dataset_id].is_ended}
            new = [item for item in new if item.dataset_id not in reach.ended]
        ways = sorted({(item.rank, facts[item.dataset_id].name, item.dataset_id) for item in new})
        ranks = {(before, pk): rank for rank, (before, _, pk) in enumerate(ways)}
        if not ways:
            return []
        reach.steps.append([(pk, before) for before, _, pk in ways])
        self.entered = [item._replace(rank=ranks[(item.rank, item.dataset_id)]) for item in new]
        for (_, pk), rank in ranks.items():
            reach.nearest.setdefault(pk, (level, rank))
        for item in self.entered:
            self._seen.add(item.node)
            if item.node < 0:
                self._whole.add(item.dataset_id)
            elif level:
                reach.columns.add(item.node)
        return [item for item in self.entered if not self._ends_at(item.dataset_id)]

    def look_behind(self, found: Iterable[Found]) -> None:
        """Keep who reads a changed hub and was not reached otherwise."""
        new = [item for item in found if item.dataset_id not in self.reach.nearest]
        self._learn(new)
        first = self.reach.steps[0]
        for item in sorted(new, key=lambda item: item.rank):
            facts = self.reach.facts.get(item.dataset_id)
            if facts is not None and not facts.is_ended:
                self.reach.behind.setdefault(item.dataset_id, first[item.rank][0])

    def _learn(self, found: Sequence[Found]) -> None:
        unknown = {item.dataset_id for item in found} - self.reach.facts.keys() - self._closed
        if not unknown:
            return
        known = self._graph.facts(unknown)
        self._closed |= unknown - known.keys()
        self.reach.facts.update(known)

    def _ends_at(self, dataset_id: int) -> bool:
        facts = self.reach.facts[dataset_id]
        if facts.is_ended:
            self.reach.ended.add(dataset_id)
        elif facts.is_hub:
            self.reach.excluded.add(dataset_id)
        else:
            return False
        self._closed.add(dataset_id)
        return True


class MemoryGraph:
    """The whole lineage in dictionaries.

    `column_edges` are (source dataset, source column, target dataset, target column or None),
    `dataset_edges` pairs of datasets.
    """

    def __init__(
        self,
        facts: Mapping[int, Facts],
        column_edges: Iterable[tuple[int, int, int, int | None]],
        dataset_edges: Iterable[tuple[int, int]],
    ) -> None:
        self._facts = facts
        self._columns: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self._whole: dict[int, set[int]] = defaultdict(set)
        self._unexplained: dict[int, set[int]] = defaultdict(set)
        for source, column, target, filled in column_edges:
            self._columns[column].add((-target if filled is None else filled, target))
            self._whole[source].add(target)
        for source, target in dataset_edges:
            if target not in self._whole[source]:
                self._unexplained[source].add(target)
        for source, targets in self._unexplained.items():
            self._whole[source] |= targets

    def following(self, frontier: Sequence[Found]) -> Iterable[Found]:
        """See `Graph`."""
        found: dict[int, Found] = {}
        for item in frontier:
            for node, dataset_id in self._after(item):
                known = found.get(node)
                if known is None or item.rank < known.rank:
                    found[node] = Found(node, dataset_id, item.rank)
        return found.values()

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """See `Graph`."""
        return {pk: self._facts[pk] for pk in dataset_ids if pk in self._facts}

    def _after(self, item: Found) -> Iterable[tuple[int, int]]:
        if item.node < 0:
            return ((-target, target) for target in self._whole[item.dataset_id])
        unexplained = self._unexplained[item.dataset_id]
        return (*self._columns[item.node], *((-target, target) for target in unexplained))

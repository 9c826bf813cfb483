"""How far a change reaches: a breadth-first walk over columns and datasets, with shortest paths.

A node is a column, by its id, or a whole dataset, by its id negated. A column leads to the columns
made from it and, where it decides which rows a dataset has, to that whole dataset; it leads to a
whole dataset as well where only the datasets are known to be connected. A whole dataset leads to
every whole dataset that reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from catalog.names import split_parts


class Facts(NamedTuple):
    """What has to be known of a dataset to judge it.

    `governed` says in words why a change of it needs its owner's signature; empty when it does
    not. An ended dataset is archived or gone; a hub is a utility that everything uses.
    """

    id: int
    qualified_name: str
    domain_id: int | None
    system_id: int
    kind: str
    governed: tuple[str, ...] = ()
    is_ended: bool = False
    is_hub: bool = False

    @property
    def name(self) -> str:
        """What people call it: the last two parts of its name, `core.dim_customer`."""
        if '"' not in self.qualified_name:
            return ".".join(self.qualified_name.rpartition("/")[2].split(".")[-2:])
        parts = self.qualified_name.partition("://")[2].partition("/")[2]
        return ".".join(split_parts(parts)[-2:])


class Graph(Protocol):
    """What a walk asks of the lineage, wherever it is kept.

    `homes` maps every column that was a start, or that `after` named, to its dataset.
    """

    homes: dict[int, int]

    def after(self, nodes: Collection[int]) -> Collection[int]:
        """The nodes that are one step after any of these."""
        ...

    def between(self, nodes: Set[int], into: Collection[int]) -> Mapping[int, Set[int]]:
        """Those of `nodes` that lead to one of `into` in one step, each with the ones it leads to;
        all of them are known to the graph from `after`."""
        ...

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """Facts by dataset; one that may not be seen is absent and is never entered."""
        ...


@dataclass(slots=True)
class Reach:
    """What a walk found.

    `levels` are the nodes by their distance from the nearest start, `distances` the same for
    datasets. `excluded` are hubs: named, never passed. `behind` maps what reads a hub that is
    itself changed, and was not reached otherwise, to that hub. `ended` are archived datasets at
    which the walk stopped.
    """

    graph: Graph
    facts: dict[int, Facts] = field(default_factory=dict)
    levels: list[set[int]] = field(default_factory=list)
    distances: dict[int, int] = field(default_factory=dict)
    excluded: set[int] = field(default_factory=set)
    behind: dict[int, int] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def distance(self, dataset_id: int) -> int:
        """Steps from the nearest start; one more than the hub for what lies behind one."""
        if dataset_id in self.distances:
            return self.distances[dataset_id]
        return self.distances[self.behind[dataset_id]] + 1

    def holds(self, dataset_id: int) -> bool:
        """Whether the dataset was found at all."""
        return dataset_id in self.distances or dataset_id in self.behind

    def consumers(self) -> list[int]:
        """Datasets that rest on a start, hubs left out; starts themselves are none."""
        return [pk for pk, level in self.distances.items() if level and pk not in self.excluded]

    def columns(self) -> set[int]:
        """The columns reached as columns, without the starts."""
        return {node for level in self.levels[1:] for node in level if node > 0}

    def paths(self, dataset_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The shortest way from a start to each dataset, both included; of equally short ones the
        alphabetically first, dataset by dataset.

        Where a dataset is reached as a whole, ways go on from it as a whole and not from single
        columns of it that were reached as soon: following those as well would make a walk over
        all a company's lineage a quarter slower, to name another way of the same length.
        """
        wanted = set(dataset_ids)
        near = {self.behind.get(pk, pk) for pk in wanted}
        ways = _Ways(self, near)
        found = {pk: ways.to(pk) for pk in near}
        for pk in wanted - found.keys():
            found[pk] = (*found[self.behind[pk]], pk)
        return {pk: found[pk] for pk in wanted}


def walk(graph: Graph, starts: Iterable[int]) -> Reach:
    """Everything after the nodes `starts`.

    A start that is ended or a hub is found but not passed; of a hub that is changed itself, who
    reads it at once is kept in `behind`.
    """
    state = _Walk(graph)
    first = set(starts)
    frontier = state.enter(first)
    hubs = {node for node in first if home(graph, node) in state.reach.excluded}
    while frontier:
        frontier = state.enter(set(graph.after(frontier)))
    state.look_behind(hubs)
    return state.reach


def home(graph: Graph, node: int) -> int:
    """The dataset of a node."""
    return -node if node < 0 else graph.homes[node]


class _Walk:
    """The state of one walk; `closed` are datasets that are never entered (again)."""

    def __init__(self, graph: Graph) -> None:
        self.reach = Reach(graph)
        self._graph = graph
        self._seen: set[int] = set()
        self._closed: set[int] = set()

    def enter(self, nodes: set[int]) -> set[int]:
        """Take the next level in; returns what of it the walk goes on from."""
        reach, seen, closed, home = self.reach, self._seen, self._closed, self._graph.homes
        # A column of a dataset that was reached as a whole leads nowhere new.
        homes = {
            node: pk
            for node in nodes - seen
            if (pk := -node if node < 0 else home[node]) not in closed
            and (node < 0 or -pk not in seen)
        }
        self._learn(homes.values())
        level, facts = len(reach.levels), reach.facts
        here = set(homes.values()) & facts.keys()
        ended = {pk for pk in here if facts[pk].is_ended}
        hubs = {pk for pk in here - ended if facts[pk].is_hub}
        reach.ended |= ended
        reach.excluded |= hubs
        closed |= ended | hubs
        entered = here - ended if level else here
        found = {node for node, pk in homes.items() if pk in entered}
        if found:
            reach.levels.append(found)
        for pk in entered:
            reach.distances.setdefault(pk, level)
        seen |= found
        # A column leads to nothing that its dataset, reached as a whole, does not lead to.
        return {
            node
            for node in found
            if (pk := homes[node]) not in closed and (node < 0 or -pk not in found)
        }

    def look_behind(self, hubs: Iterable[int]) -> None:
        """Keep who reads a changed hub and was not reached otherwise."""
        reach = self.reach
        readers: dict[tuple[str, int], set[int]] = defaultdict(set)
        for start in hubs:
            hub = home(self._graph, start)
            nodes = self._graph.after([start])
            readers[reach.facts[hub].name, hub] |= {home(self._graph, node) for node in nodes}
        self._learn(set().union(*readers.values()))
        for (_, hub), found in sorted(readers.items()):
            for pk in found:
                facts = reach.facts.get(pk)
                if facts is not None and not facts.is_ended and pk not in reach.distances:
                    reach.behind.setdefault(pk, hub)

    def _learn(self, datasets: Iterable[int]) -> None:
        unknown = set(datasets) - self.reach.facts.keys() - self._closed
        if unknown:
            known = self._graph.facts(unknown)
            self._closed |= unknown - known.keys()
            self.reach.facts.update(known)


class _Ways:
    """The shortest ways to some datasets, and of each the alphabetically first.

    Going back from the datasets, `useful` keeps the nodes of each level that lie on a shortest way
    to one of them, and `leads` what of the next level's each leads to; going forth, those alone are
    ranked: a rank stands for one way through datasets and ranks follow the alphabetical order of
    the ways.
    """

    def __init__(self, reach: Reach, dataset_ids: Collection[int]) -> None:
        self._reach = reach
        self._steps: list[list[tuple[int, int]]] = []
        self._ranks: dict[int, tuple[int, int]] = {}
        self._leads: dict[int, Set[int]] = {}
        useful = self._useful(dataset_ids)
        before = dict.fromkeys(useful[0], 0) if useful else {}
        for nodes in (*useful[1:], set()):
            before = self._lead_on(self._rank(before), nodes)

    def to(self, dataset_id: int) -> tuple[int, ...]:
        """The way to one of the datasets."""
        level, rank = self._ranks[dataset_id]
        way: list[int] = []
        while level >= 0:
            at, rank = self._steps[level][rank]
            if not way or way[-1] != at:  # a dataset that also reads itself is named once
                way.append(at)
            level -= 1
        return tuple(reversed(way))

    def _useful(self, dataset_ids: Collection[int]) -> list[set[int]]:
        reach, graph = self._reach, self._reach.graph
        goals: dict[int, set[int]] = defaultdict(set)
        for pk in dataset_ids:
            goals[reach.distances[pk]].add(pk)
        useful: list[set[int]] = []
        after: set[int] = set()
        closed = reach.excluded | reach.ended
        for level in range(max(goals, default=-1), -1, -1):
            here, wanted = reach.levels[level], goals[level]
            leads = {
                node: nodes
                for node, nodes in graph.between(here, after).items()
                if home(graph, node) not in closed
            }
            self._leads |= leads  # a node is of one level
            nodes = set(leads)
            if wanted:
                nodes |= {node for node in here if home(graph, node) in wanted}
            useful.append(nodes)
            after = nodes
        return useful[::-1]

    def _rank(self, before: Mapping[int, int]) -> dict[int, int]:
        """The ranks of a level's nodes, given the best rank that leads to each."""
        graph, facts = self._reach.graph, self._reach.facts
        keys = {
            node: (rank, facts[pk].name, pk)
            for node, rank in before.items()
            if (pk := home(graph, node))
        }
        ways = sorted(set(keys.values()))
        ranks = {way: rank for rank, way in enumerate(ways)}
        level = len(self._steps)
        self._steps.append([(pk, rank) for rank, _, pk in ways])
        for (_, _, pk), rank in ranks.items():
            if self._reach.distances[pk] == level:
                self._ranks.setdefault(pk, (level, rank))
        return {node: ranks[key] for node, key in keys.items()}

    def _lead_on(self, ranks: Mapping[int, int], nodes: set[int]) -> dict[int, int]:
        """For each useful node of the next level the best rank that leads to it."""
        best: dict[int, int] = {}
        for node, rank in sorted(ranks.items(), key=lambda item: item[1]) if nodes else ():
            for after in nodes & self._leads.get(node, frozenset()):
                best.setdefault(after, rank)
        return best


class MemoryGraph:
    """The whole lineage in dictionaries.

    `column_edges` are (source dataset, source column, target dataset, target column or None),
    `dataset_edges` pairs of datasets; every edge between columns has one between its datasets.
    """

    def __init__(
        self,
        facts: Mapping[int, Facts],
        column_edges: Iterable[tuple[int, int, int, int | None]],
        dataset_edges: Iterable[tuple[int, int]],
        homes: Mapping[int, int],
    ) -> None:
        self._facts = facts
        self.homes = dict(homes)
        self._columns: dict[int, set[int]] = defaultdict(set)
        explained: dict[int, set[int]] = defaultdict(set)
        for source, column, target, filled in column_edges:
            self._columns[column].add(-target if filled is None else filled)
            explained[source].add(-target)
        self._whole: dict[int, set[int]] = defaultdict(set)
        for source, target in dataset_edges:
            self._whole[source].add(-target)
        self._unexplained = {pk: found - explained[pk] for pk, found in self._whole.items()}

    def after(self, nodes: Collection[int]) -> Collection[int]:
        """See `Graph`."""
        return set().union(*map(self._after, nodes))

    def between(self, nodes: Set[int], into: Collection[int]) -> Mapping[int, Set[int]]:
        """See `Graph`."""
        wanted = set(into)
        return {node: found for node in nodes if (found := self._after(node) & wanted)}

    def _after(self, node: int) -> set[int]:
        if node < 0:
            return self._whole.get(-node, set())
        return self._columns.get(node, set()) | self._unexplained.get(self.homes[node], set())

    def facts(self, dataset_ids: Collection[int]) -> Mapping[int, Facts]:
        """See `Graph`."""
        return {pk: self._facts[pk] for pk in dataset_ids if pk in self._facts}

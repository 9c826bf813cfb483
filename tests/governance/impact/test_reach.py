"""The walk against brute force: every way written out, nothing cut short, nothing remembered."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.models import Column, Dataset
from catalog.types import Lifecycle
from governance.proposals.impact.graph import Facts, MemoryGraph, Reach, walk
from governance.proposals.impact.must_sign import Party, PartyKind, Question, must_sign
from governance.proposals.selectors.impact.edges import StoredGraph
from governance.types import SignerRole
from lineage.models import ColumnEdge, DatasetEdge, Statement
from tests.factories import DomainFactory
from tests.governance.impact.world import EVERYTHING, tagged
from tests.lineage.graphs import datasets

COLUMNS = 2  # of each dataset


@dataclass(frozen=True)
class World:
    """Datasets 1 to n, dataset d with the columns 100 d and 100 d + 1."""

    facts: dict[int, Facts]
    hidden: frozenset[int]
    column_edges: frozenset[tuple[int, int, int, int | None]]
    dataset_edges: frozenset[tuple[int, int]]
    starts: tuple[tuple[int, int], ...]
    homes: dict[int, int]

    @property
    def visible(self) -> dict[int, Facts]:
        return {pk: facts for pk, facts in self.facts.items() if pk not in self.hidden}

    def graph(self) -> MemoryGraph:
        return MemoryGraph(self.visible, self.column_edges, self.dataset_edges, self.homes)


def _node(dataset: int, column: int | None) -> int:
    return -dataset if column is None else 100 * dataset + column


@st.composite
def worlds(draw: st.DrawFn) -> World:
    size = draw(st.integers(2, 6))
    pks = range(1, size + 1)
    names = draw(st.permutations([chr(96 + pk) for pk in pks]))
    facts = {
        pk: Facts(
            id=pk,
            qualified_name=names[pk - 1],
            domain_id=draw(st.sampled_from([None, 1, 2, 3])),
            system_id=1,
            kind="table",
            governed=draw(st.sampled_from([(), ("curated",)])),
            is_ended=draw(st.integers(0, 9)) == 0,
            is_hub=draw(st.integers(0, 7)) == 0,
        )
        for pk in pks
    }
    dataset = st.integers(1, size)
    column = st.integers(0, COLUMNS - 1)
    edges = draw(
        st.frozensets(st.tuples(dataset, column, dataset, st.none() | column), max_size=12)
    )
    starts = draw(
        st.lists(st.tuples(dataset, st.none() | column), min_size=1, max_size=3, unique=True)
    )
    return World(
        facts=facts,
        hidden=draw(st.frozensets(dataset, max_size=1)),
        column_edges=frozenset(
            (s, _node(s, c), t, None if f is None else _node(t, f)) for s, c, t, f in edges
        ),
        # Lineage writes an edge between the datasets with each edge between their columns.
        dataset_edges=draw(st.frozensets(st.tuples(dataset, dataset), max_size=6))
        | {(source, target) for source, _, target, _ in edges},
        starts=tuple((_node(pk, chosen), pk) for pk, chosen in starts),
        homes={_node(pk, number): pk for pk in pks for number in range(COLUMNS)},
    )


def _home(node: int) -> int:
    return -node if node < 0 else node // 100


def _after(world: World, node: int) -> Iterator[int]:
    """Every node that one node leads to, as the rule says it."""
    dataset = _home(node)
    for _, column, target, filled in world.column_edges:
        if column == node:
            yield -target if filled is None else filled
    pairs = {(source, target) for source, _, target, _ in world.column_edges}
    for source, target in world.dataset_edges:
        if source == dataset and (node < 0 or (source, target) not in pairs):
            yield -target


def _ways(world: World) -> dict[int, tuple[int, ...]]:
    """For each dataset its best way, among all ways of distinct nodes there are that go on from a
    dataset as a whole wherever it is reached as a whole as soon as by the column."""
    visible = world.visible
    steps = _steps(world)
    best: dict[int, tuple[int, list[str], tuple[int, ...]]] = {}
    waiting = [(node,) for node, pk in world.starts if pk in visible]
    while waiting:
        way = waiting.pop()
        pks = tuple(_home(node) for node in way)
        offer = (len(way), [visible[pk].name for pk in pks], pks)
        best[pks[-1]] = min(best.get(pks[-1], offer), offer)
        if visible[pks[-1]].is_ended or visible[pks[-1]].is_hub:
            continue
        if way[-1] > 0 and steps.get(-pks[-1], len(way)) < len(way):
            continue
        waiting += [
            (*way, node)
            for node in set(_after(world, way[-1]))
            if node not in way and _home(node) in visible and not visible[_home(node)].is_ended
        ]
    return {pk: pks for pk, (_, _, pks) in best.items()}


def _steps(world: World) -> dict[int, int]:
    """Steps to each node, one after the other, whatever leads there."""
    visible = world.visible
    steps = {node: 0 for node, pk in world.starts if pk in visible}
    waiting = list(steps)
    for node in waiting:
        facts = visible[_home(node)]
        for after in () if facts.is_ended or facts.is_hub else set(_after(world, node)):
            pk = _home(after)
            if after not in steps and pk in visible and not visible[pk].is_ended:
                steps[after] = steps[node] + 1
                waiting.append(after)
    return steps


def _collapsed(pks: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(pk for pk, _ in itertools.groupby(pks))


def _met_as_a_whole() -> World:
    """Dataset 1 is reached as a whole and by a column at once; only the column leads to dataset 4
    by the alphabetically first way."""
    pks = range(1, 5)
    return World(
        facts={pk: Facts(pk, chr(96 + pk), None, 1, "table") for pk in pks},
        hidden=frozenset(),
        column_edges=frozenset({(1, 101, 1, 100), (1, 100, 4, 400), (2, 200, 1, None)}),
        dataset_edges=frozenset({(1, 1), (1, 4), (2, 1)}),
        starts=((101, 1), (-2, 2)),
        homes={_node(pk, number): pk for pk in pks for number in range(COLUMNS)},
    )


@settings(max_examples=400, deadline=None)
@given(worlds())
@example(_met_as_a_whole())
def test_reach_distances_and_paths_equal_brute_force(world: World) -> None:
    reach = walk(world.graph(), [node for node, _ in world.starts])

    expected = _ways(world)
    assert reach.distances == {pk: len(way) - 1 for pk, way in expected.items()}
    assert reach.paths(reach.distances) == {pk: _collapsed(way) for pk, way in expected.items()}
    assert reach.excluded == {
        pk for pk in expected if world.facts[pk].is_hub and not world.facts[pk].is_ended
    }


def _behind(world: World, expected: dict[int, tuple[int, ...]]) -> set[int]:
    """What reads a hub that is itself changed and is not reached otherwise."""
    return {
        pk
        for start, home in world.starts
        if home in world.visible and world.facts[home].is_hub and not world.facts[home].is_ended
        for pk in map(_home, _after(world, start))
        if pk not in expected and pk in world.visible and not world.facts[pk].is_ended
    }


@settings(max_examples=400, deadline=None)
@given(worlds())
def test_who_must_sign_equals_brute_force(world: World) -> None:
    reach = walk(world.graph(), [node for node, _ in world.starts])
    targets = {pk for _, pk in world.starts}

    asked = must_sign(Question(reach=reach, targets=targets))

    expected = _ways(world)
    behind = _behind(world, expected)
    facts = world.facts
    musts = {
        pk
        for pk in expected
        if pk in targets
        or (facts[pk].domain_id is not None and facts[pk].governed and not facts[pk].is_hub)
    }
    must_domains = {facts[pk].domain_id for pk in musts if facts[pk].domain_id is not None}
    others = (expected.keys() | behind) - musts
    consulted_domains = {
        facts[pk].domain_id for pk in others if facts[pk].domain_id is not None
    } - must_domains
    by_role = {
        role: {a.party.id for a in asked if a.role is role and a.party.kind is PartyKind.DOMAIN}
        for role in (SignerRole.MUST_SIGN, SignerRole.CONSULTED)
    }
    assert by_role[SignerRole.MUST_SIGN] == must_domains
    assert by_role[SignerRole.CONSULTED] == consulted_domains
    unknown = Party(PartyKind.SYSTEM, 1)
    assert any(a.party == unknown for a in asked) is any(
        facts[pk].domain_id is None for pk in others
    )
    for each in asked:
        if each.role is SignerRole.MUST_SIGN and each.party.kind is PartyKind.DOMAIN:
            mine = [pk for pk in musts if facts[pk].domain_id == each.party.id]
            nearest = min(0 if pk in targets else len(expected[pk]) - 1 for pk in mine)
            assert each.ground.distance == nearest
            assert each.objects == len(mine)


def _stored(world: World) -> tuple[World, StoredGraph]:
    """The same world in tables, with the ids that the database gave."""
    rows = datasets(len(world.facts))
    ids = {pk: rows[pk - 1].pk for pk in world.facts}
    domains = {n: DomainFactory().pk for n in (1, 2, 3)}
    names: dict[int, str] = {}
    for pk, facts in world.facts.items():
        row = rows[pk - 1]
        row.qualified_name = f"{row.system.qualified_name}/shop.{facts.name}"
        row.lifecycle = Lifecycle.CURATED if facts.governed else Lifecycle.PUBLISHED
        if facts.is_ended:
            row.lifecycle = Lifecycle.ARCHIVED
        row.domain_id = domains.get(facts.domain_id or 0)
        row.save()
        names[ids[pk]] = row.qualified_name
        if facts.is_hub:
            tagged(row, "conformed_utility")
    columns = {
        _node(pk, number): Column.objects.create(
            dataset_id=ids[pk], path=f"c{number}", name=f"c{number}", ordinal=number
        ).pk
        for pk in world.facts
        for number in range(COLUMNS)
    }
    _store_edges(world, ids, columns)
    facts = {
        ids[pk]: replace_facts(each, ids[pk], rows[pk - 1], domains, names)
        for pk, each in world.facts.items()
    }
    known = replace(
        world,
        facts=facts,
        hidden=frozenset(),
        column_edges=frozenset(
            (ids[s], columns[c], ids[t], None if f is None else columns[f])
            for s, c, t, f in world.column_edges
        ),
        dataset_edges=frozenset((ids[s], ids[t]) for s, t in world.dataset_edges),
        starts=tuple(
            (-ids[pk] if node < 0 else columns[node], ids[pk]) for node, pk in world.starts
        ),
        homes={columns[node]: ids[pk] for node, pk in world.homes.items()},
    )
    return known, StoredGraph(EVERYTHING, ["conformed_utility"], known.homes)


def replace_facts(
    facts: Facts, pk: int, row: Dataset, domains: dict[int, int], names: dict[int, str]
) -> Facts:
    governed = facts.governed if not facts.is_ended else ()
    return facts._replace(
        id=pk, qualified_name=names[pk], system_id=row.system_id, governed=governed,
        domain_id=domains.get(facts.domain_id or 0),
    )  # fmt: skip


def _store_edges(world: World, ids: dict[int, int], columns: dict[int, int]) -> None:
    statements = {
        pk: Statement.objects.create(
            dataset_id=ids[pk], kind="view", status="PARSED", digest="", read_at="2026-01-01T00:00Z"
        )
        for pk in ids
    }
    for source, column, target, filled in world.column_edges:
        ColumnEdge.objects.create(
            source_id=ids[source], source_column_id=columns[column], target_id=ids[target],
            target_column_id=None if filled is None else columns[filled], kind="DIRECT",
            subtype="IDENTITY", confidence=1, reason="BY_SCHEMA", statement=statements[target],
        )  # fmt: skip
    for source, target in world.dataset_edges:
        DatasetEdge.objects.create(
            source_id=ids[source], target_id=ids[target], confidence=1, reason="BY_SCHEMA",
            statement=statements[target],
        )  # fmt: skip


def _said(reach: Reach) -> dict[int, tuple[int, tuple[int, ...], Facts]]:
    paths = reach.paths(reach.distances)
    return {pk: (level, paths[pk], reach.facts[pk]) for pk, level in reach.distances.items()}


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds())
def test_the_stored_graph_walks_like_the_one_in_memory(world: World) -> None:
    Dataset.objects.all().delete()
    known, stored = _stored(world)

    from_tables = walk(stored, [node for node, _ in known.starts])
    from_memory = walk(known.graph(), [node for node, _ in known.starts])

    assert _said(from_tables) == _said(from_memory)
    assert from_tables.columns() == from_memory.columns()
    assert from_tables.excluded == from_memory.excluded
    assert from_tables.behind == from_memory.behind
    assert from_tables.ended == from_memory.ended

"""Up, down, between: equal to brute force, bounded, and blind to what may not be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.access import gate, install_gate
from catalog.errors import NotFound
from catalog.types import Principal
from lineage.models import DatasetEdge
from lineage.selectors.answers import Direction
from lineage.selectors.history import edges_as_of
from lineage.selectors.sentences import lineage_sentence
from lineage.selectors.traversal import (
    downstream,
    neighbours,
    paths_between,
    traverse,
    upstream,
)
from lineage.selectors.walking import walk_datasets
from tests.lineage.graphs import HidingGate, connect, datasets

pytestmark = pytest.mark.django_db

SOMEBODY = Principal.system("test")
Edges = list[tuple[int, int, bool]]


def brute_force(
    edges: Edges, start: int, direction: Direction, depth: int, hidden: set[int]
) -> dict[int, int]:
    """Distances by relaxing every edge until nothing changes."""
    distances = {start: 0}
    for step in range(1, depth + 1):
        for source, target, _ in edges:
            near, far = (source, target) if direction is Direction.DOWN else (target, source)
            if distances.get(near) == step - 1 and far not in distances and far not in hidden:
                distances[far] = step
    return distances


graphs = st.integers(2, 9).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1), st.booleans()),
            max_size=24,
        ),
    )
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    graph=graphs,
    direction=st.sampled_from(list(Direction)),
    depth=st.integers(0, 6),
    hidden=st.sets(st.integers(1, 8), max_size=3),
    data=st.data(),
)
def test_walks_equal_brute_force_and_never_show_what_is_hidden(
    graph: tuple[int, Edges],
    direction: Direction,
    depth: int,
    hidden: set[int],
    data: st.DataObject,
) -> None:
    # Given any graph with cycles and self-edges, some of it hidden
    size, edges = graph
    before = gate()
    with transaction.atomic():
        nodes = datasets(size)
        connect(nodes, edges)
        install_gate(HidingGate(nodes[position].pk for position in hidden if position < size))
        try:
            # When somebody walks it
            walk = walk_datasets(SOMEBODY, [nodes[0].pk], direction, depth=depth)
            found = traverse(SOMEBODY, nodes[0].pk, direction, depth=depth)
        finally:
            install_gate(before)
        transaction.set_rollback(True)

    # Then exactly the visible datasets are found at their distance, through visible ones alone
    position = {node.pk: number for number, node in enumerate(nodes)}
    expected = brute_force(edges, 0, direction, depth, hidden)
    assert {position[pk]: level for pk, level in walk.levels.items()} == expected
    assert not walk.truncated
    assert {position[node.id] for node in found.nodes} == set(expected) - {0}
    ends = {position[pk] for link in found.links for pk in (link.source, link.target)}
    assert ends.isdisjoint(hidden)


def test_a_cap_is_kept_and_told() -> None:
    # Given a dataset that thirty others read
    nodes = datasets(31)
    connect(nodes, [(0, target, True) for target in range(1, 31)])

    # When at most ten, and at most thirty, are asked for
    few = downstream(SOMEBODY, nodes[0].pk, most=10)
    all_of_them = downstream(SOMEBODY, nodes[0].pk, most=30)

    # Then the answer stops there and says so only where there is more
    assert (len(few.nodes), few.truncated) == (10, True)
    assert (len(all_of_them.nodes), all_of_them.truncated) == (30, False)


def test_depth_is_at_most_twenty() -> None:
    # Given a chain of thirty
    nodes = datasets(30)
    connect(nodes, [(number, number + 1, True) for number in range(29)])

    # When a hundred levels are asked for, then twenty are answered
    found = downstream(SOMEBODY, nodes[0].pk, depth=100)
    assert [len(level) for level in found.levels] == [1] * 20


def test_the_sentence_counts_systems_and_filters() -> None:
    # Given two readers of values and two that are only filtered, one of them further down
    nodes = datasets(5)
    connect(nodes, [(0, 1, True), (1, 2, True), (0, 3, False), (3, 4, True)])

    # Then the sentences say so
    assert (
        lineage_sentence(SOMEBODY, nodes[0].pk)
        == "4 datasets in 1 system depend on this, 2 only through filters."
    )
    assert lineage_sentence(SOMEBODY, nodes[1].pk) == "1 dataset in 1 system depends on this."
    assert lineage_sentence(SOMEBODY, nodes[2].pk) == "Nothing that Concord knows depends on this."
    assert (
        lineage_sentence(SOMEBODY, nodes[2].pk, Direction.UP) == "2 datasets in 1 system feed this."
    )


def test_paths_between_are_the_shortest_ones() -> None:
    # Given two ways of two steps, one of three, and a side road
    nodes = datasets(7)
    connect(
        nodes,
        [
            (0, 1, True),
            (1, 4, True),
            (0, 2, False),
            (2, 4, True),
            (0, 3, True),
            (3, 5, True),
            (5, 4, True),
            (0, 6, True),
        ],
    )

    # When the paths are asked for
    found = paths_between(SOMEBODY, nodes[0].pk, nodes[4].pk)
    back = paths_between(SOMEBODY, nodes[4].pk, nodes[0].pk)

    # Then both short ones are told, the side road is not between, and there is no way back
    assert [[node.name for node in path] for path in found.shortest] == [
        ["d0", "d1", "d4"],
        ["d0", "d2", "d4"],
    ]
    assert {node.name for node in found.between} == {"d0", "d1", "d2", "d3", "d4", "d5"}
    assert back.shortest == ()


def test_what_is_hidden_breaks_the_path_and_is_not_counted(hide: Callable[..., None]) -> None:
    # Given a chain with a hidden dataset in the middle
    nodes = datasets(4)
    connect(nodes, [(0, 1, True), (1, 2, True), (2, 3, True), (0, 3, True)])
    hide(nodes[1])

    # When somebody asks from both ends
    down = downstream(SOMEBODY, nodes[0].pk)
    up = upstream(SOMEBODY, nodes[3].pk)

    # Then nothing beyond it is reached through it, and no count betrays it
    assert [node.name for node in down.nodes] == ["d3"]
    assert [node.name for node in up.nodes] == ["d0", "d2"]
    assert neighbours(SOMEBODY, nodes[2].pk).upstream == ()
    assert paths_between(SOMEBODY, nodes[0].pk, nodes[2].pk).shortest == ()
    assert lineage_sentence(SOMEBODY, nodes[0].pk) == "1 dataset in 1 system depends on this."
    with pytest.raises(NotFound):
        downstream(SOMEBODY, nodes[1].pk)
    with pytest.raises(NotFound):
        downstream(SOMEBODY, 10**9)


def test_nobody_unknown_sees_any_lineage() -> None:
    # Given an edge, when somebody unknown asks, then there is no such dataset
    nodes = datasets(2)
    connect(nodes, [(0, 1, True)])
    with pytest.raises(NotFound):
        downstream(Principal.anonymous(), nodes[0].pk)
    assert walk_datasets(Principal.anonymous(), [nodes[0].pk], Direction.DOWN).levels == {
        nodes[0].pk: 0
    }


def test_a_traversal_costs_a_fixed_number_of_queries() -> None:
    # Given a chain of ten
    nodes = datasets(10)
    connect(nodes, [(number, number + 1, True) for number in range(9)])

    # When everything below is asked for
    with CaptureQueriesContext(connection) as queries:
        found = downstream(SOMEBODY, nodes[0].pk)

    # Then depth costs nothing
    assert len(found.nodes) == 9
    assert len(queries) <= 6


@pytest.mark.django_db(transaction=True)
def test_the_past_is_walked_as_it_was(hide: Callable[..., None]) -> None:
    # Given a chain whose middle edge is cut, and another that is added
    nodes = datasets(4)
    connect(nodes, [(0, 1, True), (1, 2, True)])
    history = DatasetEdge.history.rel.related_model  # type: ignore[attr-defined]
    then = history.objects.order_by("-pgh_created_at").first().pgh_created_at
    DatasetEdge.objects.filter(source=nodes[1]).delete()
    connect(nodes, [(1, 3, True)])

    # When both times are asked for
    now = [node.name for node in downstream(SOMEBODY, nodes[0].pk).nodes]
    past = downstream(SOMEBODY, nodes[0].pk, at=then)

    # Then each answers as it was
    assert now == ["d1", "d3"]
    assert [node.name for node in past.nodes] == ["d1", "d2"]
    assert len(past.links) == 2
    rows = edges_as_of(SOMEBODY, nodes[1].pk, then)
    assert [(row["source_id"], row["target_id"]) for row in rows] == [
        (nodes[0].pk, nodes[1].pk),
        (nodes[1].pk, nodes[2].pk),
    ]

    # And a hidden dataset is hidden in the past as well
    hide(nodes[2])
    assert [node.name for node in downstream(SOMEBODY, nodes[0].pk, at=then).nodes] == ["d1"]
    assert len(edges_as_of(SOMEBODY, nodes[1].pk, then)) == 1

"""Layers and order: left to right, no loop or cycle too strange, the same every time."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.pictures.layers import arrange

edges_of = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40)


def test_a_chain_stands_in_successive_layers() -> None:
    layering = arrange(3, [(0, 1), (1, 2)])

    assert layering.layer == {0: 0, 1: 1, 2: 2}
    assert layering.waypoints == {}


def test_an_edge_over_three_layers_passes_through_the_two_between() -> None:
    layering = arrange(4, [(0, 1), (1, 2), (2, 3), (0, 3)])

    passed = layering.waypoints[(0, 3)]
    assert [layering.layer[extra] for extra in passed] == [1, 2]


def test_a_cycle_is_opened_at_the_edge_that_closes_it() -> None:
    layering = arrange(3, [(0, 1), (1, 2), (2, 0)])

    assert layering.backward == {(2, 0)}
    assert [layering.layer[vertex] for vertex in range(3)] == [0, 1, 2]


def test_a_loop_has_no_influence() -> None:
    assert arrange(2, [(0, 0), (0, 1)]).layer == arrange(2, [(0, 1)]).layer


def test_what_is_joined_to_nothing_still_has_a_place() -> None:
    layering = arrange(3, [(1, 2)])

    assert layering.layer[0] == 0
    assert len(set(layering.order.items())) == 3


@given(edges_of)
def test_every_edge_runs_right_unless_it_closes_a_cycle(edges: list[tuple[int, int]]) -> None:
    layering = arrange(15, edges)

    for source, target in edges:
        if source == target:
            continue
        left, right = (
            (target, source) if (source, target) in layering.backward else (source, target)
        )
        assert layering.layer[left] < layering.layer[right]
        steps = [left, *layering.waypoints.get((left, right), ()), right]
        layers = [layering.layer[vertex] for vertex in steps]
        assert layers == list(range(layers[0], layers[-1] + 1))


@given(edges_of)
def test_the_order_of_the_edges_changes_nothing(edges: list[tuple[int, int]]) -> None:
    assert arrange(15, edges) == arrange(15, list(reversed(edges)))

"""Edges read once lead as far as edges walked in the database."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.access import gate, install_gate
from catalog.models import Column
from catalog.types import Principal
from lineage.models import ColumnEdge, Statement
from lineage.selectors.answers import Direction
from lineage.selectors.impact import dataset_impact
from lineage.selectors.reach import COLUMN, DIRECT, WHOLE, Reach
from lineage.selectors.walking import MOST_COLUMNS, walk_columns
from lineage.types import EdgeKind
from tests.lineage.graphs import HidingGate, connect, datasets

pytestmark = pytest.mark.django_db

SOMEBODY = Principal.system("test")

Edge = tuple[int, int | None, int, bool, bool]
NODES = 6
edges = st.lists(
    st.tuples(
        st.integers(0, NODES - 1),  # the column that is read
        st.none() | st.integers(0, NODES - 1),  # the column that it reaches, none: all rows
        st.integers(0, NODES - 1),  # the dataset whose rows it decides
        st.booleans(),  # by its value
        st.booleans(),  # stands for the fields inside
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edges=edges, hidden=st.sets(st.integers(1, NODES - 1), max_size=2), most=st.integers(1, 8))
def test_walks_in_memory_equal_walks_in_the_database(
    edges: list[Edge], hidden: set[int], most: int
) -> None:
    # Given columns of which the first is a field inside the last, and some datasets hidden
    before = gate()
    with transaction.atomic():
        nodes = datasets(NODES)
        nodes[-1] = nodes[0]
        paths = ["a.b", *"cdef", "a"]
        columns = Column.objects.bulk_create(
            Column(dataset=node, path=path, name=path[-1], ordinal=0, parent_path=path[:-2])
            for node, path in zip(nodes, paths, strict=True)
        )
        statement = Statement.objects.create(
            dataset=nodes[0], kind="view", status="PARSED", digest="", read_at="2026-01-01T00:00Z"
        )
        unique = {(one[0], one[1], one[3] and one[1] is not None): one for one in edges}
        ColumnEdge.objects.bulk_create(
            ColumnEdge(
                source=nodes[source],
                source_column=columns[source],
                target=nodes[whole if target is None else target],
                target_column=None if target is None else columns[target],
                statement=statement,
                kind="DIRECT" if is_direct else "INDIRECT",
                subtype="IDENTITY" if is_direct else "FILTER",
                confidence=1.0,
                reason="BY_SCHEMA",
                is_rollup=is_rollup,
            )
            for (_, _, is_direct), (source, target, whole, _, is_rollup) in unique.items()
        )
        install_gate(HidingGate(nodes[place].pk for place in hidden if nodes[place] != nodes[0]))
        try:
            # When values and conditions are followed both ways, from the field
            reach = Reach(SOMEBODY)
            start = columns[0].pk
            walks = [
                (
                    reach.walk(start, only_values=kinds == [EdgeKind.DIRECT], most=most),
                    walk_columns(SOMEBODY, [start], Direction.DOWN, kinds=kinds, most=most),
                )
                for kinds in (list(EdgeKind), [EdgeKind.DIRECT])
            ]
            flows = reach.flows(walks[0][0])
        finally:
            install_gate(before)
        transaction.set_rollback(True)

    # Then both find the same
    for mine, theirs in walks:
        assert mine == theirs
    # And what runs between the columns found is told by dataset
    found = {n for n in range(NODES) if columns[n].pk in walks[0][0].levels}
    expected: dict[tuple[int, int], int] = {}
    for (_, _, is_direct), (source, target, whole, _, is_rollup) in unique.items():
        if source not in found or (target is not None and target not in found):
            continue
        if is_rollup and columns[source].pk in walks[0][0].around:
            continue
        end = nodes[whole if target is None else target].pk
        pair = (nodes[source].pk, end)
        what = (DIRECT if is_direct else 0) | (WHOLE if target is None else COLUMN)
        expected[pair] = expected.get(pair, 0) | what
    assert {pair: what & (DIRECT | WHOLE | COLUMN) for pair, what in flows.items()} == expected


def test_the_impact_of_a_dataset_says_that_it_reaches_more_columns_than_it_tells() -> None:
    source, target = datasets(2)
    connect([source, target], [(0, 1, True)])
    statement = Statement.objects.get(dataset=target)
    origin = Column.objects.create(dataset=source, path="a", name="a", ordinal=0)
    names = [f"c{number}" for number in range(MOST_COLUMNS + 1)]
    made = Column.objects.bulk_create(
        Column(dataset=target, path=name, name=name, ordinal=place)
        for place, name in enumerate(names)
    )
    ColumnEdge.objects.bulk_create(
        ColumnEdge(
            source=source,
            source_column=origin,
            target=target,
            target_column=column,
            statement=statement,
            kind="DIRECT",
            subtype="IDENTITY",
            confidence=1.0,
            reason="BY_SCHEMA",
        )
        for column in made
    )

    found = dataset_impact(Principal.system("test"), source.pk)

    assert len(found.affected[0].columns) == MOST_COLUMNS
    assert found.truncated
    assert found.sentence == "1 dataset in 1 system depends on this."

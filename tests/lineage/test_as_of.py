"""The graph as of an instant equals what it was then, whatever was edited since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Column, Dataset
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.selectors.answers import Direction
from lineage.selectors.columns import column_closure
from lineage.selectors.history import edges_as_of
from lineage.selectors.links import links_among
from lineage.selectors.traversal import paths_between, traverse
from lineage.selectors.walking import walk_columns
from lineage.services.manual import draw_edge, remove_edge
from lineage.types import EdgeKind
from tests.lineage.graphs import datasets
from tests.lineage.warehouse import READER, add_columns

SOMEBODY = Principal.system("test")
SIZE = 4

edits = st.lists(
    st.tuples(
        st.sampled_from(["put", "take", "doubt"]),
        st.integers(0, SIZE - 1),
        st.integers(0, SIZE - 1),
    ),
    min_size=1,
    max_size=6,
)


class World:
    """Four datasets of one column each; an edit puts, takes or doubts the edge of two."""

    def __init__(self) -> None:
        self.nodes = datasets(SIZE)
        for node in self.nodes:
            add_columns(node, ["c"])
        self.columns = [Column.objects.get(dataset=node) for node in self.nodes]
        self.statements = [
            Statement.objects.create(
                dataset=node,
                kind=Statement.Kind.VIEW,
                status="PARSED",
                digest="",
                read_at="2026-01-01T00:00Z",
            )
            for node in self.nodes
        ]

    def edit(self, what: str, source: int, target: int) -> None:
        ends = {"source": self.nodes[source], "target": self.nodes[target]}
        if what == "take":
            DatasetEdge.objects.filter(**ends).delete()
            ColumnEdge.objects.filter(**ends).delete()
        elif what == "doubt":
            DatasetEdge.objects.filter(**ends).update(confidence=0.5)
        elif not DatasetEdge.objects.filter(**ends).exists():
            shared = {**ends, "statement": self.statements[target], "reason": "BY_SCHEMA"}
            DatasetEdge.objects.create(**shared, confidence=1.0)
            ColumnEdge.objects.create(
                **shared,
                confidence=1.0,
                source_column=self.columns[source],
                target_column=self.columns[target],
                kind=EdgeKind.DIRECT,
                subtype="IDENTITY",
            )

    def seen(self, at: dt.datetime | None) -> dict[str, Any]:
        """Everything that there is to ask of the graph, as comparable values."""
        ids = [node.pk for node in self.nodes]
        closures = [
            column_closure(SOMEBODY, column.pk, direction, at=at)
            for column in self.columns
            for direction in Direction
        ]
        return {
            "links": links_among(ids, at=at),
            "walks": [
                [tuple(node.id for node in level) for level in found.levels]
                for pk in ids
                for direction in Direction
                for found in [traverse(SOMEBODY, pk, direction, at=at)]
            ],
            "paths": [
                [tuple(node.id for node in path) for path in found.shortest]
                for found in [paths_between(SOMEBODY, ids[0], other, at=at) for other in ids]
            ],
            "columns": [
                ([(node.id, far) for node, far in c.columns], {link.id for link in c.links})
                for c in closures
            ],
            "walked": [
                walk_columns(SOMEBODY, [column.pk], Direction.UP, at=at).levels
                for column in self.columns
            ],
        }


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=edits)
def test_after_random_edits_the_past_is_what_was_seen_then(
    edits: list[tuple[str, int, int]],
) -> None:
    # Given a graph that was looked at after each of some edits
    world = World()
    seen = []
    for edit in edits:
        world.edit(*edit)
        seen.append((timezone.now(), world.seen(None)))

    # When each of these instants is asked for afterwards
    for at, then in seen:
        # Then it is what was seen
        assert world.seen(at) == then
    Dataset.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_what_people_drew_has_its_past_too() -> None:
    # Given an edge that was drawn and removed
    nodes = datasets(2)
    before = timezone.now()
    edge = draw_edge(acting=READER, source_id=nodes[0].pk, target_id=nodes[1].pk, reason="By hand.")
    drawn = timezone.now()
    remove_edge(acting=READER, edge_id=edge.pk, reason="No more.")

    # Then it stood between the two instants alone
    def standing(at: dt.datetime) -> list[tuple[int, int]]:
        rows = edges_as_of(SOMEBODY, nodes[1].pk, at)
        return [(row["source_id"], row["target_id"]) for row in rows]

    assert standing(before) == []
    assert standing(drawn) == [(nodes[0].pk, nodes[1].pk)]
    assert standing(timezone.now()) == []


@pytest.mark.django_db(transaction=True)
def test_the_past_hides_what_is_hidden_now(hide: Callable[..., None]) -> None:
    # Given a chain of three that was seen, and its middle hidden since
    world = World()
    world.edit("put", 0, 1)
    world.edit("put", 1, 2)
    at = timezone.now()
    hide(world.nodes[1])

    # Then the past has no way through it either
    assert traverse(SOMEBODY, world.nodes[0].pk, Direction.DOWN, at=at).levels == ()
    closure = column_closure(SOMEBODY, world.columns[0].pk, Direction.DOWN, at=at)
    assert (closure.columns, closure.links) == ((), ())

"""Renames after which another dataset has a name that one had before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.models import Dataset
from lineage.openlineage.receiving import receive_event
from lineage.services.run_events.feeding import feed_run_events
from lineage.services.run_events.keeping import keep
from lineage.services.run_events.projecting import memory
from tests.feeding import settle
from tests.lineage.openlineage.sending import dataset, event
from tests.lineage.warehouse import dataset_edges

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


def project(*events: dict[str, Any]) -> None:
    keep([(receive_event(json.dumps(sent).encode()), None) for sent in events])
    settle()
    feed_run_events()


def filled(name: str, source: str, run: int) -> dict[str, Any]:
    read, written = dataset(f"shop.public.{source}", "id"), dataset(f"shop.public.{name}", "id")
    return event(job=f"fill {name}", run=run, inputs=[read], outputs=[written])


def renamed(former: str, name: str, run: int) -> dict[str, Any]:
    change = {
        "lifecycleStateChange": "RENAME",
        "previousIdentifier": {
            "namespace": "postgres://db:5432", "name": f"shop.public.{former}",
        },
    }  # fmt: skip
    changed = dataset(f"shop.public.{name}", lifecycleStateChange=change)
    return event(job="rename", run=run, at=f"2026-01-0{run}T00:00:00Z", outputs=[changed])


def keys() -> dict[str, int]:
    return dict(Dataset.objects.values_list("name", "pk"))


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    ("moves", "names"),
    [
        ([("orders", "orders_old"), ("fresh", "orders")], ("orders_old", "orders")),
        ([("orders", "aside"), ("fresh", "orders"), ("aside", "fresh")], ("fresh", "orders")),
    ],
)
def test_a_name_that_one_dataset_gives_up_is_free_for_another(
    moves: list[tuple[str, str]], names: tuple[str, str], at_once: bool
) -> None:
    # Given a table in use, and one that was filled beside it
    project(filled("orders", "raw", 1))
    project(filled("fresh", "raw2", 2))
    before = keys()

    # When they exchange names, in one batch of events or in several
    events = [renamed(former, name, run) for run, (former, name) in enumerate(moves, start=3)]
    for batch in [events] if at_once else [[one] for one in events]:
        project(*batch)

    # Then each goes on under its new name, with what it was made from
    first, second = names
    after = keys()
    assert (after[first], after[second]) == (before["orders"], before["fresh"])
    assert dataset_edges() == {("raw", first, True), ("raw2", second, True)}

    # And who names the table in use means the one that has the name now
    project(
        event(
            job="read", run=9, at="2026-01-09T00:00:00Z",
            inputs=[dataset("shop.public.orders")], outputs=[dataset("shop.public.daily", "id")],
        )
    )  # fmt: skip
    assert ("orders", "daily", True) in dataset_edges()
    assert len(keys()) == 5


def test_a_table_keeps_a_name_that_it_has_beside_its_own() -> None:
    # Given a table that is called by the path of its files, too
    link = {"namespace": "postgres://db:5432", "name": "shop.public.orders", "type": "TABLE"}
    files = {
        "namespace": "s3://lake", "name": "orders",
        "facets": {"symlinks": {"identifiers": [link]}},
    }  # fmt: skip
    project(filled("orders", "raw", 1))
    project(event(job="write", run=2, outputs=[files]))
    before = keys()

    # When other files are moved to that path
    former = {"namespace": "s3://lake", "name": "staging"}
    change = {"lifecycleStateChange": "RENAME", "previousIdentifier": former}
    moved = {
        "namespace": "s3://lake", "name": "orders", "facets": {"lifecycleStateChange": change},
    }  # fmt: skip
    project(event(job="move", run=3, at="2026-01-03T00:00:00Z", outputs=[moved]))

    # Then they are the table's
    assert keys() == before

"""What late, failed, wide and misdated events leave standing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from catalog.connectors.openlineage import folding
from catalog.models import Column, Dataset, IngestionProblem
from lineage.models import Job, JobDataset
from lineage.services.run_events.projecting import memory
from tests.lineage.openlineage.sending import dataset, event
from tests.lineage.openlineage.test_projection import LOAD, project
from tests.lineage.warehouse import dataset_edges

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    memory.forget()


def test_a_clock_that_runs_ahead_outdates_nothing_that_is_told_later() -> None:
    # Given an event from a host whose clock is a century ahead
    project(event(at="2126-01-01T00:00:00Z", outputs=[dataset("shop.public.b", "wrong")]))
    # When the next run says what the dataset is like
    now = (timezone.now() + dt.timedelta(seconds=1)).isoformat()
    project(event(at=now, run=2, outputs=[dataset("shop.public.b", "right")]))
    # Then that holds
    shown = Column.objects.filter(disappeared_at__isnull=True)
    assert [column.path for column in shown] == ["right"]
    assert Job.objects.get().heard_at < timezone.now() + dt.timedelta(minutes=5)


def test_a_run_over_very_many_datasets_makes_no_edge_for_each_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a limit, and a run that reads and writes more
    monkeypatch.setattr(folding, "MOST_PAIRS", 5)
    several = [dataset(f"shop.public.t{number}", "id") for number in range(6)]
    project(event(inputs=several[:3], outputs=several[3:]))
    # Then what it reads and writes is kept, and why no edge is
    assert dataset_edges() == set()
    assert JobDataset.objects.count() == 6
    problem = IngestionProblem.objects.get()
    assert "reads 3 datasets and writes 3: no edge was made" in problem.message
    # And a narrower run of the same job has its edges
    project(event(at="2026-01-02T00:00:00Z", run=2, inputs=several[:1], outputs=several[5:]))
    assert dataset_edges() == {("t0", "t5", True)}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_run_that_fails_halfway_leaves_what_the_one_before_it_made(at_once: bool) -> None:
    # Given a run that made the table, and one that tells of itself while it works, and fails
    made = {"outputs": [dataset("shop.public.b", "id")]}
    other = made | {"inputs": [dataset("shop.public.c", "id")]}
    sent = [
        event("COMPLETE", "2026-01-01T00:00:00Z", inputs=[dataset("shop.public.a", "id")], **made),
        event("START", "2026-01-02T00:00:00Z", run=2, **other),
        event("RUNNING", "2026-01-02T00:01:00Z", run=2, **other),
        event("FAIL", "2026-01-02T00:02:00Z", run=2, **other),
    ]
    for batch in [sent] if at_once else [[one] for one in sent]:
        project(*batch)
    # Then the table is what the first made it
    assert dataset_edges() == {("a", "b", True)}
    # And a run that works through takes over
    project(event("RUNNING", "2026-01-03T00:01:00Z", run=3, **other))
    assert dataset_edges() == {("c", "b", True)}
    project(event("COMPLETE", "2026-01-03T00:02:00Z", run=3, **other))
    assert dataset_edges() == {("c", "b", True)}


def test_an_end_that_is_told_late_does_not_end_what_was_written_since() -> None:
    project(event(at="2026-01-02T00:00:00Z", **LOAD))
    dropped = dataset("shop.public.b", lifecycleStateChange={"lifecycleStateChange": "DROP"})
    project(event(at="2026-01-01T00:00:00Z", run=2, job="drop", outputs=[dropped]))
    assert Dataset.objects.get(name="b").disappeared_at is None

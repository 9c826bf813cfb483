"""Stages of the supply chain: worked out from layer and lineage, overruled by people, counted."""

from __future__ import annotations

import datetime as dt
import threading
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from catalog.access import AccessRefused
from catalog.models import Dataset, Event, KnownProblem
from catalog.models import TestResult as DataTestResult
from catalog.selectors.onboarding import onboarding_steps
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.types import Stage
from lineage.consumers import digest
from lineage.models import Job, JobDataset, Query, QueryTable
from lineage.selectors.stages import stage_board
from lineage.services.manual import draw_edge
from lineage.services.stages import derive_stages
from lineage.stages import Position, stage_of
from tests.factories import PersonFactory, administrator, principal
from tests.lineage.warehouse import READER, table


@pytest.mark.parametrize(
    ("position", "stage", "reason"),
    [
        (Position("dashboard", "revenue", feeds_from=3), "egress", "a dashboard shows data"),
        (Position("ml_model", "churn"), "analysis", "learned from data"),
        (Position("table", "raw_orders", is_source=True), "capture", "such data is born"),
        (Position("table", "raw_orders"), "ingestion", "its name starts with raw"),
        (Position("view", "stg_orders", "marts", feeds_from=1), "preparation", "starts with stg"),
        (Position("table", "orders", "dbt_marts", feeds_from=1), "analysis", "lies in dbt_marts"),
        (Position("table", "orders"), "capture", "nothing is known to feed it"),
        (Position("table", "orders", feeds_from=2), "ingestion", "lies in other systems"),
        (
            Position("table", "orders", feeds_from=2, feeds_from_here=1, feeds=1),
            "preparation",
            "stands between",
        ),
        (
            Position("view", "orders", feeds_from=1, feeds_from_here=1, is_shown=True),
            "analysis",
            "dashboards and metrics are made from it",
        ),
        (Position("view", "orders", feeds_from=1, feeds_from_here=1), "analysis", "ends the line"),
        (Position("table", "strategy"), "capture", "nothing is known to feed it"),
    ],
)
def test_layer_and_place_give_the_stage(position: Position, stage: str, reason: str) -> None:
    found, why = stage_of(position)

    assert found == stage
    assert reason in why


@pytest.fixture
def chain(db: None) -> dict[str, Dataset]:
    """shop.orders -> (another system) copy -> joined -> answer -> a dashboard."""
    made = {
        "orders": table("shop.public.orders", ("id",)),
        "copy": table("lake.public.orders_copy", ("id",), at="duckdb://lake"),
        "joined": table("lake.public.joined", ("id",), at="duckdb://lake"),
        "answer": table("lake.public.answer", ("id",), at="duckdb://lake"),
        "shown": table("lake.public.shown", ("id",), at="duckdb://lake"),
    }
    Dataset.objects.filter(pk=made["shown"].pk).update(kind="dashboard")
    names = list(made)
    for source, target in pairwise(names):
        draw_edge(
            acting=administrator(),
            source_id=made[source].pk,
            target_id=made[target].pk,
            reason="The loader does it.",
        )
    return made


def stages(chain: dict[str, Dataset]) -> list[str]:
    return [
        Dataset.objects.values_list("derived_stage", flat=True).get(pk=dataset.pk)
        for dataset in chain.values()
    ]


def test_a_chain_runs_from_capture_to_egress(chain: dict[str, Dataset]) -> None:
    # given a chain through two systems; when lineage works out its stages
    written = derive_stages(acting=READER)
    # then each has its own, with an event that search follows
    assert written == 5
    assert stages(chain) == ["capture", "ingestion", "preparation", "analysis", "egress"]
    told = Event.objects.filter(subject_id=chain["copy"].pk, type="catalog.dataset.changed")
    assert told.latest("pk").payload["fields"] == ["derived_stage"]
    # and a second time changes nothing and tells nothing
    events = Event.objects.count()
    assert derive_stages(acting=READER) == 0
    assert Event.objects.count() == events


def test_the_events_of_an_edge_place_its_ends(chain: dict[str, Dataset]) -> None:
    digest(list(Event.objects.filter(subject_type="dataset").order_by("pk")))

    assert stages(chain) == ["capture", "ingestion", "preparation", "analysis", "egress"]
    with pytest.raises(AccessRefused):
        derive_stages(acting=principal())


def test_people_overrule_and_the_origin_is_told(chain: dict[str, Dataset]) -> None:
    # given derived stages, one said by a source and one declared by a person
    derive_stages(acting=READER)
    Dataset.objects.filter(pk=chain["joined"].pk).update(stage=Stage.INGESTION)
    boss = administrator()
    curation.change_dataset(
        acting=boss, dataset_id=chain["joined"].pk, changes={"stage": "analysis"}
    )
    # when lineage works out all again
    derive_stages(acting=READER)
    # then the person's word holds on the page and over REST, and the derived one stays beside it
    client = Client()
    client.force_login(PersonFactory())
    pages = {
        name: client.get(f"/datasets/{one.pk}/").content.decode() for name, one in chain.items()
    }
    assert 'analysis stage</a> <span class="muted small">(declared)' in pages["joined"]
    assert "(worked out: all that feeds it lies in other systems)" in pages["copy"]
    answer: dict[str, Any] = client.get(f"/api/v1/datasets/{chain['joined'].pk}/").json()
    assert (answer["effective_stage"], answer["stage_origin"], answer["derived_stage"]) == (
        "analysis", "declared", "preparation")  # fmt: skip
    # and without it the source's
    curation.change_dataset(acting=boss, dataset_id=chain["joined"].pk, changes={"stage": ""})
    answer = client.get(f"/api/v1/datasets/{chain['joined'].pk}/").json()
    assert (answer["effective_stage"], answer["stage_origin"]) == ("ingestion", "harvested")


def test_the_board_counts_freshness_and_failures(
    chain: dict[str, Dataset], django_assert_num_queries: Any
) -> None:
    # given stages, measurements of today and of a month ago, a failing test, a problem and a job
    derive_stages(acting=READER)
    now = timezone.now()
    Dataset.objects.filter(pk=chain["copy"].pk).update(profiled_at=now)
    Dataset.objects.filter(pk=chain["joined"].pk).update(profiled_at=now - dt.timedelta(days=30))
    curation.change_dataset(
        acting=administrator(), dataset_id=chain["copy"].pk, changes={"stage": "preparation"}
    )
    DataTestResult.objects.create(
        dataset=chain["joined"], name="unique", status="failed", severity="error", executed_at=now
    )
    person = PersonFactory()
    KnownProblem.objects.create(dataset=chain["answer"], author=person, text="Late")
    job = Job.objects.create(
        key=b"1" * 16, namespace="loads", name="load", heard_at=now, last_state="FAIL"
    )
    JobDataset.objects.create(job=job, dataset=chain["orders"], role="reads", since=now)
    JobDataset.objects.create(job=job, dataset=chain["copy"], role="writes", since=now)
    # when somebody asks for the board
    reader = principal_of(person)
    with django_assert_num_queries(2):
        board = {counts.stage: counts for counts in stage_board(reader)}
    # then it says what stands where and what fails
    assert {stage: counts.datasets for stage, counts in board.items()} == {
        "capture": 1, "ingestion": 0, "preparation": 2, "analysis": 1, "egress": 1}  # fmt: skip
    held = board["preparation"]
    assert (held.declared, held.harvested, held.derived) == (1, 0, 1)
    assert (held.fresh, held.stale, held.unknown, held.newest) == (1, 1, 0, now)
    assert (held.failing, held.jobs, held.failing_jobs) == (1, 1, 1)
    assert (board["analysis"].problems, board["analysis"].unknown) == (1, 1)
    # and so do page, REST and GraphQL
    client = Client()
    client.force_login(person)
    page = client.get("/lineage/stages/").content.decode()
    assert "5 datasets from capture to egress. 2 of them or of their jobs fail now." in page
    assert "/search/?kind=dataset&amp;stage=preparation&amp;is=failing" in page
    assert "1 declared, 0 from the source, 1 worked out" in page
    rest = client.get("/api/v1/lineage/stages/").json()
    assert [(row["stage"], row["datasets"]) for row in rest][2] == ("preparation", 2)
    shown = client.get(f"/lineage/jobs/{job.pk}/").content.decode()
    assert ">Preparation</a>" in shown


def test_who_may_not_see_a_dataset_does_not_count_it(chain: dict[str, Dataset], hide: Any) -> None:
    derive_stages(acting=READER)
    hide(chain["answer"])

    board = {counts.stage: counts.datasets for counts in stage_board(principal())}

    assert board == {"capture": 1, "ingestion": 1, "preparation": 1, "analysis": 0, "egress": 1}


def test_the_board_of_an_empty_catalog_lists_the_five_stages(db: None) -> None:
    assert [(c.stage, c.datasets) for c in stage_board(principal())] == [
        (stage.value, 0) for stage in Stage
    ]


@pytest.mark.django_db(transaction=True)
def test_a_reading_of_queries_may_refer_to_a_dataset_whose_stage_is_being_written() -> None:
    # given a dataset whose stage one transaction works out and has not committed yet
    dataset = table("orders")
    Dataset.objects.filter(pk=dataset.pk).update(derived_stage="")
    query = Query.objects.create(
        system=dataset.system, text="SELECT 1", fingerprint="1", dialect="postgres"
    )
    written, done = threading.Event(), threading.Event()

    def derive() -> None:
        try:
            with transaction.atomic():
                derive_stages(acting=READER, near=[dataset.pk])
                written.set()
                done.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=derive)
    thread.start()
    assert written.wait(20)
    # when another one stores that a query uses it, which checks the reference as it commits
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            QueryTable.objects.create(query=query, dataset=dataset, is_read=True)
    finally:
        done.set()
        thread.join(20)
    # then it did not have to wait, or both would wait for each other for the turn of queries
    assert QueryTable.objects.filter(dataset=dataset).exists()


def test_what_a_dashboard_shows_or_a_query_read_is_used(chain: dict[str, Dataset]) -> None:
    def steps(name: str) -> dict[str, bool]:
        acting = principal_of(PersonFactory())
        return {step.key: step.is_done for step in onboarding_steps(acting, chain[name])}

    # Given no reads that are known by day, when lineage ends in a dashboard, then that is a use
    assert steps("answer")["support"] is True
    assert steps("orders")["support"] is False

    # Given a log that tells of a query only when it ran last
    query = Query.objects.create(
        system=chain["orders"].system, text="SELECT 1", fingerprint="1", dialect="postgres",
        last_run_at=timezone.now() - dt.timedelta(days=80),
    )  # fmt: skip
    QueryTable.objects.create(query=query, dataset=chain["orders"], is_read=True)
    assert steps("orders")["support"] is True

    query.last_run_at = timezone.now() - dt.timedelta(days=200)
    query.save()
    assert steps("orders")["support"] is False


def test_a_dashboard_that_one_may_not_see_is_no_use(chain: dict[str, Dataset], hide: Any) -> None:
    acting = principal_of(PersonFactory())
    hide(chain["shown"])

    steps = {step.key: step.is_done for step in onboarding_steps(acting, chain["answer"])}

    assert steps["support"] is False

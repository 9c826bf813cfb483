"""From posted events to datasets, jobs, runs and edges, in whatever order they come."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from catalog.models import (
    Alias,
    Column,
    Connection,
    Dataset,
    Profile,
    SourceRecord,
    TestResult,
)
from lineage.models import (
    Job,
    JobDataset,
    JobRun,
    ParkedRunEvent,
    ReceivedEvent,
    RunEventOffset,
    Statement,
)
from lineage.openlineage.receiving import receive_event
from lineage.services.run_events import feeding
from lineage.services.run_events.feeding import feed_run_events, retry_parked_run_event
from lineage.services.run_events.keeping import keep
from lineage.services.run_events.projecting import memory
from tests.factories import administrator
from tests.feeding import feed_settled, settle
from tests.lineage.openlineage.sending import column_lineage, dataset, event
from tests.lineage.warehouse import column_edges, dataset_edges, table

pytestmark = pytest.mark.django_db(transaction=True)

SQL = "INSERT INTO b SELECT id, upper(name) AS label FROM a"
LOAD = {
    "inputs": [dataset("shop.public.a", "id", "name")],
    "outputs": [
        dataset(
            "shop.public.b", "id", "label",
            columnLineage=column_lineage(
                id=[("shop.public.a", "id", "IDENTITY")],
                label=[("shop.public.a", "name", "TRANSFORMATION")],
            ),
        )
    ],
    "job_facets": {"sql": {"query": SQL, "dialect": "postgres"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()


def given(*events: dict[str, Any]) -> None:
    keep([(receive_event(json.dumps(sent).encode()), None) for sent in events])
    settle()


def project(*events: dict[str, Any]) -> int:
    given(*events)
    return feed_run_events()


def facts() -> tuple[Any, ...]:
    """What the graph holds, without keys and times of its own."""
    runs = JobRun.objects.order_by("pk").values_list("state", "inputs", "outputs", "ended_at")
    jobs = Job.objects.order_by("name").values_list("name", "runs_heard", "last_state", "sql")
    return (
        sorted(Dataset.objects.values_list("qualified_name", flat=True)),
        sorted(Column.objects.values_list("dataset__name", "path")),
        dataset_edges(),
        column_edges(),
        [(s, sorted(i), sorted(o), e) for s, i, o, e in runs],
        list(jobs),
    )


def test_a_run_becomes_datasets_columns_edges_job_and_run() -> None:
    done = project(
        event("START", "2026-01-01T00:00:00Z", **LOAD),
        event("COMPLETE", "2026-01-01T00:05:00Z", **LOAD),
    )

    assert done == 2
    assert sorted(Dataset.objects.values_list("qualified_name", flat=True)) == [
        "postgres://db/shop.public.a",
        "postgres://db/shop.public.b",
    ]
    assert dataset_edges() == {("a", "b", True)}
    assert column_edges() == {("a.id", "b.id", "IDENTITY"), ("a.name", "b.label", "TRANSFORMATION")}
    run = JobRun.objects.get()
    assert (run.state, run.job.name, run.job.runs_heard) == ("COMPLETE", "load", 1)
    assert (str(run.started_at), str(run.ended_at)) == (
        "2026-01-01 00:00:00+00:00",
        "2026-01-01 00:05:00+00:00",
    )
    assert {(row.dataset.name, row.role) for row in JobDataset.objects.all()} == {
        ("a", "reads"),
        ("b", "writes"),
    }
    # And its SQL is read as well, as the definition of what the job makes
    feed_settled()
    assert Statement.objects.get(kind=Statement.Kind.VIEW).status == "PARSED"


def test_the_order_of_arrival_changes_nothing() -> None:
    # Given a run that was retried, a job that reads another table since, and a failure
    sent = [
        event("START", "2026-01-01T00:00:00Z", **LOAD),
        event("FAIL", "2026-01-01T00:01:00Z", run=1),
        event("COMPLETE", "2026-01-01T00:05:00Z", run=2, **LOAD),
        event(
            "COMPLETE", "2026-01-02T00:00:00Z", run=3,
            inputs=[dataset("shop.public.c", "id")], outputs=[dataset("shop.public.b")],
        ),
        event("RUNNING", "2026-01-01T00:06:00Z", run=2),
    ]  # fmt: skip
    found = []
    for order in itertools.islice(itertools.permutations(sent), 0, 120, 17):
        for model in (Statement, JobRun, Job, ReceivedEvent, Dataset):
            model.objects.all().delete()
        memory.forget()

        # When its events come in any order, each in a batch of its own
        for one in order:
            assert project(one) == 1
        found.append(facts())

    # Then the graph is the same
    assert all(one == found[0] for one in found)
    assert [(state, ended is not None) for state, _, _, ended in found[0][4]] == [
        ("FAIL", True), ("COMPLETE", True), ("COMPLETE", True),
    ]  # fmt: skip
    assert ("c", "b", True) in found[0][2]


def test_one_batch_and_many_give_the_same_graph() -> None:
    sent = [event("START", **LOAD), event("COMPLETE", "2026-01-01T01:00:00Z", **LOAD)]
    assert project(*sent) == 2
    at_once = facts()
    for model in (Statement, JobRun, Job, ReceivedEvent, Dataset):
        model.objects.all().delete()
    for one in sent:
        memory.forget()  # as if another process took over
        project(one)
    assert facts() == at_once


def test_a_failed_run_takes_back_what_only_it_stated() -> None:
    project(event("START", **LOAD))
    assert dataset_edges() == {("a", "b", True)}
    project(event("FAIL", "2026-01-01T00:01:00Z", run_facets={"errorMessage": {"message": "no"}}))
    # The columnLineage facet was told of the dataset itself; that the run made it was not
    assert JobRun.objects.get().error == "no"
    assert Job.objects.get().last_state == "FAIL"


def test_what_a_facet_said_goes_with_it() -> None:
    # Given a dataset with words, owners, marks and results of tests
    told = {
        "documentation": {"description": "All orders"},
        "ownership": {"owners": [{"name": "team:sales", "type": "OWNER"}]},
        "tags": {"tags": [{"key": "gold", "value": "true"}]},
        "dataQualityAssertions": {"assertions": [{"assertion": "not_null", "success": True}]},
    }
    project(event(outputs=[dataset("t", "id", **told)]))
    made = Dataset.objects.get()
    assert made.harvested_description == "All orders"
    assert (made.ownerships.count(), made.labels.count(), made.test_results.count()) == (1, 1, 1)

    # When an event takes all of it back
    gone = {name: {"_deleted": True} for name in told}
    project(event(run=2, at="2026-01-02T00:00:00Z", outputs=[dataset("t", "id", **gone)]))

    # Then none is left
    made.refresh_from_db()
    assert made.harvested_description == ""
    assert (made.ownerships.count(), made.labels.count(), made.test_results.count()) == (0, 0, 0)

    # But what another source says of a dataset stays
    spoken = {"documentation": {"description": "Theirs"}}
    project(
        event(run=3, at="2026-01-03T00:00:00Z", outputs=[dataset("shop.public.other", **spoken)])
    )
    other = Dataset.objects.get(qualified_name="postgres://db/shop.public.other")
    files = Connection.objects.create(connector="files", name="Another", settings={})
    SourceRecord.objects.create(connection=files, dataset=other, digest="d", stated={})
    project(
        event(
            run=4,
            at="2026-01-04T00:00:00Z",
            outputs=[dataset("shop.public.other", documentation={"_deleted": True})],
        )
    )
    other.refresh_from_db()
    assert other.harvested_description == "Theirs"


def test_deleted_facets_are_deleted_and_stay_so() -> None:
    project(event(outputs=[dataset("t", documentation={"description": "old"})]))
    project(
        event(at="2026-01-03T00:00:00Z", outputs=[dataset("t", documentation={"_deleted": True})]),
        event(
            at="2026-01-02T00:00:00Z",
            outputs=[dataset("t", documentation={"description": "late"})],
        ),
    )
    memory.forget()
    project(
        event(
            at="2026-01-02T12:00:00Z",
            outputs=[dataset("t", documentation={"description": "later"})],
        )
    )
    assert "documentation" in str(bytes(Dataset.objects.get().reports.get().state))
    assert "late" not in Dataset.objects.get().harvested_description


def test_links_and_renames_are_names_of_one_dataset() -> None:
    # Given a table that the catalog knows, and a job that writes its files
    known = table("shop.public.orders", ("id",), at="postgres://db")
    files = {
        "namespace": "s3://lake",
        "name": "orders",
        "facets": {
            "symlinks": {
                "identifiers": [
                    {"namespace": "postgres://db:5432", "name": "shop.public.orders", "type": "T"}
                ]
            }
        },
    }
    project(event(outputs=[files], inputs=[dataset("shop.public.raw", "id")]))

    # Then the job made the table, which keeps its name
    assert dataset_edges() == {("raw", "orders", True)}
    assert Alias.objects.get(qualified_name="s3://lake/orders").dataset == known
    project(event(run=2, outputs=[{"namespace": "s3://lake", "name": "orders"}]))
    assert Dataset.objects.count() == 2

    # And a dataset that is renamed keeps what hangs on it
    change = {
        "lifecycleStateChange": "RENAME",
        "previousIdentifier": {"namespace": "postgres://db:5432", "name": "shop.public.orders"},
    }
    project(
        event(
            run=3, at="2026-01-05T00:00:00Z",
            outputs=[dataset("shop.public.orders_2026", lifecycleStateChange=change)],
        )
    )  # fmt: skip
    known.refresh_from_db()
    assert known.qualified_name == "postgres://db/shop.public.orders_2026"
    assert Dataset.objects.count() == 2
    assert dataset_edges() == {("raw", "orders_2026", True)}


def test_what_is_made_and_renamed_at_once_keeps_what_it_was_made_from() -> None:
    # Given a job that fills a table beside the one in use and then gives it that one's name
    facet = column_lineage(id=[("shop.public.raw", "id", "IDENTITY")])
    change = {
        "lifecycleStateChange": "RENAME",
        "previousIdentifier": {"namespace": "postgres://db:5432", "name": "shop.public.new"},
    }
    filled = event(
        inputs=[dataset("shop.public.raw", "id")],
        outputs=[dataset("shop.public.new", "id", columnLineage=facet)],
    )
    renamed = event(
        job="rename", run=2, at="2026-01-02T00:00:00Z",
        outputs=[dataset("shop.public.orders", "id", lifecycleStateChange=change)],
    )  # fmt: skip

    # When both are projected in one batch
    project(filled, renamed)

    # Then there is one table under its last name, made from what it was made from
    assert set(Dataset.objects.values_list("name", flat=True)) == {"raw", "orders"}
    assert dataset_edges() == {("raw", "orders", True)}
    assert ("raw.id", "orders.id", "IDENTITY") in column_edges()

    # And whoever names it as before means it
    project(
        event(
            job="read", run=3, at="2026-01-03T00:00:00Z",
            inputs=[dataset("shop.public.new")], outputs=[dataset("shop.public.daily", "id")],
        )
    )  # fmt: skip
    assert ("orders", "daily", True) in dataset_edges()


def test_a_dropped_dataset_is_gone_until_it_is_written_again() -> None:
    drop = {"lifecycleStateChange": "DROP"}
    project(event(outputs=[dataset("t", "id")]))
    project(event(at="2026-01-02T00:00:00Z", outputs=[dataset("t", lifecycleStateChange=drop)]))
    assert Dataset.objects.get().disappeared_at is not None
    project(event(at="2026-01-03T00:00:00Z", run=2, outputs=[dataset("t", "id")]))
    assert Dataset.objects.get().disappeared_at is None


def test_checks_and_measures_are_kept_where_the_catalog_keeps_them() -> None:
    checked = dataset(
        "t", "id",
        dataQualityAssertions={
            "assertions": [
                {"assertion": "not_null", "success": False, "column": "id", "severity": "warn"}
            ]
        },
    )  # fmt: skip
    whole = dataset("w", lifecycleStateChange={"lifecycleStateChange": "OVERWRITE"})
    whole["outputFacets"] = {"outputStatistics": {"rowCount": 7, "size": 70}}
    part = dataset("p")
    part["outputFacets"] = {"outputStatistics": {"rowCount": 3}}
    measured = dataset("m", dataQualityMetrics={"rowCount": 5, "columnMetrics": {}})
    measured["inputFacets"] = {"inputStatistics": {"rowCount": 4}}

    project(event(inputs=[checked, measured], outputs=[whole, part]))

    result = TestResult.objects.get()
    assert (result.name, result.status) == ("id: not null", "warned")
    assert set(Profile.objects.values_list("dataset__name", "rows", "size_bytes")) == {
        ("m", 5, None),
        ("w", 7, 70),
    }
    run = JobRun.objects.get()
    assert (run.rows_read, run.rows_written, run.bytes_written) == (4, 10, 70)


def test_queries_are_one_job_for_each_statement_not_for_each_execution() -> None:
    def query(number: int, sql: str) -> dict[str, Any]:
        job = f"20260101_00000{number}_0000{number}_abcde"
        return event(
            run=number, job=job, inputs=[dataset("shop.public.a", "id")],
            job_facets={"sql": {"query": sql, "dialect": "trino"}},
        )  # fmt: skip

    project(
        query(1, "SELECT id FROM a WHERE id = 1"),
        query(2, "select id  from a where id = 2 -- again"),
        query(3, "SELECT count(*) FROM a"),
    )
    assert sorted(Job.objects.values_list("runs_heard", flat=True)) == [1, 2]
    assert JobRun.objects.get(external_id="20260101_000001_00001_abcde").job.name.startswith(
        "query "
    )


def test_a_dataset_that_only_a_facet_names_is_one() -> None:
    facet = column_lineage(id=[("shop.public.seed", "id", "IDENTITY")])
    project(event(outputs=[dataset("shop.public.b", "id", columnLineage=facet)]))
    assert dataset_edges() == {("seed", "b", True)}


def test_parents_and_what_is_only_known_of_a_job() -> None:
    parent = {
        "parent": {
            "job": {"namespace": "jobs", "name": "daily"},
            "run": {"runId": "d46e465b-d358-4d32-83d4-df660ff614dd"},
        }
    }
    facets = {
        "documentation": {"description": "Loads b."},
        "jobType": {"processingType": "BATCH", "integration": "AIRFLOW", "jobType": "TASK"},
        "sourceCodeLocation": {"type": "git", "url": "https://example.org/x", "version": "abc"},
    }
    designed = {
        "eventTime": "2026-01-01T00:00:00Z",
        "job": {"namespace": "jobs", "name": "load", "facets": facets},
    }
    project({**designed, "outputs": [dataset("t")]}, event("START", run_facets=parent))

    job = Job.objects.get(name="load")
    assert (job.description, job.integration, job.code_version) == ("Loads b.", "AIRFLOW", "abc")
    assert job.parent is not None
    assert (job.parent.name, job.parent.runs_heard) == ("daily", 0)
    assert str(JobRun.objects.get().parent_run) == "d46e465b-d358-4d32-83d4-df660ff614dd"
    assert Job.objects.get(name="load").datasets.get().role == "writes"


def test_entries_of_a_jobs_lineage_facet_are_edges() -> None:
    source = {"namespace": "postgres://db:5432", "name": "shop.public.a", "type": "DATASET"}
    entry = {
        **source,
        "name": "shop.public.b",
        "inputs": [source, {"namespace": "jobs", "name": "other", "type": "JOB"}],
        "fields": {"id": {"inputs": [{**source, "field": "id"}]}},
    }
    project(
        event(inputs=[dataset("shop.public.a", "id")], outputs=[dataset("shop.public.b", "id")]),
        event(run=2, at="2026-01-02T00:00:00Z", job_facets={"lineage": {"entries": [entry]}}),
    )
    assert dataset_edges() == {("a", "b", True)}
    assert column_edges() == {("a.id", "b.id", "TRANSFORMATION")}


def test_what_cannot_be_projected_is_parked_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given an event that makes the projection fail
    real = feeding.project

    def failing(bodies: Sequence[bytes]) -> None:
        if any(b"poison" in body for body in bodies):
            raise ValueError("poison")
        real(bodies)

    monkeypatch.setattr(feeding, "project", failing)
    given(event(run=1), event(run=2, job="poison"), event(run=3))

    # When it was tried several times, with waits between
    for attempt in range(1, feeding.MAX_ATTEMPTS):
        assert feed_run_events() == 0
        offset = RunEventOffset.objects.get()
        assert (offset.attempts, offset.last_error) == (attempt, "ValueError: poison")
        assert offset.retry_at is not None
        assert feed_run_events() == 0  # it backs off
        RunEventOffset.objects.update(retry_at=None)
    assert feed_run_events() == 3

    # Then it alone is parked, and an administrator can try again
    parked = ParkedRunEvent.objects.get()
    assert (b"poison" in bytes(parked.body), parked.error) == (True, "ValueError: poison")
    assert JobRun.objects.count() == 2
    monkeypatch.setattr(feeding, "project", real)
    retry_parked_run_event(acting=administrator(), parked_id=parked.pk)
    assert JobRun.objects.count() == 3
    assert feed_run_events() == 0


@pytest.mark.fixtures
def test_events_of_real_producers(fixtures_folder: Path) -> None:
    sent = []
    for path in sorted((fixtures_folder / "openlineage/events").glob("*.ndjson")):
        sent += [json.loads(line) for line in path.read_text().splitlines()]
    sent += json.loads((fixtures_folder / "marquez/food_delivery_seed.json").read_text())

    assert project(*sent) == len(sent) == 102

    assert ParkedRunEvent.objects.count() == 0
    # 13 that are read or written, and one that a columnLineage facet names by mistake
    assert Dataset.objects.filter(qualified_name__contains="food_delivery").count() == 14
    food = {e for e in dataset_edges() if e[1] == "orders_7_days"}
    assert {source for source, _, _ in food} == {"menus", "menu_items", "orders", "categories"}
    trino = Job.objects.get(integration="TRINO")
    assert (trino.name.startswith("query "), trino.runs_heard, trino.last_state) == (
        True, 1, "COMPLETE",
    )  # fmt: skip
    assert {e for e in column_edges() if e[1].startswith("n2")} >= {
        ("nation.name", "n2.nation", "TRANSFORMATION"),
        ("region.regionkey", "n2", "CONDITIONAL"),
    }

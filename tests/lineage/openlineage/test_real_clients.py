"""Stock clients against the event door on a real socket: what they send arrives in the graph."""

from __future__ import annotations

import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.event_v2 import (
    Job as ClientJob,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    nominal_time_run,
    schema_dataset,
    sql_job,
)
from openlineage.client.transport.http import (
    ApiKeyTokenProvider,
    HttpCompression,
    HttpConfig,
    HttpTransport,
)

from catalog.models import Dataset, TestResult
from lineage.api.event_door import EventDoor
from lineage.models import ColumnEdge, Job, JobRun, ReceivedEvent
from lineage.services.run_events.feeding import feed_run_events
from lineage.services.run_events.keeping import forget_senders
from lineage.services.run_events.projecting import memory
from tests.feeding import feed_settled, settle
from tests.lineage.openlineage.sending import bearer, elsewhere
from tests.lineage.warehouse import column_edges, dataset_edges
from tests.servers.dbt import dbt_ol
from tests.servers.running import free_port
from tests.servers.trino import running_trino

pytestmark = pytest.mark.django_db(transaction=True)

AT = "2026-01-01T00:00:00+00:00"
PATIENCE = 60.0  # seconds for events that a client sends on its own


@pytest.fixture
def door() -> Iterator[str]:
    """The address of a door that listens, with nothing behind it."""
    memory.forget()
    forget_senders()
    port = free_port()
    config = uvicorn.Config(EventDoor(elsewhere), port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    memory.forget()


@pytest.fixture
def key() -> str:
    """An API token with scope ingest."""
    return bearer()["Authorization"].removeprefix("Bearer ")


def wait_for(states: dict[str, str]) -> None:
    """Project until the job of each integration's statement has its state; fails with what came."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        feed_run_events()
        found = dict(JobRun.objects.values_list("job__sql", "state"))
        if all(found.get(sql) == state for sql, state in states.items()):
            return
        time.sleep(0.2)
    pytest.fail(f"Only these runs came: {found} of {ReceivedEvent.objects.count()} events.")


@pytest.mark.servers
def test_trino_tells_of_its_statements(door: str, key: str) -> None:
    # Given a Trino whose listener posts here, queries included
    listener = {
        "event-listener.name": "openlineage",
        "openlineage-event-listener.trino.uri": "{url}",
        "openlineage-event-listener.trino.include-query-types": "SELECT,INSERT,UPDATE,DELETE,MERGE",
        "openlineage-event-listener.transport.type": "HTTP",
        "openlineage-event-listener.transport.url": door,
        "openlineage-event-listener.transport.api-key": key,
    }
    etc = {"listener.properties": "".join(f"{k}={v}\n" for k, v in listener.items())}
    made = (
        "CREATE TABLE memory.default.places AS SELECT n.name AS nation, upper(r.name) AS region"
        " FROM tpch.tiny.nation n JOIN tpch.tiny.region r ON n.regionkey = r.regionkey"
    )
    asked = "SELECT region, count(*) AS nations FROM memory.default.places GROUP BY region"
    wrong = "SELECT nation / 0 FROM memory.default.places"
    with running_trino(
        etc=etc, config={"event-listener.config-files": "{etc}/listener.properties"}
    ) as trino:
        # When it runs a statement that writes, one that reads twice, and one that fails
        trino.query(made)
        assert len(trino.query(asked)) == 5
        trino.query(asked.replace("SELECT region", "select  region"))
        with pytest.raises(RuntimeError):
            trino.query(wrong)
        wait_for({made: "COMPLETE", asked.replace("SELECT region", "select  region"): "COMPLETE"})
        wait_for({wrong: "FAIL"})

    # Then tables and columns are connected as the statement says
    assert {(s, t) for s, t, _ in dataset_edges()} == {("nation", "places"), ("region", "places")}
    assert {e for e in column_edges() if "." in e[1]} == {
        ("nation.name", "places.nation", "TRANSFORMATION"),
        ("region.name", "places.region", "TRANSFORMATION"),
    }
    # And the two executions of the query are runs of one job
    job = Job.objects.get(sql__startswith="select  region")
    assert (job.runs_heard, job.integration, job.dialect) == (2, "TRINO", "trino")
    assert {row.dataset.name for row in job.datasets.filter(role="reads")} == {"places"}
    assert len(set(job.runs.values_list("external_id", flat=True))) == 2
    # And Concord's own reading of the statement is beside the listener's
    feed_settled()
    assert ColumnEdge.objects.filter(statement__kind="view", subtype="IDENTITY").count() == 1


def test_the_python_client_is_understood(door: str, key: str) -> None:
    # Given the client of PyPI, packing what it sends
    config = HttpConfig(
        url=door, auth=ApiKeyTokenProvider({"apiKey": key}), compression=HttpCompression.GZIP
    )
    client = OpenLineageClient(transport=HttpTransport(config))
    run = Run(str(uuid.UUID(int=9)), {"nominalTime": nominal_time_run.NominalTimeRunFacet(AT)})
    job = ClientJob("py", "load", {"sql": sql_job.SQLJobFacet("SELECT id FROM a")})
    column = column_lineage_dataset.InputField("postgres://db:5432", "shop.public.a", "id")
    facets: dict[str, Any] = {
        "schema": schema_dataset.SchemaDatasetFacet(
            [schema_dataset.SchemaDatasetFacetFields("id", "int")]
        ),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
            {"id": column_lineage_dataset.Fields([column])}
        ),
    }
    schema = {"schema": facets["schema"]}
    source = InputDataset("postgres://db:5432", "shop.public.a", schema)
    target = OutputDataset("postgres://db:5432", "shop.public.b", facets)

    # When it emits a run from start to end, a job and a dataset by themselves
    for state in (RunState.START, RunState.COMPLETE):
        client.emit(
            RunEvent(
                eventType=state, eventTime=AT, run=run, job=job, producer="https://example.org",
                inputs=[source], outputs=[target],
            )
        )  # fmt: skip
    client.emit(
        JobEvent(eventTime=AT, job=ClientJob("py", "planned"), producer="https://example.org")
    )
    client.emit(
        DatasetEvent(
            eventTime=AT, dataset=StaticDataset("postgres://db:5432", "shop.public.c"),
            producer="https://example.org",
        )
    )  # fmt: skip
    settle()
    feed_run_events()

    # Then the graph has all of it
    assert ReceivedEvent.objects.count() == 4
    assert dataset_edges() == {("a", "b", True)}
    assert column_edges() == {("a.id", "b.id", "TRANSFORMATION")}
    assert JobRun.objects.get().state == "COMPLETE"
    assert set(Job.objects.values_list("name", flat=True)) == {"load", "planned"}
    assert Dataset.objects.filter(name="c").exists()


@pytest.mark.servers
def test_dbt_tells_of_its_models_and_tests(door: str, key: str, tmp_path: Path) -> None:
    # Given a small project on DuckDB: a seed, a view, a table, tests
    files = {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n"
        "seed-paths: [seeds]\n",
        "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
        f"      path: {tmp_path}/shop.duckdb\n",
        "seeds/raw_orders.csv": "id,customer,amount\n1,ann,3\n2,bob,4\n",
        "models/orders.sql": "SELECT id, customer, amount FROM {{ ref('raw_orders') }}",
        "models/totals.sql": "{{ config(materialized='table') }} SELECT customer,"
        " sum(amount) AS total FROM {{ ref('orders') }} GROUP BY customer",
        "models/schema.yml": "models:\n  - name: totals\n    columns:\n      - name: customer\n"
        "        data_tests: [not_null, unique]\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    # When dbt builds it under OpenLineage's wrapper
    done = subprocess.run(
        [dbt_ol(), "build", "--project-dir", tmp_path, "--profiles-dir", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{dbt_ol().parent}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "OPENLINEAGE_URL": door,
            "OPENLINEAGE_API_KEY": key,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    settle()
    feed_run_events()

    # Then its models are connected, its jobs have the run of dbt as parent, and tests have results
    assert {(s, t) for s, t, _ in dataset_edges()} >= {
        ("raw_orders", "orders"),
        ("orders", "totals"),
    }
    assert JobRun.objects.exclude(state="COMPLETE").count() == 0
    assert Job.objects.filter(parts__isnull=False).exists()
    statuses = TestResult.objects.filter(dataset__name="totals").values_list("status", flat=True)
    assert set(statuses) == {"passed"}

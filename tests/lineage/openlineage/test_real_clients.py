"""Stock clients against the event door on a real socket: what they send arrives in the graph."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from catalog.services.consumers import feed_all
from lineage.api.event_door import EventDoor
from lineage.models import ColumnEdge, Job, JobRun, ReceivedEvent
from lineage.services.run_events.feeding import feed_run_events
from lineage.services.run_events.keeping import forget_senders
from lineage.services.run_events.projecting import memory
from tests.lineage.openlineage.sending import bearer, elsewhere
from tests.lineage.warehouse import column_edges, dataset_edges
from tests.servers.running import free_port
from tests.servers.trino import running_trino

pytestmark = pytest.mark.django_db(transaction=True)

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
    feed_all()
    assert ColumnEdge.objects.filter(statement__kind="view", subtype="IDENTITY").count() == 1

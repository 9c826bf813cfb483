"""The queries of a running Trino: counted once, by whom, with tables and edges."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from catalog.models import Connection, IngestionRun
from catalog.services.ingestion_runs import execute_run, request_run
from catalog.types import RunState
from lineage.models import Query, QueryJoin, QueryTable
from tests.factories import PersonFactory
from tests.lineage.queries.logs import ACTING, import_file
from tests.lineage.warehouse import dataset_edges, table
from tests.servers.trino import Trino, running_trino

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

HOME = "trino://testing"
READING = (
    "SELECT n.name, count(*) FROM tpch.tiny.customer c JOIN tpch.tiny.nation n"
    " ON c.nationkey = n.nationkey WHERE c.mktsegment = '{}' GROUP BY n.name"
)

FAILING = "SELECT nope FROM tpch.tiny.nation"


def import_from(url: str) -> IngestionRun:
    connection, _ = Connection.objects.get_or_create(
        name="trino",
        defaults={
            "connector": "trino_queries",
            "settings": {"url": url, "instance": "testing"},
        },
    )
    run = request_run(acting=ACTING, connection_id=connection.pk, in_background=False)
    return execute_run(run.pk)


def test_what_ran_is_recorded_once_with_its_edges(trino: Trino) -> None:
    # Given tables that the catalog knows, and queries that a person and a tool ran
    table("tpch.tiny.customer", ("custkey", "name", "nationkey", "mktsegment"), at=HOME)
    table("tpch.tiny.nation", ("nationkey", "name"), at=HOME)
    table("memory.default.segments", ("name", "customers"), at=HOME)
    person = PersonFactory(username="ann")
    trino.query(READING.format("BUILDING"), user="ann")
    trino.query(READING.format("MACHINERY"), user="ann")
    trino.query(f"{READING.format('HOUSEHOLD')} -- concord query log", user="ann")
    trino.query("DROP TABLE IF EXISTS memory.default.segments", user="etl")
    trino.query(
        "CREATE TABLE memory.default.segments AS SELECT mktsegment AS name, count(*) AS customers"
        " FROM tpch.tiny.customer GROUP BY 1",
        user="etl",
    )
    with pytest.raises(RuntimeError):
        trino.query(FAILING, user="ann")

    # When the coordinator is asked, and asked again
    run = import_from(trino.url)
    again = import_from(trino.url)

    # Then the queries are counted once, with who ran them
    assert (run.state, run.error) == (RunState.SUCCEEDED, "")
    assert (again.created, again.state) == (0, RunState.SUCCEEDED)
    query = Query.objects.get(text=READING.format("?"))
    assert (query.runs, query.errors) == (3, 0)
    assert query.total_ms > 0
    assert [runner.user.person for runner in query.runners.all()] == [person]
    assert Query.objects.get(text__startswith="SELECT nope").errors == 1
    assert not Query.objects.filter(text__contains="system.runtime").exists()

    # And what they read, join and write is known
    read = QueryTable.objects.filter(query=query).values_list("dataset__name", flat=True)
    assert set(read) == {"customer", "nation"}
    join = QueryJoin.objects.get(query=query)
    assert join.left_column.name == join.right_column.name == "nationkey"
    assert ("customer", "segments", True) in dataset_edges()


def test_events_that_a_trino_sends_are_read_as_they_come(tmp_path: Path) -> None:
    # Given a Trino that sends its events to somebody who writes them down, one a line
    log = tmp_path / "events.jsonl"
    with _collecting(log) as address:
        etc = {
            "event-listener.properties": "event-listener.name=http\n"
            "http-event-listener.log-created=true\nhttp-event-listener.log-completed=true\n"
            f"http-event-listener.connect-ingest-uri={address}\n"
        }
        lines = {"event-listener.config-files": "{etc}/event-listener.properties"}
        with running_trino(etc=etc, config=lines) as server:
            server.query(READING.format("BUILDING"), user="ann")
            with pytest.raises(RuntimeError):
                server.query(FAILING, user="etl")
            _wait(lambda: {READING.format("BUILDING"), FAILING} <= _ended(log))

    # When the file is imported twice
    table("tpch.tiny.customer", ("custkey", "name", "nationkey", "mktsegment"), at=HOME)
    settings = {"instance": "testing"}
    run = import_file(log, connector="trino_queries", settings=settings)
    again = import_file(log, connector="trino_queries", settings=settings)

    # Then its queries are counted once, the failed one as failed
    assert run.state == RunState.SUCCEEDED, list(run.problems.values_list("message", flat=True))
    assert again.created == again.updated == 0
    query = Query.objects.get(text=READING.format("?"))
    assert (query.runs, query.errors) == (1, 0)
    assert query.total_ms > 0
    assert query.rows > 0
    assert [runner.user.name for runner in query.runners.all()] == ["ann"]
    assert QueryTable.objects.get(query=query).dataset.name == "customer"
    failed = Query.objects.get(text__startswith="SELECT nope")
    assert (failed.runs, failed.errors) == (1, 1)


class _Collector(BaseHTTPRequestHandler):
    """Writes every body that is posted into a file, as a line."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.log.open("ab") as file:  # type: ignore[attr-defined]
            file.write(body.replace(b"\n", b" ") + b"\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _collecting(log: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    server.log = log  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _ended(log: Path) -> set[str]:
    """The statements whose end was written down: those that the start of a Trino took as well."""
    lines = log.read_text().split("\n")[:-1] if log.exists() else []  # the last may be half written
    events = [json.loads(line) for line in lines]
    return {event["metadata"]["query"] for event in events if "endTime" in event}


def _wait(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the events did not come"
        time.sleep(0.1)


def test_a_wrong_address_is_refused_in_one_sentence() -> None:
    run = import_from("http://127.0.0.1:9")
    assert run.state == RunState.FAILED
    assert run.error == (
        "Nothing answers at 127.0.0.1:9: check the address, and whether Trino runs."
    )

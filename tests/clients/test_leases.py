"""A gateway in a few lines: DuckDB runs statements under leases of a service on a real socket."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, TokenScope
from concord_client import StatementRefused
from concord_client.leases import Leases, Stopped
from governance.brakes.models import QueryLease
from governance.permissions.holder import opt_outs
from tests.factories import PersonFactory
from tests.governance.brakes.company import brake
from tests.governance.brakes.company import in_force as braked
from tests.governance.permissions.company import in_force as opted_out
from tests.governance.permissions.company import opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = """
    WITH RECURSIVE steps AS (SELECT id FROM hr.person UNION ALL SELECT id + 1 FROM steps)
    SELECT count(*) FROM steps
"""
INTERVAL = 1


@pytest.fixture
def leases(live_server: LiveServer, settings: Any) -> Iterator[Leases]:
    """A gateway with a token; heartbeats come every second."""
    settings.LEASE_HEARTBEAT_SECONDS = INTERVAL
    opt_outs.install(None)
    PersonFactory(username="ann")
    gate = PersonFactory(username="gate", employment_kind=EmploymentKind.SERVICE)
    table("hr.person", ["id", "email"], at="duckdb://lake")
    scopes = (TokenScope.READ, TokenScope.INGEST)
    token = create_token(acting=principal_of(gate), name="t", scopes=scopes)[1]
    yield Leases(live_server.url, token, gateway="notebook")
    opt_outs.install(None)


@pytest.fixture
def session() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute("SET memory_limit='300MB'; SET threads=1; CREATE SCHEMA hr")
    database.execute("CREATE TABLE hr.person AS SELECT 1 AS id, 'a@b.example' AS email")
    return database


def stopped_after(act: Callable[[], object], run: Callable[[], object]) -> tuple[Stopped, float]:
    """How a query that runs is stopped, and how many seconds after something was decided."""
    decided: list[float] = []

    def decide() -> None:
        act()
        decided.append(time.monotonic())
        connections.close_all()

    timer = threading.Timer(1.5 * INTERVAL, decide)
    timer.start()
    with pytest.raises(Stopped) as caught:
        run()
    ended = time.monotonic()
    timer.join()
    return caught.value, ended - decided[0]


def test_a_query_that_runs_is_stopped_within_a_heartbeat_of_a_narrowing_decision(
    leases: Leases, session: duckdb.DuckDBPyConnection
) -> None:
    # Given a query that may run, and ends by itself
    braked(brake("a-minute", limits={"max_seconds": 60}))
    assert leases.run_duckdb(session, "SELECT id FROM hr.person", user="ann") == [(1,)]
    assert QueryLease.objects.get().state == "ended"

    # When an opt-out comes into force while one runs that does not end
    found, _ = stopped_after(
        lambda: opted_out(opt_out(1, resources={"dataset": "hr.person"})),
        lambda: leases.run_duckdb(session, ENDLESS, user="ann"),
    )

    # Then it is stopped by what the opt-out says, and the session is free again
    assert (found.code, "Pay is private." in str(found)) == ("opt_out", True)
    lease = QueryLease.objects.order_by("-granted_at").first()
    assert lease is not None
    assert (lease.state, lease.gateway, lease.sql) == ("stopped", "notebook", "")
    assert session.execute("SELECT 7").fetchall() == [(7,)]
    with pytest.raises(StatementRefused, match="Pay is private"):
        leases.run_duckdb(session, "SELECT id FROM hr.person", user="ann")


def test_a_brake_stops_what_runs_too_long(
    leases: Leases, session: duckdb.DuckDBPyConnection
) -> None:
    braked(brake("two-seconds", limits={"max_seconds": 2}))
    with pytest.raises(Stopped) as caught:
        leases.run_duckdb(session, ENDLESS, user="ann")
    assert (caught.value.code, caught.value.brake) == ("elapsed", "brake:two-seconds")


def test_what_a_brake_refuses_does_not_begin(
    leases: Leases, session: duckdb.DuckDBPyConnection
) -> None:
    braked(brake("limits", form={"limit_rows": 5}, asked={"gateways": ["notebook"]}))
    with pytest.raises(StatementRefused, match="Limits: It asks for all rows"):
        leases.run_duckdb(session, "SELECT id FROM hr.person", user="ann")
    assert leases.run_duckdb(session, "SELECT id FROM hr.person LIMIT 5", user="ann") == [(1,)]


class _Between(http.server.BaseHTTPRequestHandler):
    """What answers in the place of a service that is away: a page, and no error."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>We are back soon.</html>")

    def do_DELETE(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=["away", "a page in its place"])
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address that a service is no longer at."""
    if request.param == "away":
        yield "http://127.0.0.1:9"
        return
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Between) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_nobody_to_ask_is_a_stop(
    leases: Leases,
    session: duckdb.DuckDBPyConnection,
    elsewhere: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a service that is there when a query begins, and away afterwards
    braked(brake("a-minute", limits={"max_seconds": 60}))
    whole = leases._given
    asked = leases.ask

    def ask(*args: Any, **more: Any) -> Any:
        found = asked(*args, **more)
        leases._given = (elsewhere, *whole[1:])
        return found

    monkeypatch.setattr(leases, "ask", ask)
    with pytest.raises(Stopped) as caught:
        leases.run_duckdb(session, ENDLESS, user="ann")
    assert caught.value.code == "silence"

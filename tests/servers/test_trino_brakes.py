"""Brakes on a real Trino: what runs is killed within a heartbeat of a decision, and why is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.models import Person
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind
from governance.brakes.models import QueryLease
from governance.brakes.trino.coordinator import running
from governance.brakes.trino.watching import Killed, Watcher
from governance.permissions.holder import opt_outs
from lineage.connectors.trino_client import TrinoAddress
from tests.factories import PersonFactory
from tests.governance.brakes.company import brake
from tests.governance.brakes.company import in_force as braked
from tests.governance.permissions.company import in_force as opted_out
from tests.governance.permissions.company import opt_out
from tests.lineage.warehouse import table
from tests.servers.trino import Trino

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

HOME = "trino://testing"
HEARTBEAT = 5.0  # seconds
ENOUGH = 60.0  # seconds, for a machine that does much else
LONG = "SELECT count(*) FROM tpch.sf100.lineitem WHERE comment LIKE '%a%b%c%d%e%f%'"
CROSS = "SELECT count(*) FROM tpch.sf10.orders AS a, tpch.sf10.lineitem AS b"


class Query(threading.Thread):
    """A query of somebody's in a thread of its own; `error` is what Trino told them in the end."""

    def __init__(self, trino: Trino, sql: str, user: str) -> None:
        super().__init__(daemon=True)
        self._run = lambda: trino.query(sql, user=user)
        self.error = ""
        self.ended_at = 0.0
        self.start()

    def run(self) -> None:
        """Until it is over, or killed."""
        try:
            self._run()
        except RuntimeError as error:
            self.error = str(error)
        self.ended_at = time.monotonic()


@pytest.fixture
def watcher(trino: Trino) -> Iterator[Watcher]:
    """The watcher of a gateway whose service account Concord knows."""
    opt_outs.install(None)
    PersonFactory(username="ann")
    gate = PersonFactory(username="gate", employment_kind=EmploymentKind.SERVICE)
    for name, columns in (
        ("orders", ("orderkey", "comment")),
        ("lineitem", ("orderkey", "comment")),
    ):
        for schema in ("sf10", "sf100"):
            table(f"tpch.{schema}.{name}", columns, at=HOME)
    address = TrinoAddress(trino.url, "concord")
    yield Watcher(address, principal_of(gate), "lake", HOME)
    opt_outs.install(None)


def until(look: Callable[[], Any], seconds: float = ENOUGH) -> Any:
    """Look again and again until there is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("Nothing happened in time.")


def looked(watcher: Watcher) -> list[Killed]:
    """As the command does: again within half a heartbeat."""
    return watcher.look()


def test_a_running_query_is_killed_within_a_heartbeat_of_a_narrowing_decision(
    trino: Trino, watcher: Watcher, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a query that runs under a lease
    braked(brake("ten-minutes", limits={"max_seconds": 600}))
    query = Query(trino, LONG, "ann")
    until(lambda: running(watcher.address))
    assert looked(watcher) == []
    lease = QueryLease.objects.get()
    assert (lease.subject.username, lease.gateway, lease.state) == ("ann", "lake", "running")
    time.sleep(HEARTBEAT / 2)
    assert looked(watcher) == []
    lease.refresh_from_db()
    assert lease.seconds > 0
    assert lease.query_id

    # When an opt-out is adopted that closes what it reads
    opted_out(opt_out(1, resources={"dataset": "tpch.sf100.lineitem"}))
    decided = time.monotonic()

    # Then its next heartbeat is answered stop, it is killed, and whoever ran it reads why
    (killed,) = looked(watcher)
    query.join(ENOUGH)
    assert not query.is_alive()
    assert (killed.user, killed.query_id) == ("ann", lease.query_id)
    assert "Pay is private." in query.error
    lease.refresh_from_db()
    assert (lease.state, lease.code, lease.sql) == ("stopped", "opt_out", "")
    with capsys.disabled():
        print(f"\nkilled {query.ended_at - decided:.2f} s after the decision")  # noqa: T201

    # And one more like it does not last until the next look but one
    again = Query(trino, LONG, "ann")
    until(lambda: looked(watcher))
    again.join(ENOUGH)
    assert "Pay is private." in again.error
    assert QueryLease.objects.count() == 1


def test_a_query_that_a_brake_refuses_is_killed_by_its_name(trino: Trino, watcher: Watcher) -> None:
    braked(brake("no-cross-joins", form={"no_cross_join": True}))
    query = Query(trino, CROSS, "ann")
    (killed,) = until(lambda: looked(watcher))
    query.join(ENOUGH)
    assert killed.reason.startswith("No cross joins: Nothing ties tpch.sf10.orders and")
    assert "No cross joins: Nothing ties" in query.error


def test_what_runs_too_long_is_killed(trino: Trino, watcher: Watcher) -> None:
    braked(brake("three-seconds", limits={"max_seconds": 3}))
    query = Query(trino, LONG, "ann")
    (killed,) = until(lambda: looked(watcher))
    query.join(ENOUGH)
    assert "Three seconds: It has run for" in query.error
    assert killed.user == "ann"


def test_what_ends_by_itself_is_closed_with_its_numbers(trino: Trino, watcher: Watcher) -> None:
    braked(brake("ten-minutes", limits={"max_seconds": 600}))
    query = Query(trino, "SELECT max(comment) FROM tpch.sf10.orders", "ann")
    until(lambda: looked(watcher) or QueryLease.objects.exists())
    while query.is_alive():
        assert looked(watcher) == []
        query.join(0.5)
    until(lambda: not running(watcher.address))
    assert looked(watcher) == []
    lease = QueryLease.objects.get()
    assert (query.error, lease.state) == ("", "ended")


def test_a_stranger_is_left_alone_unless_told_otherwise(trino: Trino, watcher: Watcher) -> None:
    braked(brake("no-cross-joins", form={"no_cross_join": True}))
    query = Query(trino, CROSS, "stranger")
    until(lambda: running(watcher.address))
    assert looked(watcher) == []
    watcher._left.clear()
    watcher.stops_strangers = True
    (killed,) = until(lambda: looked(watcher))
    query.join(ENOUGH)
    assert (killed.user, killed.reason) == ("stranger", "Concord knows nobody of that name.")
    assert not Person.objects.filter(username="stranger").exists()

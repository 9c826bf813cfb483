"""A server of gateways on real sockets, killed under load: what it answered is on the record."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from governance.audit.selectors.verifying import verify
from governance.audit.services import recording
from governance.audit.uploading import upload_left_behind
from governance.models import AuditRow
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway
from tests.embedded import ROOT
from tests.factories import ColumnFactory, DatasetFactory, PersonFactory, SystemFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING, table, trino_body
from tests.servers.running import free_port

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 12


class Pool:
    """`config.gateway_pool` in processes of its own, on the database of the tests."""

    def __init__(self, var: Path, secret: str) -> None:
        self.port = free_port()
        self.secret = secret
        self.workers = 1
        given = connection.get_connection_params()
        host, port, user, name = (given.get(key, "") for key in ("host", "port", "user", "dbname"))
        password = given.get("password") or ""
        url = f"postgresql://{user}:{password}@:{port or 5432}/{name}?host={host}"
        dropped = ("CONCORD_TEST_VAR", "DJANGO_SETTINGS_MODULE")
        self._environment = {key: one for key, one in os.environ.items() if key not in dropped}
        self._environment |= {
            "CONCORD_VAR": str(var),
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": "redis://127.0.0.1:1",
            "SECRET_KEY": "of the pools of tests, long enough to be one",
            "ALLOWED_HOSTS": "localhost",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Until it is ready."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "config.gateway_pool"),
                *("--port", str(self.port), "--workers", str(self.workers)),
            ],
            cwd=ROOT,
            env=self._environment | environment,
        )
        until = time.monotonic() + 60
        while True:
            assert self.process.poll() is None
            assert time.monotonic() < until
            try:
                if self.get("/gw/ready") == 200:
                    return
            except OSError:
                time.sleep(0.05)

    def those_that_answer(self) -> list[int]:
        """Their process ids."""
        assert self.process is not None
        pid = self.process.pid
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def kill(self) -> None:
        """All of it, at once."""
        assert self.process is not None
        answering = self.those_that_answer()
        self.process.send_signal(signal.SIGKILL)
        for pid in answering:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str) -> int:
        """The status of an address."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        asking.request("GET", path)
        return asking.getresponse().status

    def ask_until_it_is_gone(self, user: str, answered: dict[str, bool]) -> None:
        """Ask over one connection; `answered` has each answer by the id of its record."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = trino_body(user, "SelectFromColumns", resource=table("lake.hr.pay", "id"))
        path = f"/gw/{self.secret}/v1/data/trino/allow"
        try:
            while True:
                asking.request("POST", path, body, {"Content-Type": "application/json"})
                said = json.loads(asking.getresponse().read())
                answered[said["decision_id"]] = said["result"]
        except (OSError, http.client.HTTPException):
            return


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    """Pay that everybody but Paul is opted out of, and a gateway."""
    for username in ("ann", "paul"):
        PersonFactory(username=username)
    system = SystemFactory(platform="trino", instance="lake")
    pay = DatasetFactory(system=system, name="pay", qualified_name="trino://lake/lake.hr.pay")
    ColumnFactory(dataset=pay, name="id")
    in_force(opt_out(1, subjects={"people": ["ann"]}, resources={"dataset": "hr.pay"}))
    _, secret = add_gateway(acting=ACTING, name="lake", system="trino://lake")
    made = Pool(tmp_path, secret)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
    opt_outs.install(None)


def test_no_answer_is_missing_from_the_record_after_kill_9(pool: Pool, tmp_path: Path) -> None:
    # Given a pool that answers many callers about restricted data
    pool.start()
    answered: dict[str, bool] = {}
    callers = [
        threading.Thread(
            target=pool.ask_until_it_is_gone, args=("ann" if number % 2 else "paul", answered)
        )
        for number in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    until = time.monotonic() + 60
    while len(answered) < 1_500:
        assert time.monotonic() < until
        time.sleep(0.01)

    # When it is killed in the middle
    pool.kill()
    for caller in callers:
        caller.join()

    # Then every answer that a caller has is in the log as it was given, once what lay on the disk
    # is there, and nothing of the log is missing, changed or out of order
    spools = tmp_path / "audit" / "spool"
    until = time.monotonic() + 60
    while list(spools.glob("*.spool")):  # those who kept the records take them there and end
        assert time.monotonic() < until
        upload_left_behind(recording.connect, spools)
        time.sleep(0.05)
    told = dict(AuditRow.objects.filter(gateway="trino:lake").values_list("pk", "outcome"))
    given = {key: "allowed" if result else "refused" for key, result in answered.items()}
    assert given.items() <= {str(key): outcome for key, outcome in told.items()}.items()
    assert set(given.values()) == {"allowed", "refused"}
    chains = list(AuditRow.objects.filter(gateway="trino:lake").values_list("chain", flat=True))
    assert verify(chains=sorted(set(chains))).faults == []

    # And a pool that is started anew while the database is away decides from the bundle on disk
    assert (tmp_path / "gateways" / "bundle").is_file()
    pool.start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    again: dict[str, bool] = {}
    asking = threading.Thread(target=pool.ask_until_it_is_gone, args=("ann", again))
    asking.start()
    while not again:
        assert asking.is_alive()
        time.sleep(0.01)
    pool.kill()
    asking.join()
    assert set(again.values()) == {False}


def test_a_process_that_is_killed_is_replaced_and_nobody_is_refused_meanwhile(pool: Pool) -> None:
    # Given a pool of one process that answers
    pool.start()
    (former,) = pool.those_that_answer()
    time.sleep(1.1)  # one that lived for less is not replaced at once

    # When that process is killed
    os.kill(former, signal.SIGKILL)

    # Then whoever comes next waits until another one decides
    until = time.monotonic() + 60
    statuses = [pool.get("/gw/ready")]
    while statuses[-1] != 200:
        assert time.monotonic() < until
        time.sleep(0.05)
        statuses.append(pool.get("/gw/ready"))
    assert set(statuses) <= {200, 503}
    assert former not in pool.those_that_answer()

    # And it ends with all of its processes when it is told to
    assert pool.process is not None
    pool.process.terminate()
    assert pool.process.wait(30) == 0


def test_a_pool_that_is_told_to_end_keeps_what_it_answered_a_moment_before(pool: Pool) -> None:
    # Given a pool that answers about data that nobody is opted out of
    pool.start()
    asking = http.client.HTTPConnection("127.0.0.1", pool.port, timeout=10)
    body = trino_body("ann", "SelectFromColumns", resource=table("lake.hr.rooms", "id"))
    path = f"/gw/{pool.secret}/v1/data/trino/allow"
    told = []
    for _ in range(5):
        asking.request("POST", path, body, {"Content-Type": "application/json"})
        told.append(json.loads(asking.getresponse().read())["decision_id"])

    # When it is told to end while the records of its answers still gather
    assert pool.process is not None
    pool.process.terminate()
    assert pool.process.wait(30) == 0

    # Then all of them are in the log
    assert AuditRow.objects.filter(pk__in=told, keeping="open").count() == 5

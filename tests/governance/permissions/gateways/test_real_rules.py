"""A stock Trino that reads its file of rules from Concord, through real SQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import System
from governance.models import EnforcementPoint, PolicyEpoch
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway, revoke_gateway
from tests.factories import DatasetFactory, PersonFactory
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.lake import (
    REFUSED,
    compared,
    filled,
    listed,
    outcome,
    restricted,
)
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.trino import Trino, running_trino

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

PLAN = "SELECT id FROM memory.hr.plan"
COUNT = "SELECT count(*) FROM memory.hr.salary"
HOSTILE = (".*", "a.n", "ann|bob", r"ann\E", "(ann", "[ab]nn", "^ann$")
"""Names of people that as expressions of Java would mean somebody else, or break."""


@pytest.fixture
def concord(tmp_path: Path) -> Iterator[Concord]:
    """A Concord with a small directory, some of whose names are hostile."""
    opt_outs.install(None)
    listed()
    DatasetFactory(
        system=System.objects.get(), name="wide", qualified_name="trino://lake/memory.hr.wide"
    )
    for name in HOSTILE:
        PersonFactory(username=name)
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def settled(trino: Trino) -> None:
    """Wait until Trino has read what is in force by now."""
    epoch, until = PolicyEpoch.objects.get().number, time.monotonic() + 30
    while True:
        outcome(trino, "SELECT 1", "pat")  # it reads before a query
        point = EnforcementPoint.objects.filter(door="rules").first()
        version = opt_outs.current().version
        if point is not None and (point.epoch, point.version) == (epoch, version):
            return
        assert time.monotonic() < until, point and (point.epoch, point.version, epoch, version)
        time.sleep(0.3)


def test_a_real_trino_obeys_by_its_file_of_rules(concord: Concord) -> None:
    # given a Trino that reads its rules from Concord every second
    _, secret = add_gateway(acting=ACTING, name="files", system="trino://lake", uses=["rules"])
    address = f"http://127.0.0.1:{concord.port}/gw/{secret}/rules/trino.json"
    time.sleep(1.5)  # until Concord knows the gateway: Trino reads once when it starts
    etc = {
        "access-control.properties": f"access-control.name=file\nsecurity.config-file={address}\n"
        "security.json-pointer=/rules\nsecurity.refresh-period=1s\n"
    }
    with running_trino(etc=etc, config={"hide-inaccessible-columns": "true"}) as trino:
        filled(trino)
        assert outcome(trino, COUNT, "ann") == [[25]]
        assert outcome(trino, "SELECT 1 FROM memory.hr.free", "stranger") == REFUSED

        # when opt-outs come into force, and two people are excepted until a while from now
        ends = restricted(seconds=75)
        settled(trino)

        # then each of thirty queries is answered as stated, and as the native check answers it
        compared(trino)
        # and lists leave out what is hidden, and what is denied as a whole: stricter than elsewhere
        tables = trino.query("SHOW TABLES FROM memory.hr", user="bob")
        assert tables == [["free"], ["people"], ["salary"]]
        columns = trino.query("SHOW COLUMNS FROM memory.hr.salary", user="ann")
        assert [row[0] for row in columns] == ["id", "name", "region"]
        # and writing is closed where it is, and nobody leads others around an opt-out
        for sql, user in (
            ("INSERT INTO memory.hr.free VALUES (3, 4)", "ann"),
            ("DROP TABLE memory.hr.free", "bob"),
            ("ALTER TABLE memory.hr.salary RENAME TO memory.hr.wages", "pat"),
            ("CREATE TABLE memory.hr.copy AS SELECT id FROM memory.hr.people", "ann"),
            ("CALL system.runtime.kill_query('20260101_000000_00000_abcde', 'no')", "ann"),
            ("SELECT * FROM system.metadata.catalogs", "stranger"),
        ):
            assert outcome(trino, sql, user) == REFUSED, sql
        trino.query(
            "CREATE VIEW memory.hr.wide AS SELECT id, amount FROM memory.hr.salary", user="pat"
        )
        assert outcome(trino, "SELECT count(*) FROM memory.hr.wide", "pat") == [[25]]
        assert outcome(trino, "SELECT count(*) FROM memory.hr.wide", "ann") == REFUSED
        # and no name of a person means another one
        for name in HOSTILE:
            assert outcome(trino, PLAN, name) == REFUSED, name
            assert outcome(trino, "SELECT 1 FROM memory.hr.free", name) == [[1]], name
        assert outcome(trino, "SELECT 1 FROM memory.hr.free", "axn") == REFUSED

        # when the exceptions end, then without anybody's doing
        while timezone.now() < ends:
            time.sleep(0.5)
        time.sleep(3)
        assert outcome(trino, PLAN, "ann") == REFUSED
        assert outcome(trino, COUNT, "bob") == [[5]]

        # when Concord is away, then nothing is answered once the rules are old
        concord.stop()
        time.sleep(2)
        assert not isinstance(outcome(trino, COUNT, "pat"), list)
        opt_outs.install(None)
        concord.start()
        assert outcome(trino, COUNT, "pat") == [[25]]
        # and neither after the gateway was revoked
        revoke_gateway(acting=ACTING, name="files")
        time.sleep(3)
        assert not isinstance(outcome(trino, COUNT, "pat"), list)

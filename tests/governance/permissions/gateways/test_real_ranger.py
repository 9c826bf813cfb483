"""A stock Trino that obeys Concord through its plugin for Apache Ranger, through real SQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Dataset
from governance.models import EnforcementPoint, PolicyEpoch
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.lake import (
    REFUSED,
    STATED,
    compared,
    filled,
    listed,
    outcome,
    restricted,
)
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.trino import Trino, running_trino

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

SECURITY = """<configuration>
<property><name>ranger.plugin.trino.policy.rest.url</name><value>{address}</value></property>
<property><name>ranger.plugin.trino.policy.source.impl</name>
 <value>org.apache.ranger.admin.client.RangerAdminRESTClient</value></property>
<property><name>ranger.plugin.trino.policy.pollIntervalMs</name><value>1000</value></property>
<property><name>ranger.plugin.trino.policy.cache.dir</name><value>{{etc}}/cache</value></property>
<property><name>ranger.plugin.trino.service.name</name><value>lake</value></property>
</configuration>"""
AUDIT = """<configuration>
<property><name>xasecure.audit.is.enabled</name><value>false</value></property>
</configuration>"""


@pytest.fixture
def concord(tmp_path: Path) -> Iterator[Concord]:
    """A Concord with a small directory, and what the lake's tables are."""
    opt_outs.install(None)
    listed()
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def settled(trino: Trino) -> None:
    """Wait until the plugin has what is in force by now, and says so."""
    epoch = PolicyEpoch.objects.get().number
    until = time.monotonic() + 30
    while True:
        point = EnforcementPoint.objects.filter(door="ranger").first()
        version = opt_outs.current().version
        if point is not None and (point.epoch, point.version) == (epoch, version):
            return
        assert time.monotonic() < until, point and (point.epoch, point.version, epoch, version)
        time.sleep(0.2)


def test_a_real_trino_obeys_by_its_plugin_for_ranger(concord: Concord) -> None:
    # given a Trino whose plugin downloads policies from Concord
    _, secret = add_gateway(acting=ACTING, name="lake", system="trino://lake", uses=["ranger"])
    security = SECURITY.format(address=f"http://127.0.0.1:{concord.port}/gw/{secret}")
    etc = {
        "access-control.properties": "access-control.name=ranger\nranger.service.name=lake\n"
        "ranger.plugin.config.resource={etc}/security.xml,{etc}/audit.xml\n",
        "security.xml": security.replace("{{etc}}", "{etc}"),
        "audit.xml": AUDIT,
        "cache/.keep": "",
    }
    with running_trino(etc=etc, config={"hide-inaccessible-columns": "true"}) as trino:
        # and data, made while everything is open
        filled(trino)
        assert outcome(trino, "SELECT count(*) FROM memory.hr.salary", "ann") == [[25]]
        assert outcome(trino, "SELECT 1", "stranger") == REFUSED

        # when opt-outs come into force, and two people are excepted until a while from now
        ends = restricted(seconds=75)
        settled(trino)

        # then each of thirty queries is answered as stated, and as the native check answers it
        assert len({sql for sql, *_ in STATED}) == 30
        compared(trino)
        # and lists are as elsewhere: what is confidential is in none, what is denied is
        tables = trino.query("SHOW TABLES FROM memory.hr", user="ann")
        assert ["secret"] not in tables
        assert ["plan"] in tables
        columns = trino.query("SHOW COLUMNS FROM memory.hr.salary", user="ann")
        assert [row[0] for row in columns] == ["id", "name", "region"]
        # and writing is closed where it is
        assert outcome(trino, "INSERT INTO memory.hr.free VALUES (3, 4)", "ann") == REFUSED
        assert outcome(trino, "DROP TABLE memory.hr.free", "bob") == REFUSED

        # when the exceptions end, then without anybody's doing
        while timezone.now() < ends:
            time.sleep(0.5)
        time.sleep(3)
        assert outcome(trino, "SELECT id FROM memory.hr.plan", "ann") == REFUSED
        assert outcome(trino, "SELECT count(*) FROM memory.hr.salary", "bob") == [[5]]

        # when Concord is away, the plugin goes on with what it has
        concord.stop()
        assert outcome(trino, "SELECT id FROM memory.hr.plan", "ann") == REFUSED
        assert outcome(trino, "SELECT sum(cost) FROM memory.hr.free", "ann") == [[2]]
        opt_outs.install(None)
        concord.start()
    assert Dataset.objects.filter(name="plan").exists()

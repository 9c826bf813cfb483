"""A stock Trino that obeys Concord through its plugin for Apache Ranger, through real SQL."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from governance.models import Agreement, EnforcementPoint, OptOutException, PolicyEpoch
from governance.permissions.holder import opt_outs
from governance.permissions.native import CheckAnswer
from governance.permissions.services.gateways import add_gateway
from governance.permissions.services.statements import Statement, check_statement
from governance.permissions.types import ExceptionState
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.trino import Trino, running_trino

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

TABLES = {
    "salary": (("id", "bigint"), ("name", "varchar"), ("amount", "bigint"), ("region", "varchar")),
    "people": (("id", "bigint"), ("phone", "varchar"), ("born", "date")),
    "plan": (("id", "integer"),),
    "secret": (("id", "integer"),),
    "free": (("id", "integer"), ("cost", "integer")),
}
QUERIES = (
    "SELECT id, name, region FROM memory.hr.salary ORDER BY id",
    "SELECT * FROM memory.hr.salary ORDER BY id",
    "SELECT count(*) FROM memory.hr.salary",
    "SELECT region, count(*) FROM memory.hr.salary GROUP BY region ORDER BY region",
    "SELECT amount FROM memory.hr.salary",
    "SELECT id FROM memory.hr.salary WHERE amount > 3000",
    "SELECT max(name) FROM memory.hr.salary s JOIN memory.hr.free f ON f.id = s.id",
    "SELECT * FROM memory.hr.people ORDER BY id",
    "SELECT phone, year(born) FROM memory.hr.people WHERE phone LIKE '%9' ORDER BY id",
    "SELECT id FROM memory.hr.plan",
    "SELECT 1 FROM memory.hr.plan LIMIT 1",
    "SELECT id FROM memory.hr.secret",
    "SELECT sum(cost) FROM memory.hr.free",
    "SELECT * FROM memory.hr.unlisted",
    "SELECT lower('A'), abs(-1)",
)
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
    PersonFactory(username="tester")  # who looks whether Trino works
    AdministratorFactory(username="boss")
    for name in ("ann", "bob"):
        PersonFactory(username=name)
    TeamFactory(name="payroll").members.add(PersonFactory(username="pat"))
    system = SystemFactory(platform="trino", instance="lake")
    for name, columns in TABLES.items():
        row = DatasetFactory(
            system=system, name=name, qualified_name=f"trino://lake/memory.hr.{name}"
        )
        for place, (column, kind) in enumerate(columns):
            ColumnFactory(dataset=row, name=column, physical_type=kind, ordinal=place)
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def outcome(trino: Trino, sql: str, user: str) -> object:
    """The rows, or that Trino refuses."""
    try:
        return trino.query(sql, user=user)
    except RuntimeError as error:
        said = str(error)
        is_refused = any(one in said for one in ("Access Denied", "not exist", "not allowed"))
        return "refused" if is_refused else said


def checked(trino: Trino, sql: str, user: str) -> object:
    """The same by the native check, what it leaves run by somebody who may see everything."""
    statement = Statement(
        sql, "trino", system="trino://lake", default_database="memory", hide_denied=True
    )
    found = check_statement(
        statement, acting=principal_of(Person.objects.get(username=user))
    ).verdict
    if found.answer is CheckAnswer.DENY:
        return "refused"
    return trino.query(found.sql, user="pat")


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
        trino.query("CREATE SCHEMA memory.hr", user="boss")
        trino.query(
            "CREATE TABLE memory.hr.salary AS SELECT nationkey AS id, CAST(name AS varchar) AS"
            " name, nationkey * 1000 AS amount, CAST(IF(regionkey = 3, 'eu', 'us') AS varchar)"
            " AS region FROM tpch.tiny.nation",
            user="boss",
        )
        trino.query(
            "CREATE TABLE memory.hr.people AS SELECT custkey AS id, CAST(phone AS varchar) AS"
            " phone, DATE '1980-02-03' AS born FROM tpch.tiny.customer LIMIT 20",
            user="boss",
        )
        for name in ("plan", "secret", "free", "unlisted"):
            trino.query(f"CREATE TABLE memory.hr.{name} AS SELECT 1 AS id, 2 AS cost", user="boss")
        assert outcome(trino, QUERIES[2], "ann") == [[25]]
        assert outcome(trino, "SELECT 1", "stranger") == "refused"

        # when opt-outs come into force, and ann is excepted from one until a while from now
        in_force(
            opt_out(1, resources={"dataset": "hr.plan"}),
            opt_out(2, resources={"dataset": "hr.secret"}, confidential_metadata=True),
            opt_out(3, resources={"dataset": "hr.salary", "column": "amount"}),
            opt_out(4, resources={"dataset": "hr.salary", "column": "name"}, effect="mask(last3)"),
            opt_out(5, resources={"dataset": "hr.salary"}, effect="row_filter(region = 'eu')"),
            opt_out(6, resources={"dataset": "hr.people", "column": "phone"}, effect="mask(last4)"),
            opt_out(7, resources={"dataset": "hr.people", "column": "born"}, effect="mask(year)"),
            opt_out(8, resources={"dataset": "hr.free"}, actions=["write"]),
        )
        ends = timezone.now() + dt.timedelta(seconds=60)
        for number, username in ((1, "ann"), (5, "bob")):
            OptOutException.objects.create(
                agreement=Agreement.objects.get(key=f"permission_policy:oo-{number}"),
                person=Person.objects.get(username=username), state=ExceptionState.APPROVED,
                reason="Audit.", begins_at=timezone.now() - dt.timedelta(hours=1), ends_at=ends,
                requested_at=timezone.now(),
            )  # fmt: skip
        settled(trino)

        # then each query is answered as the native check answers it, for whoever asks
        seen = {}
        for user in ("ann", "bob", "pat"):
            for sql in QUERIES:
                found = outcome(trino, sql, user)
                seen[user, sql] = found
                assert found == checked(trino, sql, user), (user, sql)
        assert seen["ann", QUERIES[0]] == [
            [6, "NCE", "eu"], [7, "ANY", "eu"], [19, "NIA", "eu"], [22, "SIA", "eu"],
            [23, "DOM", "eu"],
        ]  # fmt: skip
        assert (seen["ann", QUERIES[9]], seen["bob", QUERIES[9]]) == ([[1]], "refused")
        assert (seen["ann", QUERIES[2]], seen["bob", QUERIES[2]]) == ([[5]], [[25]])
        assert seen["pat", QUERIES[4]] != "refused"
        # and lists are as elsewhere: what is confidential is in none, what is denied is
        tables = trino.query("SHOW TABLES FROM memory.hr", user="ann")
        assert ["secret"] not in tables
        assert ["plan"] in tables
        columns = trino.query("SHOW COLUMNS FROM memory.hr.salary", user="ann")
        assert [row[0] for row in columns] == ["id", "name", "region"]
        # and writing is closed where it is
        assert outcome(trino, "INSERT INTO memory.hr.free VALUES (3, 4)", "ann") == "refused"
        assert outcome(trino, "DROP TABLE memory.hr.free", "bob") == "refused"

        # when the exceptions end, then without anybody's doing
        while timezone.now() < ends:
            time.sleep(0.5)
        time.sleep(3)
        assert outcome(trino, QUERIES[9], "ann") == "refused"
        assert outcome(trino, QUERIES[2], "bob") == [[5]]

        # when Concord is away, the plugin goes on with what it has
        concord.stop()
        assert outcome(trino, QUERIES[9], "ann") == "refused"
        assert outcome(trino, "SELECT sum(cost) FROM memory.hr.free", "ann") == [[2]]
        opt_outs.install(None)
        concord.start()
    assert Dataset.objects.filter(name="plan").exists()

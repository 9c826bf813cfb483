"""A stock OPA that decides by somebody else's policies and uploads its log to Concord."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from governance.audit.models import AuditRow
from governance.audit.selectors.records import record_in
from governance.audit.services.recording import flush
from governance.audit.types import AccessRecord
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway
from tests.factories import DatasetFactory, PersonFactory, SystemFactory
from tests.governance.permissions.gateways.asking import ACTING
from tests.governance.permissions.gateways.test_real_trino import Concord
from tests.servers.opa import running_opa

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers]

POLICIES = {
    "trino.rego": """package trino
default allow := false
allow if input.context.identity.user != "eve"
row_filters contains {"expression": "region = 'eu'"} if input.action.operation == "GetRowFilters"
""",
    "log.rego": """package system.log
mask contains "/input/context/identity/user" if input.input.action.operation == "ExecuteQuery"
table := "/input/action/resource/table/tableName"
mask contains {"op": "upsert", "path": table, "value": "***"} if {
    input.input.action.resource.table.tableName == "secret"
}
""",
}
RESOURCE = {"catalogName": "memory", "schemaName": "hr"}


@pytest.fixture
def concord(tmp_path: Path) -> Iterator[Concord]:
    """A Concord that knows two people and two tables."""
    opt_outs.install(None)
    for name in ("ann", "eve"):
        PersonFactory(username=name)
    system = SystemFactory(platform="trino", instance="lake")
    for name in ("plan", "secret"):
        DatasetFactory(system=system, name=name, qualified_name=f"trino://lake/memory.hr.{name}")
    found = Concord(tmp_path / "bundle")
    found.start()
    yield found
    found.stop()
    opt_outs.install(None)


def records(count: int) -> list[AccessRecord]:
    """What the audit has of the OPA, once it is so many."""
    until = time.monotonic() + 30
    while True:
        flush()
        rows = list(AuditRow.objects.filter(gateway="opa:site").order_by("id"))
        if len(rows) >= count or time.monotonic() > until:
            assert len(rows) == count
            return [record_in(row) for row in rows]
        time.sleep(0.2)


def test_a_real_opa_uploads_what_it_decided(concord: Concord) -> None:
    # given an OPA that runs a bundle of its own and uploads its log to Concord
    _, secret = add_gateway(acting=ACTING, name="site", system="trino://lake", uses=["logs"])
    settings = {
        "services": {"concord": {"url": f"http://127.0.0.1:{concord.port}/gw/{secret}"}},
        "decision_logs": {
            "service": "concord",
            "reporting": {"min_delay_seconds": 1, "max_delay_seconds": 2},
        },
    }
    with running_opa(POLICIES, "rev-7", settings) as url, httpx.Client(base_url=url) as client:

        def ask(rule: str, user: str, operation: str, table: str = "") -> tuple[Any, str]:
            action: dict[str, Any] = {"operation": operation}
            if table:
                action["resource"] = {"table": {**RESOURCE, "tableName": table}}
            asked = {"context": {"identity": {"user": user}}, "action": action}
            said = client.post(f"/v1/data/trino/{rule}", json={"input": asked}).json()
            return said.get("result"), said["decision_id"]

        # when it is asked, then it decides by its own policies
        answers = [
            ask("allow", "ann", "SelectFromColumns", "plan"),
            ask("allow", "eve", "SelectFromColumns", "plan"),
            ask("row_filters", "ann", "GetRowFilters", "plan"),
            ask("allow", "ann", "ExecuteQuery"),
            ask("allow", "ann", "SelectFromColumns", "secret"),
        ]
        assert [one for one, _ in answers] == [
            True, False, [{"expression": "region = 'eu'"}], True, True,
        ]  # fmt: skip

        # and each decision arrives under OPA's own id, with the revision that decided
        found = {one.request_id.removeprefix("opa:"): one for one in records(5)}
        assert set(found) == {number for _, number in answers}
        told = [found[number] for _, number in answers]
        assert [one.outcome for one in told] == [
            "allowed", "refused", "partial", "allowed", "allowed",
        ]  # fmt: skip
        assert all(one.code == "foreign" and "at rev-7" in one.note for one in told)
        assert [one.username for one in told] == ["ann", "eve", "ann", "", "ann"]
        assert told[2].filters == ("region = 'eu'",)
        assert "Not said: /input/context/identity/user" in told[3].note
        # what a mask policy replaced is about no dataset
        assert [len(one.datasets) for one in told] == [1, 1, 1, 0, 0]
        assert all(abs(one.decided / 1e6 - time.time()) < 60 for one in told)

        # when Concord is away, then OPA keeps its log, and brings it once Concord is back
        concord.stop()
        _, later = ask("allow", "eve", "SelectFromColumns", "plan")
        time.sleep(4)
        opt_outs.install(None)
        concord.start()
        assert {one.request_id for one in records(6)} >= {f"opa:{uuid.UUID(later)}"}

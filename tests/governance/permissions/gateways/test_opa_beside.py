"""The policy of OPA that `benchmarks.gateways` measures beside ours gives the same answers."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from benchmarks.gateways import _select
from benchmarks.opa.serving import ALLOW, changing, serving
from benchmarks.permissions import workload
from governance.permissions.engine import compile_index
from tests.servers.opa import opa
from tests.servers.running import free_port

pytestmark = pytest.mark.servers


def test_opa_answers_as_the_engine_does_while_a_rule_changes() -> None:
    # given the company, and an OPA that holds it as a document
    world, port = workload.world(), free_port()
    index = compile_index(world, clock=lambda: workload.NOW)
    asked = workload.questions()[:4_000]
    with serving(str(opa()), world, port) as process, httpx.Client() as client:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            try:
                client.get(f"{url}/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        # when it is asked as Trino asks, while another version of a rule comes
        with changing(world.rules[0], port):
            answers = [
                json.loads(client.post(f"{url}{ALLOW}", content=_select(one)).content)["result"]
                for one in asked
            ]
            time.sleep(1.2)
        changed = client.get(f"{url}/v1/data/rules/{world.rules[0].key}").json()["result"]
    # then each answer is that of the engine, denials among them
    expected = [
        index.decide(one.person, one.action, one.dataset, None, one.purpose).allowed
        for one in asked
    ]
    assert answers == expected
    assert 0.7 < sum(answers) / len(answers) < 0.9
    # and the changed rule is there
    assert changed["version"] >= 2

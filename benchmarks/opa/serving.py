"""A server of OPA over the company, and a change of a rule every second."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.opa.document import document, told
from governance.permissions.engine import Rule, World

_POLICY = Path(__file__).with_name("policy.rego")
ALLOW = "/v1/data/trino/allow"


@contextlib.contextmanager
def serving(program: str, world: World, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Its process, until the block ends; it listens when it has read everything."""
    with tempfile.TemporaryDirectory(prefix="concord-opa-") as folder:
        data = Path(folder, "data.json")
        data.write_bytes(msgspec.json.encode(document(world)))
        command = [program, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level"]
        command += ["error", "--skip-version-check", "--optimize-store-for-read-speed"]
        process = subprocess.Popen([*command, str(_POLICY), str(data)])
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


@contextlib.contextmanager
def changing(rule: Rule, port: int) -> Iterator[None]:
    """Another version of a rule every second, as a patch of the document, until the block ends."""
    ended = threading.Event()
    asking = http.client.HTTPConnection("127.0.0.1", port)

    def change() -> None:
        number = 1
        while not ended.wait(1):
            number += 1
            patch = {"op": "replace", "path": "/", "value": told(replace(rule, version=number))}
            _send(asking, f"/v1/data/rules/{rule.key}", [patch])

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        asking.close()


def _send(asking: http.client.HTTPConnection, path: str, patch: Any) -> None:
    headers = {"Content-Type": "application/json-patch+json"}
    asking.request("PATCH", path, msgspec.json.encode(patch), headers)
    answer = asking.getresponse()
    if answer.read() or answer.status != 204:
        raise SystemExit(f"OPA takes no change: {answer.status}.")

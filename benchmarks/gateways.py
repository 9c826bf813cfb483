"""The doors of gateways over HTTP, on the company of `benchmarks/permissions`.

`python -m benchmarks.gateways [--requests 20000] [--seconds 10] [--rate 1000] [--audit]`

Starts uvicorn with the doors over 10,000 people, 100,000 datasets and 200 opt-outs, and puts
questions to it from this process over connections that stay open: single checks by the contracts
of Trino and AuthZEN, and lists of 1,000 tables. Counts the server's processor time for each answer
and wrong answers against the engine. Then it asks at a steady rate while an opt-out changes every
second; an answer's time counts from when it was due. With `--audit` each call is recorded in a
PostgreSQL of its own, the writer's time included.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.permissions import workload
from benchmarks.table import Measured, finish

SECRET, TOKEN = "benchmark", "cat_benchmark"
CONNECTIONS = 16
TRINO, AUTHZEN = f"/gw/{SECRET}/v1/data/trino", "/access/v1/evaluation"
_TICKS = os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and judge; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=1_000.0, help="checks a second, steadily")
    parser.add_argument("--audit", action="store_true")
    options = parser.parse_args(arguments)
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The company is drawn from sets, so both processes have to have them in one order.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.gateways", *sys.argv[1:]])
    with _database(options.audit) as environment, _server(environment) as (port, pid):
        asked = workload.questions()[: options.requests]
        expected = _expected(asked)
        trino = [_posted(f"{TRINO}/allow", _select(one)) for one in asked]
        authzen = [_posted(AUTHZEN, _evaluation(one)) for one in asked]
        lists = [_posted(f"{TRINO}/batch", _tables(number)) for number in range(200)]
        by_trino, answers = _cpu(port, pid, trino)
        wrong = sum(a["result"] is not b for a, b in zip(answers, expected, strict=True))
        by_authzen, answers = _cpu(port, pid, authzen)
        wrong += sum(a["decision"] is not b for a, b in zip(answers, expected, strict=True))
        by_list, _ = _cpu(port, pid, lists)
        times = sorted(asyncio.run(_steadily(port, trino, options.rate, options.seconds)))
    return finish(
        [
            Measured("wrong answers", wrong, "", 0),
            Measured("Trino, one check, processor", by_trino * 1e6, "us", 40),
            Measured("AuthZEN, one evaluation, processor", by_authzen * 1e6, "us", 40),
            Measured("Trino, 1,000 tables, processor", by_list * 1e3, "ms", 2),
            Measured(f"at {options.rate:,.0f}/s, median", times[len(times) // 2] * 1e3, "ms"),
            Measured(
                f"at {options.rate:,.0f}/s, 99th percentile",
                times[len(times) * 99 // 100] * 1e3,
                "ms",
                5,
            ),
            Measured("slowest", times[-1] * 1e3, "ms"),
        ]
    )


# --- the server ------------------------------------------------------------------------------


def served() -> Any:
    """The doors over the company, for uvicorn; opt-outs change every second once it is asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from governance.audit.services.recording import record_decision
    from governance.permissions.engine import Delta, compile_index, next_index
    from governance.permissions.gateways.application import GatewayDoors, alone
    from governance.permissions.gateways.keeping import Keeper, Standing
    from governance.permissions.gateways.registered import (
        GatewayRecord,
        Registered,
        TokenRecord,
        mapped,
    )

    world = workload.world()
    registered = Registered(
        gateways={_digest(SECRET): GatewayRecord(1, "lake", "", "", mapped("trino://lake"))},
        tokens={_digest(TOKEN): TokenRecord(1, "u1", None)},
    )

    class Changing(Keeper):
        """Another version of an opt-out every second."""

        def __init__(self) -> None:
            super().__init__()
            self._index = compile_index(world, clock=lambda: workload.NOW)
            gc.collect()
            gc.freeze()

        def start(self) -> None:
            """Changes begin with `CHANGES`, a file that the benchmark makes."""

        def standing(self) -> Standing:
            now = time.monotonic()
            return Standing(self._index, registered, now, now, workload.NOW)

        def change(self) -> None:
            """Once a second, as a delta."""
            path, number = Path(os.environ["CHANGES"]), 1
            while True:
                time.sleep(1)
                if path.exists():
                    number += 1
                    rule = replace(world.rules[0], version=number)
                    self._index = next_index(self._index, Delta(number, rules=(rule,)))

    async def unrecorded(record: Any) -> str:
        return "0"

    keeper = Changing()
    threading.Thread(target=keeper.change, daemon=True).start()
    is_audited = os.environ["AUDITED"] == "1"
    return GatewayDoors(alone, keeper, record_decision if is_audited else unrecorded)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


@contextlib.contextmanager
def _database(is_audited: bool) -> Iterator[dict[str, str]]:
    if not is_audited:
        yield {"AUDITED": "0"}
        return
    from benchmarks.database import benchmark_database

    with benchmark_database() as folder:
        yield {"AUDITED": "1", "CONCORD_VAR": str(folder)}


@contextlib.contextmanager
def _server(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    changes = Path(tempfile.gettempdir()) / f"concord-changes-{port}"
    environment = {**os.environ, **environment, "CHANGES": str(changes)}
    command = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.gateways:served"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen(command, env=environment)
    try:
        until = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("The server does not start.")
            time.sleep(0.1)
        os.environ["CHANGES"] = str(changes)
        yield port, process.pid
    finally:
        changes.unlink(missing_ok=True)
        process.terminate()
        process.wait(20)


# --- questions -------------------------------------------------------------------------------


def _expected(asked: Sequence[workload.Question]) -> list[bool]:
    from governance.permissions.engine import compile_index

    index = compile_index(workload.world(), clock=lambda: workload.NOW)
    return [
        index.decide(one.person, one.action, one.dataset, None, one.purpose).allowed
        for one in asked
    ]


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, ...]]:
    """Catalog, schema and table of each dataset."""
    found = workload.world().datasets
    return [tuple(one.name.removeprefix("trino://lake/").split(".")) for one in found]


def _table(dataset: int, *columns: str) -> dict[str, Any]:
    catalog, schema, table = _names()[dataset]
    return {"catalogName": catalog, "schemaName": schema, "tableName": table, "columns": columns}


def _select(one: workload.Question) -> bytes:
    context: dict[str, Any] = {
        "identity": {"user": f"u{one.person}", "groups": []},
        "softwareStack": {"trinoVersion": "476"},
    }
    if one.purpose:
        context["properties"] = {"purpose": one.purpose}
    resource = {"table": _table(one.dataset, "id", "amount")}
    action = {"operation": "SelectFromColumns", "resource": resource}
    return msgspec.json.encode({"input": {"context": context, "action": action}})


def _evaluation(one: workload.Question) -> bytes:
    name = ".".join(_names()[one.dataset])
    return msgspec.json.encode(
        {
            "subject": {"type": "user", "id": f"u{one.person}"},
            "action": {"name": one.action},
            "resource": {"type": "dataset", "id": f"trino://lake/{name}"},
            "context": {"purpose": one.purpose} if one.purpose else {},
        }
    )


def _tables(number: int) -> bytes:
    chance = random.Random(number)
    resources = []
    for dataset in chance.sample(range(workload.DATASETS), 1_000):
        table = _table(dataset)
        del table["columns"]
        resources.append({"table": table})
    context = {"identity": {"user": f"u{number}", "groups": []}}
    action = {"operation": "FilterTables", "filterResources": resources}
    return msgspec.json.encode({"input": {"context": context, "action": action}})


def _posted(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# --- asking ----------------------------------------------------------------------------------


def _cpu(port: int, pid: int, requests: Sequence[bytes]) -> tuple[float, list[Any]]:
    """Seconds of the server's processor for each request, and the answers."""
    asyncio.run(_closed(port, requests[:200]))
    before = _spent(pid)
    answers = asyncio.run(_closed(port, requests))
    time.sleep(0.3)  # the writer of records ends what it has
    return (_spent(pid) - before) / len(requests), answers


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def _closed(port: int, requests: Sequence[bytes]) -> list[Any]:
    """All of them, each connection asking again as soon as it is answered."""
    answers: list[Any] = [None] * len(requests)
    waiting = iter(enumerate(requests))

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place, request in waiting:
            answers[place] = msgspec.json.decode(await _ask(reader, writer, request))
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return answers


async def _steadily(
    port: int, requests: Sequence[bytes], rate: float, seconds: float
) -> list[float]:
    """Seconds from when each was due until its answer, while opt-outs change every second."""
    Path(os.environ["CHANGES"]).touch()
    times: list[float] = []
    due = iter(range(int(rate * seconds)))
    began = time.perf_counter() + 0.2

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in due:
            at = began + number / rate
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            await _ask(reader, writer, requests[number % len(requests)])
            times.append(time.perf_counter() - at)
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return times


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head[:20]:
        raise SystemExit(head.decode())
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return await reader.readexactly(size)


if __name__ == "__main__":
    sys.exit(main())

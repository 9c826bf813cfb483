"""The doors of gateways over HTTP, on the company of `benchmarks/permissions`.

`python -m benchmarks.gateways [--requests 20000] [--seconds 10] [--rate N] [--audit] [--asgi]
[--connections 64] [--opa PROGRAM] [--profile FILE]`

Starts uvicorn with the doors over 10,000 people, 100,000 datasets and 200 opt-outs, and puts
questions to it from this process over connections that stay open: single checks by the contracts
of Trino and AuthZEN, and lists of 1,000 tables. Counts the processor time for each answer beside
that of an empty answer through uvicorn, in turns, and tells the median of five rounds, as what else
a machine does comes and goes; and wrong answers against the engine. Then it asks at half the rate
that single checks reached, or at `--rate`, while an opt-out changes every second, three times, and
once more while the whole index is made anew; an answer's time counts from when it was due. Empty
answers are asked for at the same rate before: what they take is asking itself and what else the
machine does, on which each figure beside them rests. With
`--audit` each call is recorded in a PostgreSQL of its own: the time of the writer and that of every
process of PostgreSQL are counted, until all rows are in the table. `--asgi` leaves all requests to
uvicorn's own protocol. Where OPA is installed, or with `--opa`, the same questions are put to it in
the same way, over an expert's policy and without records: its processor time stands beside ours.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import os
import random
import shutil
import signal
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
from statistics import median
from typing import Any

import msgspec

from benchmarks.gateway_load import Meter, Rounds, Spent
from benchmarks.opa import serving as opa
from benchmarks.permissions import workload
from benchmarks.table import Measured, finish
from governance.audit.spool import SEGMENT_BYTES
from governance.audit.types import Limits

SECRET, TOKEN = "benchmark", "cat_benchmark"
PROTOCOL = "governance.permissions.gateways.protocol:GatewayProtocol"
GOAL, GOAL_FLOOR, GOAL_OPA = 40.0, 21.0, 185.0
"""Microseconds for an audited check, set where an empty answer takes so many, and OPA's check."""
SWAP_SECONDS = 15.0
"""Until everything was made anew, taken up by who answers, and the former freed."""
RECORD_BYTES = 290
"""Of the record of one check, as it is made durable."""
ROUNDS, STEADY_ROUNDS = 5, 3
TRINO, AUTHZEN = f"/gw/{SECRET}/v1/data/trino", "/access/v1/evaluation"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and judge; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, help="checks a second, steadily")
    parser.add_argument("--audit", action="store_true")
    parser.add_argument("--asgi", action="store_true")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--opa", default=shutil.which("opa"), help="a program to measure beside")
    parser.add_argument("--profile", help="where the server's profile is written")
    options = parser.parse_args(arguments)
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The company is drawn from sets, so both processes have to have them in one order.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.gateways", *sys.argv[1:]])
    asked = workload.questions()[: options.requests]
    with (
        _database(options.audit) as environment,
        _server(environment, options.asgi, options.profile) as (port, pid),
    ):
        expected = _expected(asked)
        trino = [_posted(f"{TRINO}/allow", _select(one)) for one in asked]
        authzen = [_posted(AUTHZEN, _evaluation(one)) for one in asked]
        lists = [_posted(f"{TRINO}/batch", _tables(number)) for number in range(200)]
        meter = Meter(port, pid, options.connections, environment)
        gc.collect()
        gc.freeze()  # a rest of this process would count as one of the server
        gc.disable()
        meter.measure(trino[:2_000])
        nothing = [_posted("/nothing", b"{}")] * len(asked)
        floors, trinos, authzens = Rounds(meter), Rounds(meter), Rounds(meter)
        for _ in range(ROUNDS):
            floors.measure(nothing)
            trinos.measure(trino, "result", expected)
            authzens.measure(authzen, "decision", expected)
        by_list, _ = meter.measure(lists)
        reached = 1 / trinos.seconds
        beside = _opa(options, asked, expected, trinos.spent) if options.opa else []
        rate = options.rate or reached / 2
        asking = meter.steadily(nothing, rate, options.seconds, "")
        changing = [
            meter.steadily(trino, rate, options.seconds, "delta") for _ in range(STEADY_ROUNDS)
        ]
        swapping = meter.steadily(trino, rate, SWAP_SECONDS, "whole")
    with tempfile.TemporaryDirectory(prefix="concord-restart-") as folder:
        started, again = _restarts(Path(folder))
    told = f"at {rate:,.0f}/s"
    disk = _durable(rate)
    return finish(
        [
            Measured("wrong answers", trinos.wrong + authzens.wrong, "", 0),
            Measured("an empty answer through uvicorn, processor", floors.spent.server * 1e6, "us"),
            *_parts("Trino, one check", trinos.spent, floors.spent),
            *_parts("AuthZEN, one evaluation", authzens.spent, floors.spent),
            *beside,
            Measured("Trino, 1,000 tables, processor", by_list.whole * 1e3, "ms", 2),
            Measured("Trino, checks a second reached", reached, "/s"),
            Measured(f"{told}, the disk alone, median", _share(disk, 50) * 1e3, "ms"),
            Measured(f"{told}, the disk alone, 99th percentile", _share(disk, 99) * 1e3, "ms"),
            Measured(f"{told}, an empty answer, median", _share(asking, 50) * 1e3, "ms"),
            Measured(f"{told}, an empty answer, 99th percentile", _share(asking, 99) * 1e3, "ms"),
            Measured(f"{told}, median", median(_share(one, 50) for one in changing) * 1e3, "ms"),
            Measured(
                f"{told}, 99th percentile",
                median(_share(one, 99) for one in changing) * 1e3,
                "ms",
                5,
            ),
            Measured(f"{told}, slowest", max(one[-1] for one in changing) * 1e3, "ms"),
            Measured("while everything is made anew, slowest", swapping[-1] * 1e3, "ms", 100),
            Measured("a pool started without its database until ready", started, "s", 2),
            Measured("its process killed until another is ready", again, "s", 2),
        ]
    )


def _share(times: Sequence[float], percent: int) -> float:
    return times[len(times) * percent // 100]


def _durable(rate: float) -> list[float]:
    """Seconds from when each record is due until the disk has it, with nothing else at work: who
    comes meanwhile waits for the next flush, as for the writer's. No answer about restricted data
    can leave sooner."""
    times: list[float] = []
    with tempfile.TemporaryFile() as file:
        os.posix_fallocate(file.fileno(), 0, SEGMENT_BYTES)
        began, place = time.perf_counter(), 0
        while len(times) < rate * 4:
            turn = time.perf_counter()
            due = int((turn - began) * rate) + 1
            data = bytes(RECORD_BYTES * (due - len(times)))
            place = 0 if place + len(data) > SEGMENT_BYTES else place
            place += os.pwritev(file.fileno(), (data,), place, os.RWF_DSYNC)
            now = time.perf_counter()
            times += [now - began - number / rate for number in range(len(times), due)]
            time.sleep(max(0.0, turn + Limits().gather - now))
    return sorted(times)


def _parts(what: str, spent: Spent, floor: Spent) -> list[Measured]:
    return [
        Measured(f"{what}, processor in all", spent.whole * 1e6, "us", GOAL),
        Measured("- in empty answers", spent.whole / floor.server, "times", GOAL / GOAL_FLOOR),
        Measured("- the server, its writer included", spent.server * 1e6, "us"),
        Measured("- PostgreSQL", spent.database * 1e6, "us"),
    ]


def _opa(
    options: argparse.Namespace,
    asked: Sequence[workload.Question],
    expected: Sequence[bool],
    ours: Spent,
) -> list[Measured]:
    """What the same checks take OPA, at full speed and at half of it while a rule changes."""
    port, world = _free_port(), workload.world()
    requests = [_posted(opa.ALLOW, _select(one)) for one in asked]
    with opa.serving(options.opa, world, port) as process:
        _listens(process, port)
        meter = Meter(port, process.pid, options.connections, {"AUDITED": "0"})
        meter.measure(requests[:2_000])
        rounds = Rounds(meter)
        for _ in range(STEADY_ROUNDS):
            rounds.measure(requests, "result", expected)
        spent, rate = rounds.spent, 1 / rounds.seconds / 2
        with opa.changing(world.rules[0], port):
            times = meter.steadily(requests, rate, options.seconds, "")
    told = f"OPA at {rate:,.0f}/s"
    return [
        Measured("OPA, wrong answers", rounds.wrong, "", 0),
        Measured("OPA, one check without a record, processor", spent.whole * 1e6, "us"),
        Measured("Trino, one check, in those", ours.whole / spent.whole, "times", GOAL / GOAL_OPA),
        Measured(f"{told}, median", _share(times, 50) * 1e3, "ms"),
        Measured(f"{told}, 99th percentile", _share(times, 99) * 1e3, "ms"),
        Measured(f"{told}, slowest", times[-1] * 1e3, "ms"),
    ]


# --- the server ------------------------------------------------------------------------------


def served() -> Any:
    """The doors over the company, for uvicorn; opt-outs change every second once it is asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from governance.permissions.engine import Delta, Index, compile_index, next_index
    from governance.permissions.engine.leaving import leaving
    from governance.permissions.engine.pacing import set_up_for_answering
    from governance.permissions.gateways.application import GatewayDoors, alone
    from governance.permissions.gateways.asgi import Answer, send_answer
    from governance.permissions.gateways.keeping import Keeper, Standing
    from governance.permissions.gateways.registered import (
        GatewayRecord,
        Registered,
        TokenRecord,
        mapped,
    )
    from governance.permissions.holder import collector_at_rest

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
            self._stands = self._standing_on(self._index)
            gc.collect()
            gc.freeze()
            set_up_for_answering()

        def start(self) -> None:
            """Changes begin with `CHANGES`, a file that the benchmark makes."""

        def standing(self) -> Standing:
            standing = self._stands
            if standing.index is not self._index:
                standing = self._stands = self._standing_on(self._index)
            return standing

        def _standing_on(self, index: Index) -> Standing:
            now = time.monotonic()
            return Standing(index, registered, now, now, workload.NOW)

        def change(self) -> None:
            """Once a second, as a delta or as a whole, as a service does it."""
            path, number = Path(os.environ["CHANGES"]), 1
            while True:
                time.sleep(1)
                leaving.sweep()
                told = path.read_text() if path.exists() else ""
                number += 1
                rule = replace(world.rules[0], version=number)
                if told == "delta":
                    with collector_at_rest():
                        self._index = next_index(self._index, Delta(number, rules=(rule,)))
                elif told == "whole":
                    path.unlink()
                    with collector_at_rest():
                        rules = (rule, *world.rules[1:])
                        changed = replace(world, version=number, rules=rules)
                        self._index = compile_index(changed, clock=lambda: workload.NOW)

    async def unrecorded(record: Any) -> str:
        return "0"

    def unrecorded_then(record: Any, done: Any, loop: Any) -> str:
        done(None)
        return "0"

    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send_answer(send, Answer(200, b"{}"))
        else:
            await alone(scope, receive, send)

    keeper = Changing()
    threading.Thread(target=keeper.change, daemon=True).start()
    if os.environ["AUDITED"] == "1":
        return GatewayDoors(nothing, keeper)
    return GatewayDoors(nothing, keeper, unrecorded, record_then=unrecorded_then)


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
def _server(
    environment: dict[str, str], is_asgi: bool, profile: str | None
) -> Iterator[tuple[int, int]]:
    port = _free_port()
    changes = Path(tempfile.gettempdir()) / f"concord-changes-{port}"
    environment = {**os.environ, **environment, "CHANGES": str(changes)}
    command = [sys.executable]
    if profile:
        command += ["-m", "cProfile", "-o", profile]
    command += ["-m", "uvicorn", "--factory", "benchmarks.gateways:served"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    if not is_asgi:
        command += ["--http", PROTOCOL]
    process = subprocess.Popen(command, env=environment)
    try:
        _listens(process, port)
        os.environ["CHANGES"] = str(changes)
        yield port, process.pid
    finally:
        changes.unlink(missing_ok=True)
        process.terminate()
        process.wait(20)


def _listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a server has begun to listen."""
    until = time.monotonic() + 120
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit("The server does not start.")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _restarts(folder: Path) -> tuple[float, float]:
    """Seconds from the start of a pool without its database until it decides, from a bundle of the
    company on disk; and from when its process is killed until the next one does (median of 3)."""
    environment = {
        **os.environ,
        # As an operator starts it; `benchmark_database` leaves the settings of the whole service.
        "DJANGO_SETTINGS_MODULE": "config.gateway_settings",
        "CONCORD_VAR": str(folder),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1",
        "SECRET_KEY": "of a benchmark, and long enough to be one",
        "ALLOWED_HOSTS": "localhost",
    }
    code = "from benchmarks.gateways import save; save()"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    port = _free_port()
    command = [sys.executable, "-m", "config.gateway_pool", "--port", str(port), "--workers", "1"]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        started = _ready(port) - began
        times = []
        for _ in range(3):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            began = time.perf_counter()
            os.kill(int(children[0]), signal.SIGKILL)
            times.append(_ready(port) - began)
            time.sleep(1.5)  # a process that lived for less is not replaced at once
        return started, sorted(times)[1]
    finally:
        process.terminate()
        process.wait(20)


def _ready(port: int) -> float:
    """When a pool decides."""
    until = time.perf_counter() + 60
    while time.perf_counter() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asking.request("GET", "/gw/ready")
            if asking.getresponse().status == 200:
                return time.perf_counter()
        time.sleep(0.01)
    raise SystemExit("The pool does not become ready.")


def save() -> None:
    """Write the bundle of the company where a pool looks for it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from governance.permissions.engine import compile_index
    from governance.permissions.gateways.bundle import bundle_path, save_bundle
    from governance.permissions.gateways.registered import Registered

    save_bundle(compile_index(workload.world()), Registered(), bundle_path())


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


if __name__ == "__main__":
    sys.exit(main())

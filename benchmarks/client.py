"""The embedded client on the company of `benchmarks/permissions`: size, speed, freshness, load.

`python -m benchmarks.client [--clients 1000] [--seconds 60] [--every 10]`

Packs 10,000 people, 100,000 datasets, 200 opt-outs and 400 exceptions into a bundle, unpacks it,
and judges its answers against the engine. Starts uvicorn with the door for clients, follows it with
a real client that decides and records, and changes an opt-out every few seconds. A thousand
clients wait at the door; counts the server's processor time and versions that anybody missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.permissions import workload
from benchmarks.table import Measured, finish

SECRET = "benchmark"
BURST, REST_SECONDS = 10_000, 1.5
"""Decisions are measured in bursts: their records are written in the rests between."""
ROUNDS, QUIET = 3, 1_000
"""What is measured is the best of them: others on the machine only ever make it slower."""
_TICKS = os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and judge; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two changes")
    options = parser.parse_args(arguments)
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The company is drawn from sets, so both processes have to have them in one order.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.client", *sys.argv[1:]])
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients" / "python" / "src"))
    found, sent = of_the_bundle()
    gc.collect()
    with _server(options.every) as (port, pid, key):
        found += asyncio.run(_crowd(port, pid, options.clients, options.seconds))
        found += _followed(port, key, options.every, sent)
    return finish(found)


def of_the_bundle() -> tuple[list[Measured], bytes]:
    """The bundle's size and wrong answers; and the bundle as it is sent."""
    from governance.permissions.bundling import changes_between, packed, unpacked
    from governance.permissions.bundling.sealing import compressed
    from governance.permissions.engine import Delta, compile_index, next_index

    world = workload.world()
    index = compile_index(world, clock=lambda: workload.NOW)
    began = time.perf_counter()
    body = packed(index)
    sent = compressed(body)
    packing = time.perf_counter() - began
    held = unpacked(zlib.decompress(sent), lambda: workload.NOW)
    own, by_name = held.index, held.index.parts.by_name
    wrong = 0
    for one in workload.questions()[:20_000]:
        name = world.datasets[one.dataset].name
        found = own.decide(one.person, one.action, by_name[name], None, one.purpose)
        wrong += found != index.decide(one.person, one.action, one.dataset, None, one.purpose)
    rule = replace(world.rules[0], version=2)
    last = next_index(index, Delta(2, rules=(rule,)))
    changes = compressed(changes_between(index, last) or b"")
    return [
        Measured("wrong answers", wrong, "", 0),
        Measured("bundle, compressed", len(sent) / 1e6, "MB", 1),
        Measured("bundle, packed and compressed in", packing * 1e3, "ms"),
        Measured("changes of one opt-out", len(changes) / 1e3, "kB"),
    ], sent


# --- the server ------------------------------------------------------------------------------


def served() -> Any:
    """The doors over the company, for uvicorn; an opt-out changes every few seconds."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from governance.permissions.engine import Delta, compile_index, next_index
    from governance.permissions.gateways.application import GatewayDoors, alone
    from governance.permissions.gateways.asgi import Answer, read_body
    from governance.permissions.gateways.clients.signing import public_key
    from governance.permissions.gateways.keeping import Keeper, Standing
    from governance.permissions.gateways.registered import GatewayRecord, Registered, mapped

    world = workload.world()
    gateway = GatewayRecord(
        1, "app", "", "", mapped("trino://lake"), uses=frozenset({"bundle"})
    )  # fmt: skip
    registered = Registered(gateways={sha256(SECRET.encode()).hexdigest(): gateway})

    class Changing(Keeper):
        """Another version of an opt-out every few seconds; decisions are taken and not kept."""

        def __init__(self) -> None:
            super().__init__()
            self._index = compile_index(world, clock=lambda: workload.NOW)
            gc.collect()
            gc.freeze()

        def start(self) -> None:
            """Begun by the benchmark."""

        def standing(self) -> Standing:
            now = time.monotonic()
            return Standing(self._index, registered, now, now, workload.NOW)

        def change(self) -> None:
            """Each change says when it was made."""
            number = 1
            while True:
                time.sleep(float(os.environ["EVERY"]))
                number += 1
                rule = replace(world.rules[0], version=number, title=repr(time.time()))
                self._index = next_index(self._index, Delta(number, rules=(rule,)))
                application.publisher.publish(self.standing())

    class Taking:
        """Takes batches without a database."""

        async def taken(self, scope: Any, receive: Any, *rest: Any) -> Any:
            await read_body(scope, receive, 2**24)
            return Answer(200, b"{}")

    async def unrecorded(record: Any) -> str:
        return "0"

    keeper = Changing()
    application = GatewayDoors(alone, keeper, unrecorded)
    application.clients.receiver = Taking()  # type: ignore[assignment]
    keeper.on_look.clear()
    threading.Thread(target=keeper.change, daemon=True).start()
    Path(os.environ["KEY"]).write_text(public_key())
    return application


@contextlib.contextmanager
def _server(every: float) -> Iterator[tuple[int, int, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="concord-client-") as folder:
        key = Path(folder) / "key"
        environment = {**os.environ, "EVERY": str(every), "KEY": str(key), "CONCORD_VAR": folder}
        command = [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.client:served"]
        command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
        command += ["--backlog", "4096"]
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
            yield port, process.pid, key.read_text()
        finally:
            process.terminate()
            process.wait(20)


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


# --- one client ------------------------------------------------------------------------------


def _followed(port: int, key: str, every: float, sent: bytes) -> list[Measured]:
    """A real client, in a process that holds nothing else, as in a program."""
    world = workload.world()
    names = [one.name for one in world.datasets]
    asked = [
        (f"u{one.person}", one.action, names[one.dataset], None, one.purpose and str(one.purpose))
        for one in workload.questions()[:30_000]
    ]
    with tempfile.TemporaryDirectory(prefix="concord-client-") as folder:
        given = {
            "port": port, "key": key, "every": every, "folder": folder, "asked": asked,
            "rule": world.rules[0].key,
        }  # fmt: skip
        path = Path(folder) / "given.json"
        path.write_text(json.dumps(given))
        (Path(folder) / "sent").write_bytes(sent)
        command = [sys.executable, "-c", "from benchmarks.client import apart; apart()", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    return [
        Measured("bundle, unpacked in, processor", said["unpacked"] * 1e3, "ms", 100),
        Measured("a decision with its record, median", said["taken"] / 1e3, "us", 1.5),
        Measured("the same, in the quietest thousand of them", said["quietest"] / 1e3, "us"),
        Measured("a method that does nothing, measured alike", said["nothing"] / 1e3, "us"),
        Measured("the same by ids and without its record, median", said["by_id"] / 1e3, "us"),
        Measured("99th percentile", said["most"] / 1e3, "us"),
        Measured("a change effective in the client, slowest", said["late"], "s", 10),
    ]


def apart() -> None:
    """The process of the client: one decision with its record, and how long a change takes to it;
    what it is given lies in a file that is named to it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients" / "python" / "src"))
    from concord_client import Client

    given = json.loads(Path(sys.argv[1]).read_text())
    asked, every = given["asked"], given["every"]
    unpacking = _unpacking((Path(given["folder"]) / "sent").read_bytes())
    client = Client(
        f"http://127.0.0.1:{given['port']}", SECRET, public_keys=[given["key"]],
        folder=Path(given["folder"]) / "client", instance="benchmark", queued=100_000,
    )  # fmt: skip
    with client.started(60):
        gc.collect()
        gc.freeze()
        rounds = [_taken(client.decide, asked) for _ in range(ROUNDS)]
        taken = sorted(min(rounds, key=statistics.median))
        quietest = min(
            statistics.median(one[start : start + QUIET])
            for one in rounds
            for start in range(0, len(one), QUIET)
        )
        nothing = min(statistics.median(_taken(_Nothing().decide, asked, 0)) for _ in rounds)
        by_id = min(_by_id(client.held.index, asked) for _ in rounds)
        client.flush(30)
        late = []
        until = time.monotonic() + 3 * every + 1
        seen = client.standing.version
        while time.monotonic() < until:
            held = client.held
            if held.version != seen:
                seen = held.version
                late.append(time.time() - float(held.index.parts.rules[given["rule"]].title))
            time.sleep(0.002)
    said = {
        "taken": taken[len(taken) // 2], "most": taken[len(taken) * 99 // 100],
        "unpacked": unpacking, "quietest": quietest, "nothing": nothing, "by_id": by_id,
        "late": max(late),
    }  # fmt: skip
    print(json.dumps(said))


def _unpacking(sent: bytes) -> float:
    """Seconds of this processor from what is sent to what decides, the best of some."""
    from governance.permissions.bundling import unpacked

    taken = []
    for _ in range(9):
        gc.collect()
        began = time.thread_time()
        sha256(sent).digest()
        held = unpacked(zlib.decompress(sent), lambda: workload.NOW)
        taken.append(time.thread_time() - began)
        del held
    return min(taken)


class _Nothing:
    """What a call costs by itself, and what reading the clock twice does."""

    def decide(
        self,
        user: str,
        action: str,
        dataset: str,
        columns: Sequence[str] | None = None,
        purpose: str | None = None,
    ) -> None:
        """Nothing."""


def _taken(
    decide: Callable[..., Any], asked: Sequence[tuple[Any, ...]], rest: float = REST_SECONDS
) -> list[int]:
    """Nanoseconds of each question, in their order."""
    clock = time.perf_counter_ns
    taken = []
    for start in range(0, len(asked), BURST):
        for user, action, name, columns, purpose in asked[start : start + BURST]:
            # Whoever asks has just read or made the names: other strings than any that is kept.
            user, name = user[:1] + user[1:], name[:1] + name[1:]
            began = clock()
            decide(user, action, name, columns, purpose)
            taken.append(clock() - began)
        time.sleep(rest)
    return taken


def _by_id(index: Any, asked: Sequence[tuple[Any, ...]]) -> float:
    """The engine alone at the same time on the same machine: what the rest is measured against."""
    people, names = index.parts.by_username, index.parts.by_name
    taken = []
    for user, action, name, columns, purpose in asked[:20_000]:
        question = (people[user], action, names[name], columns, purpose)
        began = time.perf_counter_ns()
        index.decide(*question)
        taken.append(time.perf_counter_ns() - began)
    return float(statistics.median(taken))


# --- a thousand clients ----------------------------------------------------------------------


async def _crowd(port: int, pid: int, count: int, seconds: float) -> list[Measured]:
    """Clients that wait at the door, each for itself; what they cost, and what they missed."""
    histories: list[list[int]] = [[] for _ in range(count)]
    ended = asyncio.Event()
    tasks = [asyncio.create_task(_waits(port, n, histories[n], ended)) for n in range(count)]
    while not all(histories):
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)
    marks = [history[-1] for history in histories]
    before, began = _spent(pid), time.monotonic()
    await asyncio.sleep(seconds)
    spent, passed = _spent(pid) - before, time.monotonic() - began
    ended.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    last = max(history[-1] for history in histories)
    missed = 0
    for mark, history in zip(marks, histories, strict=True):
        seen = set(history)
        missed += sum(version not in seen for version in range(mark, last))
    return [
        Measured(f"{count:,} clients, share of a core", 100 * spent / passed, "%", 10),
        Measured("versions that moved meanwhile", last - min(marks), ""),
        Measured("versions that a client missed", missed, "", 0),
    ]


async def _waits(port: int, number: int, history: list[int], ended: asyncio.Event) -> None:
    """One client, without what it does with the answers."""
    await asyncio.sleep(number / 200)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    have = 0
    while not ended.is_set():
        path = f"/gw/client/bundle?have={have}&wait=30&instance=c{number}&nonce={'n' * 20}"
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(size)
        if status == 200:
            length = int.from_bytes(body[17:21], "big")
            have = json.loads(body[21 : 21 + length])["version"]
            history.append(have)


if __name__ == "__main__":
    sys.exit(main())

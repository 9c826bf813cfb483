"""OpenLineage events as single posts into the running service, projection and all.

`python -m benchmarks.openlineage [--minutes 5] [--rate 1050] [--jobs 2000] [--connections 16]`

Starts the service's own parts: a durable PostgreSQL, the web process (uvicorn) and the jobs process
that projects. A client in this process then posts events of 8 kB at a steady rate over connections
that stay open: START and COMPLETE of runs of the given jobs. An answer's time counts from the
moment the post was due, so a server that falls behind cannot hide it. Ends with a check that every
event was kept and projected once, and prints the rate, answer times and how long the projection
took after the last post. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.database import benchmark_database
from benchmarks.table import Measured, finish

EVENT_BYTES = 8_000
NAMESPACE = "postgres://warehouse:5432"
MOST_LAG = 120.0  # seconds after which the projection counts as stuck
_RUN = "00000000-0000-0000-0000-000000000000"
_TIME = "2026-01-01T00:00:00.000000Z"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=1_050.0, help="posts a second")
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args(arguments)
    with benchmark_database() as folder, _service(folder) as port:
        token = _token()
        # Whole rounds, in which each job's run starts and completes.
        of_a_round = 2 * options.jobs
        posts = max(round(options.minutes * 60 * options.rate / of_a_round), 1) * of_a_round
        client = Client(port, token, options.jobs)
        asyncio.run(client.post(posts, options.rate, options.connections))
        lag = _wait_until_projected()
        _check(posts)
    times = sorted(client.times)
    return finish(
        [
            Measured(
                "events posted and stored", posts / client.seconds, "/s", 1_000, at_least=True
            ),
            Measured("size of an event", statistics.fmean(client.sizes), "bytes"),
            Measured("answer, median", times[len(times) // 2] * 1000, "ms"),
            Measured("answer, 99th percentile", times[int(len(times) * 0.99)] * 1000, "ms", 50),
            Measured("answer, slowest", times[-1] * 1000, "ms"),
            Measured("projection behind at the end", lag, "s", 10),
        ]
    )


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[int]:
    """The web process and the jobs process on the database of `folder`; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"CONCORD_VAR": str(folder), "PORT": str(port)}
    web = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    web += ["--log-level", "warning", "--no-access-log"]
    (folder / "queue").mkdir(exist_ok=True)
    jobs = [sys.executable, "-m", "config.embedded.jobs", str(folder / "queue" / "schedule")]
    processes = [
        subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        for command in (web, jobs)
    ]
    try:
        _wait_until_ready(port)
        yield port
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(30)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError("The service did not become ready within a minute.")


def _token() -> str:
    from django.conf import settings

    settings.OPT_OUT_REFRESH_SECONDS = 0  # this process is a client: it follows no opt-outs
    from catalog.models import Person
    from catalog.selectors.principals import principal_of
    from catalog.services.tokens import create_token
    from catalog.types import EmploymentKind, TokenScope

    person = Person.objects.create(username="events", employment_kind=EmploymentKind.SERVICE)
    acting = principal_of(person)
    return create_token(acting=acting, name="benchmark", scopes=[TokenScope.INGEST])[1]


def _wait_until_projected() -> float:
    from lineage.models import ReceivedEvent, RunEventOffset

    began = time.monotonic()
    last = ReceivedEvent.objects.order_by("-transaction", "-id").values_list("transaction", "id")[0]
    while time.monotonic() - began < MOST_LAG:
        offset = RunEventOffset.objects.first()
        if offset is not None and (offset.transaction, offset.event_id) >= last:
            break
        time.sleep(0.05)
    return time.monotonic() - began


def _check(posts: int) -> None:
    """Raises RuntimeError unless every event was kept and projected exactly once."""
    from django.db.models import Sum

    from lineage.models import Job, JobRun, ParkedRunEvent, ReceivedEvent

    found = {
        "events": ReceivedEvent.objects.count(),
        "runs": JobRun.objects.count() * 2,
        "completed": JobRun.objects.filter(state="COMPLETE").count() * 2,
        "heard": Job.objects.aggregate(total=Sum("runs_heard"))["total"] * 2,
    }
    if set(found.values()) != {posts} or ParkedRunEvent.objects.exists():
        raise RuntimeError(f"Of {posts} posts there are {found}, parked or lost.")


@dataclass
class Client:
    """Posts prepared events at a steady rate and notes how long each answer took."""

    port: int
    token: str
    jobs: int
    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    seconds: float = 0.0

    async def post(self, posts: int, rate: float, connections: int) -> None:
        """Post so many events, each when it is due, over so many connections."""
        chance = random.Random(7)
        bodies = [_body(number, chance) for number in range(self.jobs)]
        head = (
            f"POST /api/v1/lineage HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer"
            f" {self.token}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        due = iter(range(posts))
        began = time.perf_counter()

        async def work() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            for number in due:
                at = began + number / rate
                if (wait := at - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                body = _event(bodies, number)
                writer.write(b"".join((head, str(len(body)).encode(), b"\r\n\r\n", body)))
                answer = await reader.readuntil(b"\r\n\r\n")
                self.times.append(time.perf_counter() - at)
                self.sizes.append(len(body))
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(answer.decode())
            writer.close()

        await asyncio.gather(*(work() for _ in range(connections)))
        self.seconds = time.perf_counter() - began


def _event(bodies: Sequence[tuple[bytes, bytes, bytes]], number: int) -> bytes:
    """The event of that number: runs of all jobs in turn, START before COMPLETE."""
    round_, place = divmod(number, 2 * len(bodies))
    is_end, job = divmod(place, len(bodies))
    run = str(uuid.UUID(int=(round_ << 32) + job)).encode()
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()).encode()
    kind, middle, rest = bodies[job]
    word = b"COMPLETE" if is_end else b"START"
    return b"".join((kind, word, b'", "eventTime": "', at, b"Z", middle, run, rest))


def _body(number: int, chance: random.Random) -> tuple[bytes, bytes, bytes]:
    """A job's event in three pieces, between which its type, time and run are put."""
    sources = [f"shop.raw.table_{chance.randrange(700)}" for _ in range(3)]
    target = f"shop.mart.table_{number}"
    columns = [f"column_{index}" for index in range(12)]
    base = {"_producer": "https://example.org/producer", "_schemaURL": "https://example.org/facet"}
    schema = {
        **base,
        "fields": [{"name": name, "type": "VARCHAR", "description": ""} for name in columns],
    }
    lineage = {
        **base,
        "fields": {
            name: {
                "inputFields": [
                    {
                        "namespace": NAMESPACE,
                        "name": chance.choice(sources),
                        "field": chance.choice(columns),
                        "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}],
                    }
                ]
            }
            for name in columns
        },
    }
    event = {
        "eventType": "",
        "producer": "https://example.org/producer",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "job": {"namespace": "benchmark", "name": f"job_{number}", "facets": {}},
        "inputs": [
            {"namespace": NAMESPACE, "name": name, "facets": {"schema": schema}} for name in sources
        ],
        "outputs": [
            {
                "namespace": NAMESPACE,
                "name": target,
                "facets": {"schema": schema, "columnLineage": lineage},
            }
        ],
        "run": {"runId": "", "facets": {"filling": {**base, "text": ""}}},
    }
    lacking = EVENT_BYTES - len(json.dumps(event)) - len(_RUN) - len(_TIME) - 24
    event["run"]["facets"]["filling"]["text"] = "x" * max(lacking, 0)  # type: ignore[index]
    text = json.dumps(event).encode()
    kind, rest = text.split(b'"eventType": "', 1)
    middle, end = rest.split(b'"runId": "', 1)
    return kind + b'"eventType": "', middle + b'"runId": "', end


if __name__ == "__main__":
    sys.exit(main())

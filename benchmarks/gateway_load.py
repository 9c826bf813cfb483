"""Putting a server under load, and what each of its answers costs it and its database.

Processor time is read from the kernel, in ticks of a hundredth of a second on most machines: ask
for some ten thousand answers at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK = 0.0002  # seconds at least between two looks at what is due


@dataclass(frozen=True)
class Spent:
    """Seconds of processors for each request."""

    server: float
    database: float

    @property
    def whole(self) -> float:
        """Both."""
        return self.server + self.database


class Meter:
    """Asks the server over some connections and reads what it and its database have spent."""

    def __init__(self, port: int, pid: int, connections: int, environment: dict[str, str]) -> None:
        self._port = port
        self._pid = pid
        self._connections = connections
        self._folder = Path(environment.get("CONCORD_VAR", ""))
        self._is_audited = environment["AUDITED"] == "1"
        self.seconds = 0.0

    def measure(self, requests: Sequence[bytes]) -> tuple[Spent, list[Any]]:
        """What each cost until the last record is in the table, and the answers."""
        self._settle()
        server, database = self._spent()
        began = time.perf_counter()
        asking = Asking(requests)
        _run(asking.all(self._port, self._connections))
        self.seconds = time.perf_counter() - began
        self._settle()
        after = self._spent()
        count = len(requests)
        spent = Spent((after[0] - server) / count, (after[1] - database) / count)
        return spent, [msgspec.json.decode(one) for one in asking.answers]

    def steadily(
        self, requests: Sequence[bytes], rate: float, seconds: float, change: str
    ) -> list[float]:
        """Seconds from when each was due until its answer, in their order, during changes."""
        changes = Path(os.environ["CHANGES"])
        changes.write_text(change)
        times = _steadily(requests, rate, int(rate * seconds), self._port, self._connections)
        changes.unlink(missing_ok=True)
        return sorted(times)

    def _settle(self) -> None:
        """Until the writer has uploaded what lay on the disk."""
        time.sleep(0.7)
        while self._is_audited and list((self._folder / "audit" / "spool").glob("*.spool")):
            time.sleep(0.1)

    def _spent(self) -> tuple[float, float]:
        own = _spent(self._pid) + sum(map(_spent, _below(self._pid)))
        if not self._is_audited:
            return own, 0.0
        file = next(self._folder.rglob("postmaster.pid"))
        postmaster = int(file.read_text().split()[0])
        database = _spent(postmaster, with_children=True)
        return own, database + sum(map(_spent, _children(postmaster)))


class Rounds:
    """The same questions asked again and again, and what is in the middle of what they took."""

    def __init__(self, meter: Meter) -> None:
        self.wrong = 0
        self._meter = meter
        self._found: list[tuple[Spent, float]] = []

    def measure(
        self, requests: Sequence[bytes], key: str = "", expected: Sequence[bool] = ()
    ) -> None:
        """Ask once more; answers are compared by `key` where there are `expected` ones."""
        spent, answers = self._meter.measure(requests)
        self._found.append((spent, self._meter.seconds / len(requests)))
        if expected:
            self.wrong += sum(a[key] is not b for a, b in zip(answers, expected, strict=True))

    @property
    def spent(self) -> Spent:
        """Of the round in the middle."""
        found = sorted((spent for spent, _ in self._found), key=lambda spent: spent.whole)
        return found[len(found) // 2]

    @property
    def seconds(self) -> float:
        """For each answer, in the middle."""
        return median(seconds for _, seconds in self._found)


def _children(parent: int) -> Iterator[int]:
    for one in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(one.joinpath("stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(one.name)


def _below(parent: int) -> Iterator[int]:
    """Its processes, and theirs."""
    for one in _children(parent):
        yield one
        yield from _below(one)


def _spent(pid: int, with_children: bool = False) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    if with_children:  # those that have ended
        ticks += int(fields[13]) + int(fields[14])
    return ticks / _TICKS


class Asking:
    """Requests in their order over several connections, each with one at a time, as fast as answers
    come."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self.requests = requests
        self.answers: list[bytes] = [b""] * len(requests)
        self._next = 0
        self._ended: asyncio.Future[None]
        self._open = 0

    async def all(self, port: int, connections: int) -> None:
        """Until the last is answered."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        made = [
            (await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        for one in made[: len(self.requests)]:
            self._ask(one)
        await self._ended
        for one in made:
            one.transport.close()

    def answered(self, connection: _Connection, number: int, body: bytes) -> None:
        """A connection is free again."""
        self.answers[number] = body
        self._open -= 1
        if self._next < len(self.requests):
            self._ask(connection)
        elif not self._open and not self._ended.done():
            self._ended.set_result(None)

    def _ask(self, connection: _Connection) -> None:
        number, self._next = self._next, self._next + 1
        self._open += 1
        connection.ask(number, self.requests[number])


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._number = 0
        self._part = b""

    def connection_made(self, transport: Any) -> None:
        """It is open."""
        self.transport = transport

    def ask(self, number: int, request: bytes) -> None:
        """Send a request."""
        self._number = number
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """An answer, or a piece of one."""
        data = self._part + data
        body = _answer_in(data)
        self._part = data if body is None else b""
        if body is not None:
            self._asking.answered(self, self._number, body)


def _steadily(
    requests: Sequence[bytes], rate: float, count: int, port: int, connections: int
) -> list[float]:
    """Ask so many times, each when it is due (`rate` a second); seconds until the answers.

    By hand: a loop of asyncio keeps time in milliseconds, or takes a whole processor, and with it
    what the server and its database need.
    """
    free = deque(socket.create_connection(("127.0.0.1", port)) for _ in range(connections))
    for one in free:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    busy: dict[socket.socket, tuple[int, bytes]] = {}
    times: list[float] = []
    asked = 0
    began = time.perf_counter() + 0.01
    while len(times) < count:
        now = time.perf_counter() - began
        while free and asked < count and asked <= now * rate:
            one = free.popleft()
            one.sendall(requests[asked % len(requests)])
            busy[one] = asked, b""
            asked += 1
        due = asked / rate - time.perf_counter() + began if free and asked < count else 1.0
        for one in select.select(list(busy), (), (), max(due, _LOOK))[0]:
            number, part = busy[one]
            part += one.recv(2**16)
            if _answer_in(part) is None:
                busy[one] = number, part
                continue
            times.append(time.perf_counter() - began - number / rate)
            del busy[one]
            free.append(one)
    for one in free:
        one.close()
    return times


def _answer_in(data: bytes) -> bytes | None:
    """The body of a whole answer. Raises SystemExit where it is none."""
    head, end, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    if not end or len(body) < size:
        return None
    if b" 200 " not in head[:20]:
        raise SystemExit(data.decode("latin-1"))
    return body


def _run(asking: Any) -> None:
    import uvloop

    uvloop.run(asking)

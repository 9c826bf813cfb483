"""The doors on a real socket, over a world in memory that moves when a test says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import uvicorn
from django.utils import timezone

from concord_client import Client
from governance.audit.types import AccessRecord
from governance.models import Gateway
from governance.permissions.engine import Delta, Index, World, compile_index, next_index
from governance.permissions.gateways.application import GatewayDoors, alone
from governance.permissions.gateways.clients.signing import public_key
from governance.permissions.gateways.keeping import NotReady, Standing
from governance.permissions.gateways.registered import GatewayRecord, Registered, mapped
from tests.governance.permissions.gateways.asking import NOW, Given, dataset, person, rule
from tests.servers.running import free_port

SECRET = "a-client-of-tests"
RECORD = GatewayRecord(
    1, "app", "", "", mapped("trino://lake"), uses=frozenset({"bundle"})
)  # fmt: skip
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
Tamper = Callable[[Any, Answer], Answer]


def salaries(version: int = 10) -> World:
    """Two people, a table that is closed to ann, one that is masked, one that is public."""
    return World(
        version,
        (person(1, "ann"), person(2, "boss", "admins")),
        (
            dataset(1, "memory.hr.salary", "id", "amount"),
            dataset(2, "memory.hr.plan", "id", labels=frozenset({"public"})),
            dataset(3, "memory.hr.free", "id"),
        ),
        (rule("pay", "hr.salary"),),
    )


class Service:
    """See the module. `at` is its clock when it starts; `tamper` changes what it answers."""

    def __init__(
        self, world: World, *, at: float = NOW, gateways: tuple[GatewayRecord, ...] = (RECORD,)
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.recorded: list[AccessRecord] = []
        self.asked: list[str] = []
        self.tamper: Tamper | None = None
        self.is_away = False
        self._at = at
        self._registered = Registered(
            gateways={sha256(SECRET.encode()).hexdigest(): one for one in gateways},
            open_labels=frozenset({"public"}),
        )
        self.put(compile_index(world, clock=lambda: at))
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def put(self, index: Index) -> None:
        """Put a state in force."""
        now = time.monotonic()
        self.standing = Standing(index, self._registered, now, now, self._at)

    def move(self, **changes: Any) -> Index:
        """The next state, told to whoever waits."""
        index = self.standing.index
        last = next_index(index, Delta(index.version + 1, **changes))
        self.put(last)
        self.doors.publisher.publish(self.standing)
        return last

    def start(self) -> None:
        """Begin to answer, as a process that was just started."""
        service = self

        class Moving(Given):
            def standing(self) -> Standing:
                if service.is_away:
                    raise NotReady("Away.")
                return replace(service.standing, looked_at=time.monotonic())

        self.doors = GatewayDoors(alone, Moving(self.standing), self._record)
        config = uvicorn.Config(
            self._serve, port=self.port, log_level="warning", access_log=False, interface="asgi3"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        """Answer nothing any more."""
        if self._server is not None and self._thread is not None:
            self._server.force_exit = self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = None

    async def _record(self, record: AccessRecord) -> str:
        self.recorded.append(record)
        return "0"

    async def _serve(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]
    ) -> None:
        if scope["type"] != "http":
            await self.doors(scope, receive, send)
            return
        self.asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await self.doors(scope, receive, keep)
        start, body = sent
        answer = (start["status"], start["headers"], body["body"])
        if self.tamper is not None:
            answer = self.tamper(scope, answer)
        told = [(key, value) for key, value in answer[1] if key != b"content-length"]
        told.append((b"content-length", str(len(answer[2])).encode()))
        await send({"type": start["type"], "status": answer[0], "headers": told})
        await send({**body, "body": answer[2]})

    def client(self, folder: Path, **rest: Any) -> Client:
        """A client of it that asks often."""
        given = {"public_keys": [public_key()], "wait_seconds": 2.0, "instance": "test", **rest}
        return Client(self.url, SECRET, folder=folder, **given)


@contextmanager
def serving(world: World | None = None, **rest: Any) -> Iterator[Service]:
    """A service that answers, until the block ends; its gateway stands in the database."""
    Gateway.objects.get_or_create(
        pk=RECORD.id,
        defaults={
            "name": RECORD.name, "system_name": "trino://lake", "prefix": SECRET[:6],
            "digest": sha256(SECRET.encode()).hexdigest(), "created_at": timezone.now(),
        },
    )  # fmt: skip
    service = Service(world or salaries(), **rest)
    service.start()
    try:
        yield service
    finally:
        service.stop()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not come to be."
        time.sleep(0.01)


def narrowed(record: GatewayRecord, **changes: Any) -> GatewayRecord:
    """Another gateway."""
    return replace(record, **changes)

"""The event door: a plain ASGI callable in front of Django for what OpenLineage clients post.

Clients wait five seconds and repeat, and there are many of them, so an event costs one look at a
remembered token, one check of its shape, and its share of a commit. Everything else happens later
(`lineage.services.run_events.feeding`). What is no such post goes on to Django, which knows the
same addresses and answers alike, for servers that are not ASGI.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.types import Principal
from catalog.whole_numbers import is_whole, whole
from lineage.api.event_answers import (
    Answer,
    Busy,
    accepted,
    most_bytes,
    read_body,
    refusal,
)
from lineage.openlineage.receiving import Received, Refused, TooLarge
from lineage.services.run_events import keeping

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[..., Awaitable[None]]
Kept = Sequence[tuple[Received, int | None]]

ADDRESSES = {"/api/v1/lineage": False, "/api/v1/lineage/batch": True}  # whether it is a batch
MOST_DRAINED = 64 * 1024 * 1024  # bytes of a refused body that are taken in and thrown away
MOST_HELD = 256 * 1024 * 1024  # bytes of bodies that are being read or wait for their commit
MOST_READ_HERE = 256 * 1024  # bytes of a body that is read without a thread
MOST_TOGETHER = 1_000  # events in one commit
BUSY = "Events come faster than they can be stored: send this one again."
AWAY = "The database does not answer: send this event again."

log = structlog.get_logger(__name__)


class GroupCommit:
    """Stores what waits, all of it in one commit, while the next ones gather."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="run-events")
        self._waiting: list[tuple[Kept, asyncio.Future[None]]] = []
        self._is_working = False

    async def keep(self, events: Kept) -> None:
        """Return when the events are durable; raises Busy when they are not."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((events, future))
        if not self._is_working:
            self._is_working = True
            self._task = loop.create_task(self._work(loop))
        await future

    def close(self) -> None:
        """Finish what is being stored and give the connection back."""
        self._thread.submit(_give_back)
        self._thread.shutdown()

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                batch = self._take()
                events = [event for kept, _ in batch for event in kept]
                failure: Exception | None = None
                try:
                    await loop.run_in_executor(self._thread, _keep, events)
                except (DatabaseError, InterfaceError, CatalogError) as error:
                    log.warning("run_events_not_kept", error=f"{type(error).__name__}: {error}")
                    failure = Busy(AWAY)
                for _, future in batch:
                    if failure is not None and not future.done():
                        future.set_exception(failure)
                    elif not future.done():
                        future.set_result(None)
        finally:
            self._is_working = False

    def _take(self) -> list[tuple[Kept, asyncio.Future[None]]]:
        count = taken = 0
        for events, _ in self._waiting:
            if taken and count + len(events) > MOST_TOGETHER:
                break
            count += len(events)
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch


def _give_back() -> None:
    """Close the connection of the thread that calls."""
    connection.close()


def _keep(events: Kept) -> None:
    """Once more on a new connection: the one at hand may have been cut since it was used."""
    try:
        keeping.keep(events)
    except (DatabaseError, InterfaceError):
        connection.close()
        keeping.keep(events)


class EventDoor:
    """`application` answers everything that is no posted event."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._commit = GroupCommit()
        self._askers = ThreadPoolExecutor(2, thread_name_prefix="run-event-senders")
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="run-event-bodies")
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        is_batch = None
        if scope["type"] == "http" and scope["method"] == "POST":
            is_batch = ADDRESSES.get(scope["path"].rstrip("/"))
        if is_batch is None:
            await self._application(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, receive, is_batch=is_batch)
        except (CatalogError, AccessRefused) as error:
            answer = refusal(error)
        await _send(send, answer)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server starts and stops; Django has nothing to do then."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def close(self) -> None:
        """End the threads, and what they hold of the database."""
        self._commit.close()
        self._askers.shutdown()
        self._readers.shutdown()

    async def _answer(self, scope: Scope, receive: Receive, *, is_batch: bool) -> Answer:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        principal = await self._sender(headers.get(b"authorization", ""))
        most = most_bytes(is_batch=is_batch)
        stated = headers.get(b"content-length", "")
        if is_whole(stated) and ((size := whole(stated)) is None or size > most):
            await _drain(receive, MOST_DRAINED)
            raise TooLarge(f"The body is larger than {most // 2**20} MiB.", field="body")
        held = _Held(self)
        try:
            body = await _body(receive, most, held)
            encoding = headers.get(b"content-encoding", "")
            received, refused = await self._read(body, encoding, is_batch=is_batch)
            held.hold(sum(len(event.body) for event in received))
            await self._commit.keep([(event, principal.person_id) for event in received])
        finally:
            held.release()
        return accepted(received, refused, is_batch=is_batch)

    async def _read(
        self, body: bytes, encoding: str, *, is_batch: bool
    ) -> tuple[Sequence[Received], Sequence[Refused]]:
        """The events of a body: read in a thread where that may take long, as every other door of
        this process waits for what happens here. How much a packed one holds is not known."""
        if not encoding and len(body) <= MOST_READ_HERE:
            return read_body(body, encoding, is_batch=is_batch)
        reading = partial(read_body, body, encoding, is_batch=is_batch)
        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    async def _sender(self, authorization: str) -> Principal:
        known = keeping.trusted_sender(authorization)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._askers, _ask, authorization)
        except (DatabaseError, InterfaceError) as error:
            raise Busy(AWAY) from error


class _Held:
    """The bytes that one request makes the door hold."""

    def __init__(self, door: EventDoor) -> None:
        self._door = door
        self._bytes = 0

    def hold(self, count: int) -> None:
        """Count some more; raises Busy beyond what the door may hold."""
        self._bytes += count
        self._door.held += count
        if self._door.held > MOST_HELD:
            raise Busy(BUSY)

    def release(self) -> None:
        self._door.held -= self._bytes


def _ask(authorization: str) -> Principal:
    """Who sends, asked once more on a new connection if the one at hand was cut."""
    try:
        return keeping.sender(authorization)
    except (DatabaseError, InterfaceError):
        connection.close()
        return keeping.sender(authorization)
    finally:
        connection.close()


async def _body(receive: Receive, most: int, held: _Held) -> bytes:
    """The whole body; raises TooLarge as soon as it is, and Busy when the sender went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Busy("The sender went away before the event was whole.")
        part = message.get("body", b"")
        size += len(part)
        held.hold(len(part))
        if size > most:
            if message.get("more_body", False):
                await _drain(receive, MOST_DRAINED)
            raise TooLarge(f"The body is larger than {most // 2**20} MiB.", field="body")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _drain(receive: Receive, most: int) -> None:
    """Take in what is still sent of a body that is refused and keep nothing of it: a client that
    is cut off while it sends never hears why."""
    while most > 0:
        message = await receive()
        most -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    if answer.status != 204:
        headers.append((b"content-type", answer.content_type.encode()))
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})

"""Bodies in and answers out, as plain ASGI messages."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from governance.audit.types import AccessRecord, AuditUnavailable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[..., Awaitable[None]]
Asking = Callable[[bytes], tuple[AccessRecord, Callable[[str], bytes]]]
"""From a body to the record of its answer, and from the record's id to what is sent; raises
Refused."""
RecordThen = Callable[
    [AccessRecord, Callable[[AuditUnavailable | None], None], AbstractEventLoop], str
]
"""Keeps a record, has a call made in the loop once it is kept, or cannot be, and returns its id;
raises AuditUnavailable."""

LARGE = 256 * 1024
"""Bytes of a body from which on it is read beside the loop."""
UPLOAD_SECONDS = 30.0
"""How long a body may take to come. Whoever is slower is told to send it again, or less."""
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a body as JSON raises, whatever it holds."""
JSON = b"application/json"
PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


class Refused(Exception):  # noqa: N818 - reads as the refusal it is
    """A request that is not answered; the sentence says what to mend."""

    def __init__(
        self, status: int, sentence: str, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers

    def answer(self) -> Answer:
        """As a problem document (RFC 9457)."""
        said = {"type": "about:blank", "status": self.status, "title": str(self)}
        return Answer(self.status, msgspec.json.encode(said), PROBLEM, self.headers)


def not_recorded(error: AuditUnavailable) -> Refused:
    """What is said where a record can be kept nowhere."""
    return Refused(503, str(error), ((b"retry-after", b"1"),))


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The whole body. Raises Refused (413) beyond `most` bytes, at once where it is announced."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > most:
            raise _too_large(most)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Refused(400, "The sender went away before the body was whole.")
    first: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(first) > most:
            raise _too_large(most)
        return first
    parts, size = [first], len(first)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The sender went away before the body was whole.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


async def read_upload(scope: Scope, receive: Receive, most: int) -> bytes:
    """The whole body, which has to come in time. Raises Refused (408, 413)."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await read_body(scope, receive, most)
    except TimeoutError:
        sentence = f"The body did not come within {UPLOAD_SECONDS:.0f} seconds."
        raise Refused(408, sentence, ((b"connection", b"close"),)) from None


async def send_answer(send: Send, answer: Answer) -> None:
    """Send all of it."""
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _too_large(most: int) -> Refused:
    return Refused(413, f"The body is larger than {most // 2**20} MiB.")

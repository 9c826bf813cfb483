"""The hot questions straight from the connection: a whole request in, its answer out.

A protocol for uvicorn (`--http governance.permissions.gateways.protocol:GatewayProtocol`). What
comes as one plain piece (`POST` of a known door, a length, no transfer coding) is answered where it
arrives, without a task; anything else goes on to uvicorn's own parser, byte by byte as it came. An
answer that has to be on record waits for its record, and the connection reads nothing meanwhile.
"""

from __future__ import annotations

import re
from asyncio import TimerHandle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from governance.audit.types import AuditUnavailable
from governance.permissions.gateways.asgi import (
    JSON,
    LARGE,
    Answer,
    Asking,
    RecordThen,
    Refused,
    not_recorded,
)

REQUEST_SECONDS = 30.0
"""How long the head of a request, and a whole question that is answered here, may take to come."""
MOST_HEAD_BYTES = 64 * 1024
"""Of one that is still coming: uvicorn's parser keeps whatever comes."""
_MOST_HEADS = 10_000
_MOST_SIZES = 1_000
_MOST_HEAD_BYTES = 4_096  # of one that is kept: whoever sends longer ones fills no memory
_LINE = re.compile(rb"POST (/[\w./~-]*) HTTP/1\.1")
# Blanks around a value are stripped after: a pattern that leaves them out takes cubic time of many.
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\x20-\x7e\x80-\xff\t]*)")
_IRREGULAR = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"connection", b"content-encoding", b"trailer"}
)
_PLAIN = STATUS_LINE[200] + b"content-type: " + JSON + b"\r\n"


class Doors(Protocol):
    """What answers: `GatewayDoors`, which cannot be imported before Django is set up."""

    record_then: RecordThen | None

    def asking(self, path: str, headers: Mapping[bytes, bytes]) -> Asking | None:
        """Who answers a question posted to an address; None for what uvicorn has to read."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says before its body."""

    path: str
    headers: dict[bytes, bytes]
    size: int


class Heads:
    """The heads of requests, each read once: a client sends the same again and again."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self._found: dict[bytes, tuple[Asking, int]] = {}
        self._usual: list[tuple[bytes, bytes]] | None = None
        self._begun: dict[int, bytes] = {}

    def of(self, head: bytes) -> tuple[Asking, int] | None:
        """Who answers a request, and how long its body is; None for what uvicorn has to read."""
        found = self._found.get(head)
        if found is None:
            parsed = parse_head(head) if len(head) <= _MOST_HEAD_BYTES else None
            if parsed is None:
                return None
            asking = self.doors.asking(parsed.path, parsed.headers)
            if asking is None or parsed.size > LARGE:
                return None
            if len(self._found) >= _MOST_HEADS:
                self._found.clear()
            found = self._found[head] = (asking, parsed.size)
        return found

    def begun(self, usual: list[tuple[bytes, bytes]], size: int) -> bytes:
        """What a plain answer of so many bytes begins with; `usual` are the headers of every
        answer, which are others once a second."""
        if usual is not self._usual:
            self._usual, self._begun = usual, {}
        found = self._begun.get(size)
        if found is None:
            found = b"%bcontent-length: %d\r\n%b\r\n" % (_PLAIN, size, _lines(usual))
            if len(self._begun) < _MOST_SIZES:
                self._begun[size] = found
        return found


def parse_head(head: bytes) -> Head | None:
    """A plain head of a `POST`, without its empty line; None where anything about it is special."""
    first, *lines = head.split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        return None
    headers: dict[bytes, bytes] = {}
    for one in lines:
        found = _HEADER.fullmatch(one)
        if found is None:
            return None
        name, value = found[1].lower(), found[2].strip(b" \t")
        if name in headers:
            return None
        if name in _IRREGULAR and (name != b"connection" or value.lower() != b"keep-alive"):
            return None
        headers[name] = value
    size = headers.get(b"content-length", b"")
    if not size.isdigit() or len(size) > 9 or b"host" not in headers:
        return None
    return Head(line[1].decode(), headers, int(size))


class GatewayProtocol(HttpToolsProtocol):
    """See the module."""

    def __init__(self, *arguments: Any, **rest: Any) -> None:
        super().__init__(*arguments, **rest)
        self._heads: Heads | None = None
        doors: Any = self.app
        while doors is not None and not hasattr(doors, "record_then"):
            doors = getattr(doors, "app", None)  # uvicorn's own wrappers
        logs = self.config.access_log and self.access_log
        is_special = logs or self.limit_concurrency is not None or self.root_path
        if doors is not None and doors.record_then is not None and not is_special:
            self._heads = _heads_of(doors)
            self._record = doors.record_then
        self._is_reading = False  # uvicorn's parser is within a request
        self._is_waiting = False  # for a record
        self._is_ending = False
        self._parts: list[bytes] = []  # of a plain request whose rest has not come yet
        self._missing = 0  # bytes of it
        self._head_bytes = 0  # of a head that uvicorn reads and that is not whole yet
        self._has_head = True
        self._late: TimerHandle | None = None
        self._later: list[bytes] = []
        self._heard = 0.0

    # --- what comes ------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """A piece from the connection."""
        if self._is_waiting:
            self._later.append(data)
            self.flow.pause_reading()
            return
        if (
            self._heads is None
            or self._is_reading
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.flow.write_paused
        ):
            self._read_on(data)
            return
        if self._parts:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return
            data, self._parts = b"".join(self._parts), []
            self._in_time()
        end = data.find(b"\r\n\r\n")
        found = self._heads.of(data[:end]) if end > 0 else None
        missing = end + 4 + found[1] - len(data) if found is not None else -1
        if found is None or missing < 0:
            self._read_on(data)
        elif missing:
            self._parts, self._missing = [data], missing
            self._hurry()
        else:
            self._answer(found[0], data[end + 4 :])

    def _answer(self, asking: Asking, body: bytes) -> None:
        self._is_waiting = True
        try:
            record, finish = asking(body)
        except Refused as refused:
            self._send(refused.answer())
            return
        except Exception:
            self.logger.exception("A question could not be answered.")
            self._send(Refused(500, "This could not be answered.").answer())
            return

        def done(error: AuditUnavailable | None) -> None:
            if error is None:
                self._send_plain(finish(record.id))
            else:
                self._send(not_recorded(error).answer())

        try:
            self._record(record, done, self.loop)
        except AuditUnavailable as error:
            self._send(not_recorded(error).answer())

    # --- what goes -------------------------------------------------------------------------

    def _send_plain(self, body: bytes) -> None:
        assert self._heads is not None
        self._write(self._heads.begun(self.server_state.default_headers, len(body)) + body)

    def _send(self, answer: Answer) -> None:
        given = b"".join(b"%b: %b\r\n" % one for one in answer.headers)
        self._write(
            b"%bcontent-type: %b\r\ncontent-length: %d\r\n%b%b\r\n%b"
            % (
                STATUS_LINE[answer.status],
                answer.content_type,
                len(answer.body),
                given,
                _lines(self.server_state.default_headers),
                answer.body,
            )
        )

    def _write(self, data: bytes) -> None:
        self._is_waiting = False
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.transport.write(data)
        if self._is_ending:
            self.transport.close()
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        self._heard = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._rest(self.timeout_keep_alive)
        if self._later:
            data, self._later = b"".join(self._later), []
            self.data_received(data)

    # --- whoever sends drop by drop ------------------------------------------------------------

    def _hurry(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(REQUEST_SECONDS, self._too_late)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._hurry()  # an answer is on its way, and this is the request after it
            return
        self._cut(408, f"The request did not come within {REQUEST_SECONDS:g} seconds.")

    def _cut(self, status: int, sentence: str) -> None:
        """Say why, and close; what came is forgotten."""
        self._parts = []
        self._is_ending = True
        self._send(Refused(status, sentence, ((b"connection", b"close"),)).answer())

    def _read_on(self, data: bytes) -> None:
        """Have uvicorn's parser read, which waits and keeps without end."""
        super().data_received(data)
        if not self._has_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._cut(431, f"The head is larger than {MOST_HEAD_BYTES // 1024} KiB.")
            else:
                self._hurry()

    # --- uvicorn's parser, and ends ----------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """It is open; whoever says nothing does not keep it."""
        super().connection_made(transport)
        if self._heads is not None:
            self._heard = self.loop.time()
            self._rest(self.timeout_keep_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._in_time()
        self._parts, self._later = [], []
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request that uvicorn reads begins."""
        self._is_reading, self._has_head, self._head_bytes = True, False, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._has_head = True
        self._in_time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """And ends."""
        self._is_reading = False
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server stops: what waits for its record is still answered."""
        if self._is_waiting:
            self._is_ending = True
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close what has been silent for long; looked at once in a while and not set anew by each
        answer."""
        left = self._heard + self.timeout_keep_alive - self.loop.time()
        self.timeout_keep_alive_task = None
        if self._is_waiting or self._parts or left > 0.001:
            self._rest(max(left, 0.1))
        else:
            super().timeout_keep_alive_handler()

    def _rest(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )


_heads: dict[int, Heads] = {}


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % one for one in headers)


def _heads_of(doors: Doors) -> Heads:
    """The heads that one application was asked with, whatever the connection."""
    found = _heads.get(id(doors))
    if found is None or found.doors is not doors:
        found = _heads[id(doors)] = Heads(doors)
    return found

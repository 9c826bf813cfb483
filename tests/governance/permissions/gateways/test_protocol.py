"""Questions answered where they arrive: byte for byte what uvicorn's own protocol answers."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import uvicorn

from governance.audit.types import AccessRecord, AuditUnavailable
from governance.permissions.engine import World
from governance.permissions.gateways import asgi, protocol
from governance.permissions.gateways.application import GatewayDoors, alone
from governance.permissions.gateways.protocol import GatewayProtocol, Heads, parse_head
from tests.governance.permissions.gateways.asking import (
    SECRET,
    TOKEN,
    Given,
    dataset,
    person,
    rule,
    standing,
    table,
    trino_body,
)
from tests.servers.running import free_port

WORLD = World(
    version=1,
    people=(person(1, "ann"), person(2, "boss", "admins")),
    datasets=(dataset(1, "lake.hr.pay", "id"), dataset(2, "lake.hr.team", "id")),
    rules=(rule("oo-1", "hr.pay"),),
)
ALLOW = f"/gw/{SECRET}/v1/data/trino/allow"
EVALUATION = "/access/v1/evaluation"
Done = Callable[[AuditUnavailable | None], None]


class Served:
    """The doors on a socket; records wait in `held` while `is_holding`."""

    def __init__(self, http: Any) -> None:
        self.port = free_port()
        self.is_holding = False
        self.refusal: AuditUnavailable | None = None
        self.held: list[Done] = []
        self.records: list[AccessRecord] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.doors = GatewayDoors(
            alone, Given(standing(WORLD)), self._record, record_then=self._record_then
        )
        config = uvicorn.Config(
            self.doors, port=self.port, log_level="warning", access_log=False, http=http
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    async def _record(self, record: AccessRecord) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.records.append(record)
        return "7"

    def _record_then(
        self, record: AccessRecord, done: Done, loop: asyncio.AbstractEventLoop
    ) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.records.append(record)
        record.id, self.loop = "7", loop
        if self.is_holding:
            self.held.append(done)
        else:
            done(None)
        return "7"

    def stop(self) -> None:
        """And wait for it."""
        self._server.should_exit = True
        self._thread.join()

    def open(self) -> Connection:
        """A connection."""
        return Connection(self.port)

    def say(self, *pieces: bytes, answers: int = 1) -> list[bytes]:
        """Answers to bytes that are sent piece by piece, without their dates."""
        with self.open() as connection:
            for piece in pieces:
                connection.send(piece)
                if len(pieces) > 1:
                    time.sleep(0.02)
            return [connection.answer() for _ in range(answers)]

    def wait_for_a_record(self) -> Done:
        """Who waits for one."""
        until = time.monotonic() + 10
        while not self.held:
            assert time.monotonic() < until
            time.sleep(0.005)
        return self.held.pop()

    def tell(self, done: Done, error: AuditUnavailable | None = None) -> None:
        """What became of the record."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(done, error)


class Connection:
    """One that reads answer by answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self._read = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Some bytes."""
        self.socket.sendall(data)

    def answer(self) -> bytes:
        """One answer without what changes by the second; what there is where it ends early."""
        while b"\r\n\r\n" not in self._read:
            if not self._more():
                return self._read
        head, _, rest = self._read.partition(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head)
        length = int(size[1]) if size is not None else 0
        while len(rest) < length and self._more():
            rest = self._read.partition(b"\r\n\r\n")[2]
        self._read = rest[length:]
        first, *lines = head.split(b"\r\n")
        kept = sorted(one for one in lines if not one.startswith(b"date:"))
        return b"\n".join([first, *kept, rest[:length]])

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self._read += data
        return bool(data)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Served, Served]]:
    """With the protocol, and without it."""
    both = Served(GatewayProtocol), Served("httptools")
    yield both
    for one in both:
        one.stop()


def posted(path: str, body: bytes, *headers: str, version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", *headers]
    if not any(one.lower().startswith(("content-length", "transfer")) for one in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def trino(user: str, name: str = "lake.hr.pay", **rest: Any) -> bytes:
    body = trino_body(user, "SelectFromColumns", resource=table(name, "id"), **rest)
    return posted(ALLOW, body, "Content-Type: application/json")


def authzen(*headers: str) -> bytes:
    body = msgspec.json.encode({
        "subject": {"type": "user", "id": "ann"}, "action": {"name": "read"},
        "resource": {"type": "dataset", "id": "trino://lake/lake.hr.pay"},
    })  # fmt: skip
    given = headers or (f"Authorization: Bearer {TOKEN}",)
    return posted(EVALUATION, body, "Content-Type: application/json; charset=utf-8", *given)


CHUNKED = trino("ann").partition(b"\r\n\r\n")[2]
ASKED = {
    "allowed": (trino("boss"),),
    "denied": (trino("ann"),),
    "evaluation": (authzen(),),
    "evaluation with an id": (authzen(f"Authorization: Bearer {TOKEN}", "X-Request-ID: 12"),),
    "no token": (authzen("X-Nothing: 1"),),
    "another secret": (posted("/gw/wrong/v1/data/trino/allow", b"{}"),),
    "no question": (posted(ALLOW, b'{"input": 1}'),),
    "no json": (posted(ALLOW, b"\xff{"),),
    "no endpoint": (posted(f"/gw/{SECRET}/v1/data/trino/other", b"{}"),),
    "another method": (f"GET {ALLOW} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),),
    "metadata": (b"GET /.well-known/authzen-configuration HTTP/1.1\r\nHost: localhost\r\n\r\n",),
    "elsewhere": (posted("/elsewhere", b"{}"),),
    "in pieces": tuple(trino("ann")[at : at + 90] for at in range(0, len(trino("ann")), 90)),
    "head before body": (*trino("ann").partition(b"\r\n\r\n"),),
    "in chunks": (
        posted(ALLOW, b"", "Transfer-Encoding: chunked")
        + f"{len(CHUNKED):x}\r\n".encode() + CHUNKED + b"\r\n0\r\n\r\n",
    ),
    "of an older version": (trino("ann").replace(b"HTTP/1.1", b"HTTP/1.0"),),
    "closing": (trino("ann").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1),),
    "two lengths": (
        posted(ALLOW, b"{}", "Content-Length: 2", "Content-Length: 9", version="1.1"),
    ),
    "a length that is none": (posted(ALLOW, b"{}", "Content-Length: -2"),),
    "length and chunks": (posted(ALLOW, b"0\r\n\r\n", "Content-Length: 5",
                                 "Transfer-Encoding: chunked"),),
    "a header with a space": (posted(ALLOW, b"{}", "X Odd: 1"),),
    "a folded header": (posted(ALLOW, b"{}", "X-Odd: 1\r\n  2"),),
    "with an encoded path": (posted(ALLOW.replace("allow", "all%6Fw"), b"{}"),),
    "with a query": (posted(f"{ALLOW}?x=1", b'{"input": 1}'),),
    "a long head": (posted(ALLOW, CHUNKED, f"X-Long: {'x' * 8_000}"),),
    "no http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",),
}  # fmt: skip


@pytest.mark.parametrize("asked", sorted(ASKED))
def test_the_answer_is_what_uvicorn_alone_gives(asked: str, served: tuple[Served, Served]) -> None:
    with_it, without = (one.say(*ASKED[asked]) for one in served)
    assert with_it == without


@pytest.mark.parametrize("count", [2, 7])
def test_requests_that_come_at_once_are_answered_in_their_order(
    count: int, served: tuple[Served, Served]
) -> None:
    # Given questions of which each second is denied, in one piece
    asked = b"".join(trino("ann" if number % 2 else "boss") for number in range(count))

    # Then so are the answers
    found = served[0].say(asked, answers=count)
    assert [b'"result":true' in one for one in found] == [not n % 2 for n in range(count)]
    assert found == served[1].say(asked, answers=count)


def test_one_connection_may_ask_in_both_ways(served: tuple[Served, Served]) -> None:
    # Given plain and special requests in turn on one connection
    pieces = [trino("ann"), ASKED["metadata"][0], trino("boss"), ASKED["in chunks"][0], authzen()]
    for one in served:
        with one.open() as connection:
            found = []
            for piece in pieces:
                connection.send(piece)
                found.append(connection.answer())
        assert [b" 200 " in answer for answer in found] == [True] * 5
        assert b'"result":false' in found[0]
        assert b'"result":true' in found[2]


def test_what_comes_while_a_record_is_made_durable_waits(served: tuple[Served, Served]) -> None:
    # Given a record that takes its time, and a second question behind the first
    one = served[0]
    one.is_holding = True
    before = len(one.records)
    with one.open() as connection:
        connection.send(trino("ann"))
        done = one.wait_for_a_record()
        connection.send(trino("boss"))
        connection.socket.settimeout(0.2)

        # Then neither is answered, and the second is not even looked at
        with pytest.raises(TimeoutError):
            connection.answer()
        assert len(one.records) == before + 1

        # When the first is on record, both are answered in their order
        connection.socket.settimeout(5)
        one.is_holding = False
        one.tell(done)
        assert b'"result":false' in connection.answer()
        assert b'"result":true' in connection.answer()


def test_what_cannot_be_recorded_is_not_answered(served: tuple[Served, Served]) -> None:
    # Given a log that takes nothing
    for one in served:
        one.refusal = AuditUnavailable("Nothing can be kept.")
    found, expected = (one.say(trino("ann"))[0] for one in served)

    # Then nothing of the answer is told
    assert found == expected
    assert found.startswith(b"HTTP/1.1 503")
    assert b"result" not in found

    # And the same where it is found out only later
    one = served[0]
    one.refusal, one.is_holding = None, True
    with one.open() as connection:
        connection.send(trino("ann"))
        done = one.wait_for_a_record()
        one.is_holding = False
        one.tell(done, AuditUnavailable("Nothing can be kept."))
        assert connection.answer() == expected
    served[1].refusal = None


def test_heads_are_read_once_and_only_plain_ones_are_kept() -> None:
    # Given the heads of two questions and of what takes more than the protocol does
    doors = GatewayDoors(alone, Given(standing(WORLD)))
    heads = Heads(doors)
    plain = trino("ann").partition(b"\r\n\r\n")[0]
    special = ASKED["in chunks"][0].partition(b"\r\n\r\n")[0]

    # Then the same head has the same answerer, and the special one none
    assert heads.of(plain) is heads.of(plain)
    assert heads.of(special) is None
    assert parse_head(plain) is not None
    # And one that is long is left to uvicorn, so that nobody fills the memory with such
    assert heads.of(plain + b"\r\nX-Long: " + b"x" * 4_096) is None
    assert parse_head(b"POST / HTTP/1.1") is None  # names no host


def test_a_head_full_of_blanks_is_read_at_once() -> None:
    blanks = b" \t" * 2_000
    began = time.perf_counter()
    assert parse_head(b"POST / HTTP/1.1\r\nhost: a\r\nx:" + blanks + b"\x01") is None
    assert parse_head(b"POST / HTTP/1.1\r\nhost: a\r\nx:" + blanks + b"a" + blanks) is None
    found = parse_head(
        b"POST / HTTP/1.1\r\nhost: a\r\nx:" + blanks + b"a b \t\r\ncontent-length:\t1 "
    )
    assert found is not None
    assert found.headers[b"x"] == b"a b"
    assert found.size == 1
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("result", [True, False])
def test_a_yes_or_no_is_written_as_an_encoder_writes_it(
    result: bool, served: tuple[Served, Served]
) -> None:
    # Given an answer in its parts, and whole from the door, with the id of its record
    answer = served[0].say(trino("boss" if result else "ann"))[0]
    body = msgspec.json.encode({"result": result, "decision_id": "7"})
    assert answer.endswith(b"\n" + body)
    assert b"\ncontent-length: %d\n" % len(body) in answer


def test_what_answers_begin_with_is_made_once_while_the_headers_are_the_same() -> None:
    # Given two seconds with their headers
    heads = Heads(GatewayDoors(alone, Given(standing(WORLD))))
    now = [(b"date", b"now")]
    begun = heads.begun(now, 9)
    assert begun.endswith(b"content-length: 9\r\ndate: now\r\n\r\n")
    assert heads.begun(now, 9) is begun
    assert heads.begun(now, 10).endswith(b"content-length: 10\r\ndate: now\r\n\r\n")
    assert heads.begun([(b"date", b"then")], 9).endswith(b"date: then\r\n\r\n")


SLOW = 0.5


def dripped(served: Served, whole: bytes, seconds: float = 5.0) -> tuple[bytes, float]:
    """What comes back for a request that is sent a byte at a time, and after how long."""
    began = time.monotonic()
    with served.open() as connection:
        connection.socket.settimeout(0.05)
        for place in range(len(whole)):
            try:
                connection.socket.sendall(whole[place : place + 1])
                found = connection.socket.recv(4096)
            except TimeoutError:
                assert time.monotonic() < began + seconds, "It waits for ever."
                continue
            except OSError:
                found = b""
            return found, time.monotonic() - began
    raise AssertionError("It was taken.")


@pytest.mark.parametrize("kind", ["body", "head", "large", "authzen"])
def test_whoever_sends_drop_by_drop_is_cut_off(
    kind: str, served: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given little patience
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", SLOW)
    monkeypatch.setattr(asgi, "UPLOAD_SECONDS", SLOW)
    mine, _ = served
    path = EVALUATION if kind == "authzen" else ALLOW
    chunked = "transfer-encoding: chunked\r\n" if kind == "authzen" else "content-length: 200\r\n"
    if kind == "large":
        chunked = f"content-length: {2 * asgi.LARGE}\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
        f"content-type: application/json\r\n{chunked}\r\n"
    ).encode()

    # When somebody sends a head, or what follows it, a byte at a time
    if kind == "head":
        said, after = dripped(mine, head)
    else:
        began = time.monotonic()
        with mine.open() as connection:
            connection.send(head)
            said = b""
            connection.socket.settimeout(0.05)
            while not said and time.monotonic() < began + 5:
                try:
                    connection.send(b"1" if kind != "authzen" else b"1\r\n \r\n")
                    said = connection.socket.recv(4096)
                except TimeoutError:
                    continue
        after = time.monotonic() - began

    # Then they are told so, and the connection is closed
    assert said.startswith(b"HTTP/1.1 408"), said
    assert b"connection: close" in said
    assert after < 5


def test_a_head_without_end_fills_no_memory(served: tuple[Served, Served]) -> None:
    mine, _ = served
    with mine.open() as connection:
        connection.send(b"GET / HTTP/1.1\r\nhost: x\r\n")
        with contextlib.suppress(ConnectionError):
            for number in range(200):
                connection.send(b"x-%d: %b\r\n" % (number, b"a" * 1_000))
        said = b""
        with contextlib.suppress(ConnectionError):
            said = connection.socket.recv(4096)
    assert said == b"" or said.startswith(b"HTTP/1.1 431")


def test_whoever_says_nothing_keeps_no_connection(served: tuple[Served, Served]) -> None:
    mine, _ = served
    with mine.open() as connection:
        connection.socket.settimeout(15)
        assert connection.socket.recv(1) == b""


def test_a_question_in_many_pieces_is_answered(served: tuple[Served, Served]) -> None:
    mine, _ = served
    whole = posted(ALLOW, trino_body("ann", "ExecuteQuery"))
    with mine.open() as connection:
        for place in range(0, len(whole), 7):
            connection.send(whole[place : place + 7])
            time.sleep(0.001)
        assert b"true" in connection.answer()

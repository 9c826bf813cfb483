"""Batches of decisions at the door: bounded, named where they are refused, kept once."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import threading
import uuid
from typing import Any

import pytest
from django.utils import timezone

from governance.audit.models import AuditRow
from governance.audit.services.recording import flush, record_decision
from governance.models import DecisionBatch, Gateway
from governance.permissions.gateways import asgi
from governance.permissions.gateways.application import GatewayDoors, alone
from governance.permissions.gateways.clients.receiving import (
    AT_ONCE,
    CLAIMED,
    FORGET_DAYS,
    MOST_DECISIONS,
    forget_batches,
)
from governance.permissions.services.gateways import add_gateway
from tests.clients.service import RECORD as GATEWAY
from tests.clients.service import SECRET, Service, narrowed, salaries
from tests.governance.permissions.gateways.asking import ACTING, NOW, Door, Given

pytestmark = pytest.mark.django_db(transaction=True)


class Sending(Door):
    """Sends batches as a client does; its decisions go into the real audit."""

    def __init__(self, gateway: Gateway | None = None) -> None:
        if gateway is None:
            gateway, _ = add_gateway(
                acting=ACTING, name="app", system="trino://lake", uses=["bundle"]
            )
        self.gateway = gateway
        self.began = threading.Event()
        self.waits: threading.Event | None = None
        service = Service(salaries(), gateways=(narrowed(GATEWAY, id=gateway.pk),))
        super().__init__(service.standing)
        self.fails_after = 10**9
        self.application = GatewayDoors(alone, Given(service.standing), self._kept)

    async def _kept(self, record: Any) -> str:
        self.began.set()
        if self.waits is not None:
            await asyncio.to_thread(self.waits.wait, 20)
        self.fails_after -= 1
        if self.fails_after < 0:
            raise RuntimeError("the process ends here")
        return await record_decision(record)

    @classmethod
    def beside(cls, door: Sending) -> Sending:
        """Another process of the same service."""
        return cls(door.gateway)

    def send(self, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and body of an answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {SECRET}", **headers}
        return self.post("/gw/client/decisions", data, given)[:2]


@pytest.fixture
def door() -> Sending:
    """A door over a small world."""
    return Sending()


def decided(**rest: Any) -> dict[str, Any]:
    """A refusal."""
    return {
        "at": NOW, "user": "ann", "action": "read", "dataset": "trino://lake/memory.hr.salary",
        "outcome": "refused", "version": 10, "code": "opt_out", **rest,
    }  # fmt: skip


def batch(*decisions: Any, **rest: Any) -> dict[str, Any]:
    """A batch with an id of its own."""
    return {
        "batch": str(uuid.uuid4()), "instance": "test", "decisions": list(decisions), **rest
    }  # fmt: skip


def rows() -> list[AuditRow]:
    """What the audit has."""
    assert flush()
    return list(AuditRow.objects.filter(gateway="client:app").order_by("sequence"))


def test_a_batch_is_kept_once_however_often_it_is_sent(door: Sending) -> None:
    # given a batch of two decisions and a loss, sent packed
    sent = batch(decided(), decided(user="boss", outcome="allowed", code="open", count=7), lost=3)
    body = gzip.compress(json.dumps(sent).encode())
    # when it is sent twice
    answers = [door.send(body, **{"content-encoding": "gzip"}) for _ in range(2)]
    # then it is answered alike and kept once
    assert answers == [(200, {"batch": sent["batch"], "decisions": 2})] * 2
    found = rows()
    assert [(one.outcome, json.loads(one.body)["asked"]) for one in found] == [
        ("lost", 3), ("refused", 1), ("allowed", 7),
    ]  # fmt: skip
    assert "Decided by test at 2026-09-" in json.loads(found[1].body)["note"]
    row = DecisionBatch.objects.get()
    assert row.decisions == 2
    assert row.kept_at is not None


def test_a_batch_that_was_cut_off_goes_on_where_it_stopped(door: Sending) -> None:
    sent = batch(*(decided(user=f"u{number}") for number in range(4)))
    # given a process that ended in the midst of a batch
    door.fails_after = 2
    with pytest.raises(RuntimeError):
        door.send(sent)
    assert len(rows()) == 2
    # when it is sent again at once, then it may still be under way
    door.fails_after = 10**9
    assert door.send(sent)[0] == 429
    # when it is sent once whoever took it is gone
    DecisionBatch.objects.update(claimed_at=timezone.now() - CLAIMED)
    assert door.send(sent)[0] == 200
    # then each decision is there once
    assert sorted(json.loads(one.body)["username"] for one in rows()) == ["u0", "u1", "u2", "u3"]


def test_a_batch_that_another_process_still_has_queued_is_not_written_twice(
    door: Sending,
) -> None:
    # given a process that has a batch in memory, where no other one finds it
    sent, door.waits = batch(decided(), decided(user="boss")), threading.Event()
    answers: list[int] = []
    first = threading.Thread(target=lambda: answers.append(door.send(sent)[0]))
    first.start()
    assert door.began.wait(20)
    # when it is sent again to a process that knows nothing of it, then it has to wait
    again = Sending.beside(door)
    assert again.send(sent) == (
        429, {"type": "about:blank", "status": 429,
              "title": "The same batch is being taken: send it again."},
    )  # fmt: skip
    # and each decision is there once, whoever is asked then
    door.waits.set()
    first.join(20)
    assert (answers, again.send(sent)[0], len(rows())) == ([200], 200, 2)


def test_a_batch_that_is_taken_over_is_claimed_anew(door: Sending) -> None:
    # given a batch whose first taker is gone, and a second one that was cut off just now
    sent = batch(decided())
    for _ in range(2):
        door.fails_after = 0
        DecisionBatch.objects.update(claimed_at=timezone.now() - CLAIMED)
        with pytest.raises(RuntimeError):
            door.send(sent)
    # when a third one comes, then the second may still write it
    assert Sending.beside(door).send(sent)[0] == 429


def test_what_stalls_holds_up_no_other(door: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    # given more senders than have a turn, of whom none sends the body it began
    monkeypatch.setattr(asgi, "UPLOAD_SECONDS", 2.0)

    async def all_of_them() -> tuple[list[int], int]:
        stalled = [asyncio.ensure_future(_sent(door, [b"{"], ends=False)) for _ in range(AT_ONCE)]
        await asyncio.sleep(0.05)
        other = await _sent(door, [json.dumps(batch(decided())).encode()])
        assert not any(one.done() for one in stalled)
        return await asyncio.gather(*stalled), other

    # then another batch is taken meanwhile, and they are told that they were too slow
    assert asyncio.run(all_of_them()) == ([408] * AT_ONCE, 200)
    assert len(rows()) == 1


async def _sent(door: Sending, pieces: list[bytes], *, ends: bool = True) -> int:
    """The status of an answer to a body that comes in pieces, or whose end never comes."""
    waiting, sent = list(pieces), list[Any]()

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": not ends}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/gw/client/decisions",
        "headers": [(b"authorization", f"Bearer {SECRET}".encode())],
    }  # fmt: skip
    await door.application(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "no batch"),
        (b"[1]", 400, "no batch"),
        ({"batch": "x", "instance": "t", "decisions": []}, 400, "$.batch"),
        (batch(decided(salary=5)), 400, "unknown field `salary` - at `$.decisions[0]`"),
        (batch(decided(), colour="red"), 400, "unknown field `colour`"),
        (batch(decided(outcome="maybe")), 400, "$.decisions[0].outcome"),
        (batch(decided(user="u" * 201)), 400, "$.decisions[0].user"),
        (batch(decided(count=0)), 400, "$.decisions[0].count"),
        (batch(decided(version=-1)), 400, "$.decisions[0].version"),
        (batch(decided(at="today")), 400, "$.decisions[0].at"),
        (batch(*[decided()] * (MOST_DECISIONS + 1)), 413, "send 5,000 at most"),
        (b"x" * (4 * 2**20 + 1), 413, "larger than 4 MiB"),
    ],
)
def test_a_batch_that_is_none_is_refused_by_name(
    door: Sending, body: Any, status: int, words: str
) -> None:
    found, said = door.send(body)
    assert (found, words in said["title"]) == (status, True), said
    # and nothing of it is kept
    assert not rows()
    assert not DecisionBatch.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"nothing", 400), (gzip.compress(b"{}")[:-4], 400), (gzip.compress(b" " * 33 * 2**20), 413)],
    ids=["not packed", "cut", "too large"],
)
def test_a_body_that_is_packed_wrongly_or_too_large_is_refused(
    door: Sending, body: bytes, status: int
) -> None:
    assert door.send(body, **{"content-encoding": "gzip"})[0] == status
    assert not DecisionBatch.objects.exists()


def test_who_sends_has_to_be_a_gateway(door: Sending) -> None:
    assert door.send(batch(decided()), authorization="Bearer another")[0] == 401
    assert door.send(batch(decided()), authorization="")[0] == 401
    assert not rows()


def test_batches_are_forgotten_when_nobody_sends_them_again(door: Sending) -> None:
    door.send(batch(decided()))
    now = DecisionBatch.objects.get().received_at
    assert forget_batches(now + dt.timedelta(days=FORGET_DAYS - 1)) == 0
    assert forget_batches(now + dt.timedelta(days=FORGET_DAYS + 1)) == 1
    assert Gateway.objects.filter(pk=door.gateway.pk).exists()

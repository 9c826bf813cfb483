"""Uploads of OPA's decision log: taken once, whole or not at all, and then in the audit."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from governance.audit.models import AuditRow
from governance.audit.selectors.records import Search, audit_rows, record_in
from governance.audit.services.recording import flush, record_decision
from governance.models import ForeignDecision
from governance.permissions.engine import Index
from governance.permissions.gateways import asgi
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.logs import taking
from governance.permissions.gateways.logs.taking import forget_foreign
from governance.permissions.gateways.registered import read_registered
from governance.permissions.holder import opt_outs
from governance.permissions.services.gateways import add_gateway
from governance.permissions.trial.replay import Comparing
from governance.permissions.trial.selectors.recorded import questions_in
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory, SystemFactory
from tests.governance.permissions.company import in_force, opt_out
from tests.governance.permissions.gateways.asking import ACTING, Door

pytestmark = pytest.mark.django_db(transaction=True)


class Sink(Door):
    """A Concord that takes decisions of one OPA."""

    def __init__(self) -> None:
        gateway, self.secret = add_gateway(
            acting=ACTING, name="site", system="trino://lake", uses=["logs"]
        )
        self.gateway = gateway
        now = timezone.now().timestamp()
        clock = time.monotonic()
        held = Standing(opt_outs.current(), read_registered(), clock, clock, now)
        super().__init__(held)
        self.application._logs._taker._record = record_decision

    def send(
        self, events: Any, path: str = "logs", packed: bool = True, **headers: str
    ) -> tuple[int, Any]:
        """Status and body of the answer to an upload."""
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        given = {"content-encoding": "gzip", **headers} if packed else headers
        body = gzip.compress(body) if packed else body
        pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
        return self.post(f"/gw/{self.secret}/{path}", pieces, given)[:2]


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Two people, two tables, one opt-out."""
    opt_outs.install(None)
    PersonFactory(username="ann")
    AdministratorFactory(username="boss")
    system = SystemFactory(platform="trino", instance="lake")
    for name in ("plan", "free"):
        DatasetFactory(system=system, name=name, qualified_name=f"trino://lake/memory.hr.{name}")
    in_force(opt_out(1, resources={"dataset": "hr.plan"}))
    yield Sink()
    flush()
    opt_outs.install(None)


def event(number: int, name: str = "free", **rest: Any) -> dict[str, Any]:
    """A decision about a table, made an hour ago."""
    return {
        "decision_id": str(uuid.UUID(int=number + 1)),
        "timestamp": (timezone.now() - dt.timedelta(hours=1)).isoformat(),
        "labels": {"id": "opa-1", "version": "1.22.3"},
        "bundles": {"main": {"revision": "rev-7"}},
        "path": "trino/allow",
        "input": {
            "context": {"identity": {"user": "ann"}},
            "action": {"operation": "SelectFromColumns", "resource": {"table": {
                "catalogName": "memory", "schemaName": "hr", "tableName": name}}},
        },
        "result": True,
        **rest,
    }  # fmt: skip


def kept() -> list[AuditRow]:
    """What the audit has of the OPA."""
    flush()
    return list(AuditRow.objects.filter(gateway="opa:site").order_by("id"))


def test_decisions_are_taken_once_and_found_in_the_audit(sink: Sink) -> None:
    # given an upload, when it is sent, then each decision is a record
    events = [event(1), event(2, "plan", result=False), event(2, "plan", result=False)]
    assert sink.send(events) == (200, {"decisions": 3, "new": 2, "unreadable": 0})
    assert len(kept()) == 2
    # when it is sent again, alone or with others, packed or not, at any address below
    assert sink.send(events)[1]["new"] == 0
    assert sink.send([event(1), event(3)], packed=False)[1]["new"] == 1
    assert sink.send([event(3)], path="logs/eu/west")[1]["new"] == 0
    # then nothing is there twice
    rows = kept()
    assert [(row.outcome, row.action) for row in rows] == [
        ("allowed", "SelectFromColumns"), ("refused", "SelectFromColumns"),
        ("allowed", "SelectFromColumns"),
    ]  # fmt: skip
    # and auditors find them as somebody else's decisions
    boss = principal_of(Person.objects.get(username="boss"))
    found = audit_rows(boss, Search(gateway="opa:site", outcome="refused", dataset="hr.plan"))
    (record,) = map(record_in, found)
    assert (record.code, record.policy_version, record.username) == ("foreign", 0, "ann")
    assert "by main at rev-7" in record.note
    assert ForeignDecision.objects.filter(kept_at__isnull=False).count() == 3


def test_they_are_replayed_at_the_instant_at_which_they_were_made(sink: Sink) -> None:
    sink.send([event(1), event(2), event(3, "plan", result=False)])
    sink.send([event(4, input={"context": {"identity": {"user": "nobody"}}})])
    kept()
    index: Index = opt_outs.current()
    now = timezone.now()
    found = list(questions_in(now - dt.timedelta(hours=2), now, Comparing(index, index), Counter()))
    ids = dict(Dataset.objects.values_list("name", "pk"))
    ann = Person.objects.get(username="ann").pk
    asked = Counter((one.person, one.action, about) for one in found for about in one.datasets)
    assert asked == {(ann, "read", ids["free"]): 2, (ann, "read", ids["plan"]): 1}
    assert all(3_500 < now.timestamp() - one.at < 3_700 for one in found)


def test_unknown_members_are_ignored_and_unreadable_events_counted(sink: Sink) -> None:
    events = [event(1, something={"new": [None]}), {"no": "id"}, 7, event(2)]
    assert sink.send(events) == (200, {"decisions": 4, "new": 2, "unreadable": 2})
    assert sink.send(events)[1]["new"] == 0
    lost = [row for row in kept() if row.outcome == "lost"]
    assert len(lost) == 1
    assert record_in(lost[0]).asked == 2


@pytest.mark.parametrize(
    ("body", "packed", "status"),
    [
        (b"[1", True, 400),
        (b"{}", True, 400),
        (b"not packed", False, 400),
        (b"\x1f\x8b broken", False, 400),
        (b"", True, 400),
    ],
)
def test_a_body_that_is_none_changes_nothing(
    sink: Sink, body: bytes, packed: bool, status: int
) -> None:
    assert sink.send(body, packed=packed)[0] == status
    assert kept() == []
    assert not ForeignDecision.objects.exists()


def test_a_cut_body_changes_nothing(sink: Sink) -> None:
    body = gzip.compress(json.dumps([event(1)]).encode())[:-20]
    found = sink.send(body, packed=False, **{"content-encoding": "gzip"})
    assert (found[0], found[1]["title"]) == (400, "The body was cut.")
    assert kept() == []


def test_what_is_too_much_is_refused_whole(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    # given ten million decisions in one body, then it is refused before it is unpacked
    bomb = gzip.compress(b"[" + b"0," * (taking.MOST_DECOMPRESSED // 2) + b"0]")
    assert len(bomb) < taking.MOST_BYTES
    assert sink.send(bomb, packed=False, **{"content-encoding": "gzip"})[0] == 413
    monkeypatch.setattr(taking, "MOST_DECISIONS", 2)
    assert sink.send([event(1), event(2), event(3)])[0] == 413
    monkeypatch.setattr(taking, "MOST_BYTES", 100)
    assert sink.send([event(1)])[0] == 413
    assert kept() == []


def test_more_uploads_than_are_taken_at_a_time_come_again(sink: Sink) -> None:
    sink.application._logs._taker._busy = taking.AT_ONCE
    status, said = sink.send([event(1)])
    assert (status, said["status"]) == (429, 429)
    sink.application._logs._taker._busy = 0
    assert sink.send([event(1)])[0] == 200


def test_an_upload_that_stalls_takes_no_turn(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    # given as many uploads as are taken at a time, none of which goes on
    monkeypatch.setattr(asgi, "UPLOAD_SECONDS", 2.0)
    taker, sent = sink.application._logs._taker, []

    async def stalls() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    async def all_of_them() -> None:
        scope = {"type": "http", "method": "POST", "path": f"/gw/{sink.secret}/logs", "headers": []}
        begun = [
            asyncio.ensure_future(sink.application(dict(scope), stalls, send))
            for _ in range(taking.AT_ONCE)
        ]
        await asyncio.sleep(0.05)
        # when another one comes, then it is taken, and they are told that they were too slow
        assert (taker._coming, taker._busy) == (taking.AT_ONCE, 0)
        assert (await asyncio.to_thread(sink.send, [event(1)]))[0] == 200
        assert not sent
        await asyncio.gather(*begun)

    asyncio.run(all_of_them())
    assert [one["status"] for one in sent if "status" in one] == [408] * taking.AT_ONCE
    assert taker._coming == 0
    # and no more are read at a time than fit into memory
    taker._coming = taking.MOST_COMING
    assert sink.send([event(2)])[0] == 429


def test_what_was_cut_off_goes_on_where_it_stopped(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an upload that was written and whose end was never noted
    monkeypatch.setattr(taking, "_ended", lambda gateway, keys: None)
    sink.send([event(1), event(2)])
    monkeypatch.undo()
    assert len(kept()) == 2
    # when it comes again at once, then it may still be under way
    assert sink.send([event(1), event(3)])[0] == 429
    assert not ForeignDecision.objects.filter(decision=uuid.UUID(int=4)).exists()
    # when it comes later, then only what is missing is written
    ForeignDecision.objects.update(claimed_at=timezone.now() - dt.timedelta(minutes=2))
    assert sink.send([event(1), event(2), event(3)])[1]["new"] == 1
    assert len(kept()) == 3
    assert ForeignDecision.objects.filter(kept_at=None).count() == 0


def test_pieces_are_written_one_after_the_other(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "PIECE", 10)
    assert sink.send([event(number) for number in range(35)])[1]["new"] == 35
    assert len(kept()) == 35


def test_decisions_are_forgotten_when_nobody_sends_them_any_more(sink: Sink) -> None:
    sink.send([event(1)])
    assert forget_foreign() == 0
    assert forget_foreign(timezone.now() + dt.timedelta(days=31)) == 1


def test_only_a_gateway_for_logs_is_answered(sink: Sink) -> None:
    assert sink.post("/gw/another/logs", b"[]")[0] == 403
    assert sink.post(f"/gw/{sink.secret}/logs", b"", method="GET")[0] == 405
    _, other = add_gateway(acting=ACTING, name="other", system="trino://lake")
    held = sink.application._logs._keeper.standing()
    sink.application._logs._keeper._given = Standing(
        held.index, read_registered(), held.looked_at, held.anchor, held.instant
    )
    assert sink.post(f"/gw/{other}/logs", b"[]")[0] == 403

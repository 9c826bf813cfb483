"""The event door: what it takes, what it refuses and how, and that nothing taken is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.types import EmploymentKind, TokenScope
from lineage.api import event_door
from lineage.api.event_answers import read_body
from lineage.api.event_door import EventDoor
from lineage.models import ReceivedEvent
from lineage.openlineage import receiving
from lineage.services.run_events.days import TABLE, keep_days
from lineage.services.run_events.keeping import forget_senders
from tests.factories import PersonFactory
from tests.lineage.openlineage.sending import bearer, elsewhere, event, post, post_all

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = "/api/v1/lineage/batch"


@pytest.fixture(autouse=True)
def _no_sender_is_remembered() -> Iterator[None]:
    forget_senders()
    yield
    forget_senders()


def kept() -> list[dict[str, Any]]:
    return [json.loads(bytes(row.body)) for row in ReceivedEvent.objects.all()]


def test_an_event_is_kept_as_it_was_sent() -> None:
    sent = event(run_facets={"ours": {"_producer": "x", "_schemaURL": "y", "unknown": [1, None]}})
    person = PersonFactory(employment_kind=EmploymentKind.SERVICE)

    answer = post(sent, bearer(person=person))

    assert (answer.status_code, answer.content) == (200, b"")
    assert kept() == [sent]
    row = ReceivedEvent.objects.get()
    assert (str(row.run_id), row.sender_id) == (sent["run"]["runId"], person.pk)


@pytest.mark.parametrize("path", ["/api/v1/lineage", "/api/v1/lineage/"])
def test_packed_bodies_are_unpacked(path: str) -> None:
    packed = gzip.compress(json.dumps(event()).encode())
    answer = post(packed, {**bearer(), "Content-Encoding": "gzip"}, path)
    assert answer.status_code == 200
    assert kept() == [event()]


def test_what_is_sent_again_is_kept_once_today_and_yesterday() -> None:
    token = bearer()
    body = json.dumps(event()).encode()

    # When a client sends the same bytes several times, also at once
    answers = post_all([("/api/v1/lineage", body, token)] * 5)
    assert {answer.status_code for answer in answers} == {200}
    assert ReceivedEvent.objects.count() == 1

    # And once more on the next day
    yesterday = timezone.now().date() - dt.timedelta(days=1)
    ReceivedEvent.objects.update(received_on=yesterday)
    assert post(body, token).status_code == 200
    assert ReceivedEvent.objects.count() == 1


def test_many_events_at_once_are_all_kept() -> None:
    token = bearer()
    requests = [
        ("/api/v1/lineage", json.dumps(event(run=number)).encode(), token) for number in range(300)
    ]
    answers = post_all(requests)
    assert {answer.status_code for answer in answers} == {200}
    assert ReceivedEvent.objects.count() == 300


def test_a_batch_answers_as_the_specification_says() -> None:
    token = bearer()
    good, wrong = event(), event(at="yesterday")

    assert post([good, event(run=2)], token, BATCH).status_code == 204
    assert post([], token, BATCH).status_code == 204
    answer = post([wrong, event(run=3), {"eventTime": 7}], token, BATCH)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "partial_success",
        "summary": {
            "received": 3, "successful": 1, "failed": 2, "retriable": 0, "non_retriable": 2,
        },
        "failed_events": [
            {
                "index": 0,
                "reason": "The event's eventTime is no time ('yesterday'): give an ISO 8601 time"
                " such as 2026-01-31T12:00:00Z.",
                "retriable": False,
            },
            {
                "index": 2,
                "reason": "The event's eventTime is not right (Expected str, got int): give an"
                " ISO 8601 time such as 2026-01-31T12:00:00Z.",
                "retriable": False,
            },
        ],
    }  # fmt: skip
    assert len(kept()) == 3

    # A batch without one good event is refused: a client that looks at the status alone must see it
    answer = post([wrong], token, BATCH)
    assert (answer.status_code, answer.json()["field"]) == (400, "[0]")


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b"{", "body", "not whole JSON"),
        (b"\xff", "body", "not whole JSON"),
        (b'{"x": ' + b"[" * 100_000, "body", "nested too deeply"),
        ([event()], "body", "Expected object"),
        ({**event(), "eventTime": None}, "eventTime", "ISO 8601"),
        ({**event(), "eventTime": "9999-12-31T23:59:59-14:00"}, "eventTime", "no time"),
        ({**event(), "eventTime": "0001-01-01T00:00:00+14:00"}, "eventTime", "no time"),
        ({**event(), "eventType": "DONE"}, "eventType", "START, RUNNING"),
        ({**event(), "run": {}}, "run.runId", "the run's UUID"),
        ({**event(), "run": {"runId": "7"}}, "run.runId", "no UUID"),
        ({**event(), "job": {"namespace": "n"}}, "job.name", "missing"),
        ({**event(), "job": {"namespace": "n", "name": " "}}, "job.name", "empty"),
        ({"eventTime": "2026-01-01T00:00:00Z"}, "job", "or a dataset"),
        ({**event(), "inputs": [{"name": "t"}]}, "inputs[0].namespace", "missing"),
    ],
)
def test_what_nobody_could_use_is_refused_with_field_and_fix(
    body: Any, field: str, says: str
) -> None:
    answer = post(body, bearer())
    problem = answer.json()
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["field"].replace("[...]", "[0]")) == ("invalid_input", field)
    assert says in problem["detail"]
    assert kept() == []


def test_bombs_and_other_encodings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token = bearer()
    bomb = gzip.compress(b" " * 50_000_000)  # 50 kB that unpack to 50 MB
    answer = post(bomb, {**token, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    nested = gzip.compress(b" " * receiving.MOST_EVENT) * 3  # members one after the other
    assert post(nested, {**token, "Content-Encoding": "gzip"}).status_code == 413
    assert post(b" " * (receiving.MOST_EVENT + 1), token).status_code == 413
    assert post(b"{}", {**token, "Content-Encoding": "br"}).status_code == 415
    assert post(b"{}", {**token, "Content-Encoding": "gzip"}).status_code == 400
    cut = gzip.compress(json.dumps(event()).encode())[:-9]
    assert "ends early" in post(cut, {**token, "Content-Encoding": "gzip"}).json()["detail"]
    monkeypatch.setattr(receiving, "MOST_EVENTS", 2)
    assert post([event()] * 3, token, BATCH).status_code == 413
    assert kept() == []


def test_a_body_of_very_many_gzip_members_is_refused() -> None:
    whole = json.dumps(event()).encode()
    several = gzip.compress(whole[:9]) + b"\0" * 700 + gzip.compress(whole[9:]) + b"\0"
    assert receiving.unpack(several, "gzip", most=receiving.MOST_EVENT) == whole

    many = gzip.compress(b"") * receiving.MOST_MEMBERS + gzip.compress(whole)
    answer = post(many, {**bearer(), "Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["field"]) == (400, "body")
    assert "more than 100 members: pack it as one" in answer.json()["detail"]


def test_bodies_that_may_take_long_are_read_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a door that tells in which thread it reads
    threads: list[str] = []

    def reading(*given: Any, **named: Any) -> Any:
        threads.append(threading.current_thread().name)
        return read_body(*given, **named)

    monkeypatch.setattr(event_door, "read_body", reading)
    token = bearer()
    large = json.dumps(event(run=2, note="x" * event_door.MOST_READ_HERE)).encode()

    # When it is sent a small event, a packed one and a large one
    assert post(event(), token).status_code == 200
    packed = gzip.compress(json.dumps(event(run=3)).encode())
    assert post(packed, {**token, "Content-Encoding": "gzip"}).status_code == 200
    assert post(large, token).status_code == 200

    # Then only the small one was read where every door answers
    here = [name.startswith("run-event-bodies") for name in threads]
    assert here == [False, True, True]


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_that_is_too_large_is_taken_in_before_it_is_refused(stated: bool) -> None:
    """A client that is cut off while it sends sees a broken connection, and never the reason."""
    # Given a client that sends three parts, each larger than an event may be
    part = b" " * (receiving.MOST_EVENT + 1)
    left = [part, part, part]
    headers = {**bearer(), **({"Content-Length": str(3 * len(part))} if stated else {})}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/lineage",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        body = left.pop()
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    # When it posts them
    door = EventDoor(elsewhere)
    asyncio.run(door(scope, receive, send))
    door.close()

    # Then it was heard to its end, and hears that it was too much
    assert left == []
    assert sent[0]["status"] == 413


def test_who_may_not_ingest_is_refused() -> None:
    service = {"employment_kind": EmploymentKind.SERVICE}
    cases = [
        ({}, 401, "not_signed_in"),
        ({"Authorization": "Basic abc"}, 401, "not_signed_in"),
        ({"Authorization": "Bearer nobody"}, 401, "not_signed_in"),
        (bearer(TokenScope.READ, person=PersonFactory(**service)), 403, "token_scope"),
        (bearer(person=PersonFactory()), 403, "not_administrator"),
    ]
    for headers, status, code in cases:
        answer = post(event(), headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert post(event(), {}).headers["www-authenticate"] == "Bearer"
    assert kept() == []


def test_a_token_that_ends_is_trusted_for_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    person = PersonFactory(employment_kind=EmploymentKind.SERVICE)
    token = bearer(person=person)
    assert post(event(), token).status_code == 200
    person.api_tokens.update(revoked_at=timezone.now())
    assert post(event(run=2), token).status_code == 200
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    assert post(event(run=3), token).status_code == 401


def test_everything_else_goes_to_django() -> None:
    assert post(b"", {}, "/api/v1/lineage", method="GET").status_code == 418
    assert post(b"", {}, "/api/v1/lineage/paths/").status_code == 418


def test_servers_that_are_not_asgi_answer_alike() -> None:
    token = bearer()["Authorization"]
    client = Client()

    def send(body: Any, path: str = "/api/v1/lineage", **headers: str) -> Any:
        return client.post(path, json.dumps(body), "application/json", headers=headers)

    assert send(event(), Authorization=token).status_code == 200
    answer = send([event(run=2), {}], BATCH, Authorization=token)
    assert answer.json()["summary"]["successful"] == 1
    assert send([event(run=3)], BATCH, Authorization=token).status_code == 204
    assert send(event()).status_code == 401
    assert send({}, Authorization=token).json()["field"] == "eventTime"
    assert len(kept()) == 3


def test_days_are_made_ahead_and_dropped_when_they_are_old(settings: Any) -> None:
    settings.RUN_EVENT_DAYS = 3
    today = timezone.now().date()
    names = [f"{TABLE}_{today + dt.timedelta(days=n):%Y%m%d}" for n in range(3)]

    # Given a database without days, then one whose first day has grown old
    assert keep_days() == (names, [])
    assert post(event(), bearer()).status_code == 200
    assert keep_days() == ([], [])
    settings.RUN_EVENT_DAYS = -1  # as if a day had passed

    # When the days are kept again
    made, dropped = keep_days()

    # Then the old day went with its events
    assert dropped == names[:1]
    assert kept() == []
    assert made == []

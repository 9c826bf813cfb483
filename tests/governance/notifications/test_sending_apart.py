"""One person's trouble is theirs alone, one way's fault repeats no other, and nobody starves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.message import sanitize_address
from django.db import connection

from governance.clock import now
from governance.models import Notification, NotificationPreference
from governance.notifications.kinds import DECIDED, MUST_SIGN, MessageKind
from governance.notifications.posting import Answer
from governance.notifications.services import sending
from governance.notifications.services.messages import Message, write_messages
from governance.notifications.services.sending import MOST_ATTEMPTS, send_due
from tests.factories import PersonFactory

MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
CHAT = "https://chat.example.org/hook"

pytestmark = pytest.mark.django_db


class Chat:
    """Stands in for the network; answers what it is told, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard = 0
        self.in_transaction: list[bool] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.in_transaction.append(connection.in_atomic_block)
        status = self.answers.pop(0) if self.answers else 200
        self.heard += status == 200
        return Answer(status, "")


class StrictBackend(EmailBackend):
    """Looks at addresses as the backend for SMTP does before it sends."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            for address in message.to:
                sanitize_address(address, "utf-8")
        return super().send_messages(messages)


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    network = Chat()
    monkeypatch.setattr(sending, "post", network)
    return network


def told(kind: MessageKind = MUST_SIGN, dedupe: str = "a", **person: Any) -> int:
    someone = PersonFactory(**person)
    write_messages([Message(someone.pk, kind, "Look", "/", dedupe)])
    return someone.pk


@pytest.mark.parametrize("kind", [MUST_SIGN, DECIDED])
def test_an_address_that_cannot_be_stops_nobody_else(settings: Any, kind: MessageKind) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{StrictBackend.__name__}"
    broken = told(kind, email="jane@")
    told(kind, email="joan@example.org")

    assert send_due(instant=MONDAY) == 1

    row = Notification.objects.get(person=broken)
    assert (row.attempts, row.settled_at) == (1, None)
    assert row.last_error.startswith("ValueError")
    assert row.next_attempt_at == MONDAY + MINUTE
    assert [sent.to for sent in mail.outbox] == [["joan@example.org"]]


@pytest.mark.parametrize(
    ("kind", "claim"), [(MUST_SIGN, "_claim_immediate"), (DECIDED, "_claim_digest")]
)
def test_what_nobody_expects_is_counted_and_stops_nobody_else(
    monkeypatch: pytest.MonkeyPatch, kind: MessageKind, claim: str
) -> None:
    broken, _ = told(kind), told(kind)
    own = Notification.objects.get(person=broken).pk if kind is MUST_SIGN else broken
    real = getattr(sending, claim)

    def failing(key: int, at: dt.datetime) -> Any:
        if key == own:
            raise RuntimeError("nobody expects this")
        return real(key, at)

    monkeypatch.setattr(sending, claim, failing)

    assert send_due(instant=MONDAY) == 1
    assert Notification.objects.get(person=broken).attempts == 1


@pytest.mark.parametrize("kind", [MUST_SIGN, DECIDED])
def test_a_chat_that_fails_mails_nothing_again(chat: Chat, kind: MessageKind) -> None:
    person = told(kind)
    NotificationPreference.objects.create(person_id=person, chat_url=CHAT)
    chat.answers = [500]

    assert send_due(instant=MONDAY) == 0
    assert send_due(instant=MONDAY) == 0  # not before a while
    assert send_due(instant=MONDAY + dt.timedelta(days=1)) == 1

    row = Notification.objects.get()
    assert (len(mail.outbox), chat.heard) == (1, 1)
    assert (row.mailed_at, row.chat_at) == (MONDAY, MONDAY + dt.timedelta(days=1))


def test_a_message_is_given_up_after_days_and_stays_in_the_product(chat: Chat) -> None:
    person = told()
    NotificationPreference.objects.create(person_id=person, mail=False, chat_url=CHAT)
    chat.answers = [500] * MOST_ATTEMPTS
    moment, attempts = MONDAY, []
    while (row := Notification.objects.get()).settled_at is None:
        moment = row.next_attempt_at or moment
        send_due(instant=moment)
        attempts.append(moment)

    assert len(attempts) == MOST_ATTEMPTS
    assert attempts[-1] - attempts[0] > dt.timedelta(days=1)
    assert row.last_error == "OSError: The chat answered 500."
    assert send_due(instant=moment + dt.timedelta(days=3)) == 0


def test_a_digest_that_failed_leaves_later_as_one(chat: Chat) -> None:
    person = told(DECIDED)
    NotificationPreference.objects.create(person_id=person, mail=False, chat_url=CHAT)
    chat.answers = [500]
    send_due(instant=MONDAY)
    write_messages([Message(person, DECIDED, "Look", "/", "b")])

    # what came meanwhile waits with what failed
    assert send_due(instant=MONDAY) == 0
    assert send_due(instant=MONDAY + MINUTE) == 2
    assert chat.heard == 1


def test_people_in_their_quiet_hours_take_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 2)
    for _ in range(2):
        NotificationPreference.objects.create(
            person_id=told(), quiet_from=dt.time(20), quiet_to=dt.time(10)
        )
    told()

    assert [send_due(instant=MONDAY), send_due(instant=MONDAY)] == [0, 1]
    assert send_due(instant=MONDAY + 60 * MINUTE) == 2


def test_what_was_written_before_mails_left_is_not_mailed() -> None:
    old, lately, mailed = told(), told(), told()
    Notification.objects.filter(person=old).update(created_at=now() - dt.timedelta(days=2))
    Notification.objects.filter(person=mailed).update(mailed_at=MONDAY)

    import_module("governance.migrations.0012_messages_apart").settle_old(apps, None)

    waiting = Notification.objects.filter(settled_at__isnull=True)
    assert [row.person_id for row in waiting] == [lately]
    assert Notification.objects.get(person=mailed).settled_at == MONDAY


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [MUST_SIGN, DECIDED])
def test_no_transaction_is_open_while_a_chat_takes_its_time(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, kind: MessageKind
) -> None:
    NotificationPreference.objects.create(person_id=told(kind), chat_url=CHAT)
    beside: list[int] = []

    def slowly(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        beside.append(send_due(instant=MONDAY))  # as another worker would
        return chat(url, body, headers)

    monkeypatch.setattr(sending, "post", slowly)

    assert send_due(instant=MONDAY) == 1
    assert (beside, chat.in_transaction, len(mail.outbox)) == ([0], [False], 1)

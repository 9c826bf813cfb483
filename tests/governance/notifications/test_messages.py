"""Messages: once each, as the person wants them, never lost and never doubled."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from catalog.errors import InvalidInput, NotFound
from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.models import Notification, NotificationPreference
from governance.notifications.kinds import DECIDED, MUST_SIGN, MessageKind
from governance.notifications.selectors.inbox import inbox, unread_count
from governance.notifications.services.messages import Message, write_messages
from governance.notifications.services.preferences import (
    mark_read,
    set_preferences,
    unsubscribe,
    unsubscribe_token,
)
from governance.notifications.services.sending import send_due
from tests.factories import PersonFactory

MONDAY = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)


def message(
    person: Person, kind: MessageKind = MUST_SIGN, dedupe: str = "a", **more: Any
) -> Message:
    return Message(
        person_id=person.pk, kind=kind, title=f"Sign: {dedupe}", url="/notifications/",
        dedupe=dedupe, **more,
    )  # fmt: skip


@pytest.fixture
def person(db: None) -> Person:
    return PersonFactory()


def test_the_same_occasion_writes_one_message(person: Person) -> None:
    # given a job that is repeated
    first = write_messages([message(person), message(person)])
    again = write_messages([message(person)])
    # then there is one
    assert (first, again) == (1, 0)
    assert Notification.objects.count() == 1


def test_muted_kinds_and_people_who_left_get_nothing(person: Person) -> None:
    gone = PersonFactory(is_active=False)
    NotificationPreference.objects.create(person=person, muted_kinds=["must_sign"])

    assert write_messages([message(person), message(gone)]) == 0


def test_a_request_to_sign_is_mailed_at_once_and_only_once(person: Person) -> None:
    write_messages([message(person, body="Your dashboard rests on it.")])

    assert send_due(instant=MONDAY) == 1
    assert send_due(instant=MONDAY) == 0
    sent = mail.outbox[0]
    assert sent.to == [person.email]
    assert sent.subject == "Sign: a"
    assert "Your dashboard rests on it." in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_quiet_hours_delay_and_lose_nothing(person: Person) -> None:
    NotificationPreference.objects.create(
        person=person, quiet_from=dt.time(8), quiet_to=dt.time(10)
    )
    write_messages([message(person)])

    assert send_due(instant=MONDAY) == 0
    assert send_due(instant=MONDAY + dt.timedelta(hours=1)) == 1


def test_everything_else_waits_for_one_digest_a_day(person: Person) -> None:
    write_messages([message(person, DECIDED, name) for name in ("a", "b")])

    assert send_due(instant=MONDAY - dt.timedelta(hours=2)) == 0
    assert send_due(instant=MONDAY) == 2
    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == "2 things since your last digest"
    # and what comes later today is in tomorrow's
    write_messages([message(person, DECIDED, "c")])
    assert send_due(instant=MONDAY + dt.timedelta(hours=3)) == 0
    assert send_due(instant=MONDAY + dt.timedelta(days=1)) == 1


def test_a_mail_server_that_fails_is_tried_again(
    person: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    write_messages([message(person)])

    assert send_due(instant=MONDAY) == 0
    kept = Notification.objects.get()
    assert (kept.attempts, kept.mailed_at) == (1, None)
    assert "refused" in kept.last_error

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(instant=MONDAY) == 0
    assert send_due(instant=MONDAY + dt.timedelta(minutes=1)) == 1


def test_a_title_cannot_add_a_header(person: Person) -> None:
    broken = Message(person.pk, MUST_SIGN, "Sign\nBcc: all@example.org", "/", "x")
    write_messages([broken])

    assert send_due(instant=MONDAY) == 1
    assert mail.outbox[0].subject == "Sign Bcc: all@example.org"


def test_one_click_mutes_one_kind_without_signing_in(person: Person, client: Client) -> None:
    # given the link of a mail
    token = unsubscribe_token(person.pk, "must_sign")
    # when a scanner opens it, nothing happens
    assert client.get(f"/notifications/unsubscribe/{token}/").status_code == 200
    assert not NotificationPreference.objects.exists()
    # when the mail client posts it, the kind is muted, and again changes nothing
    for _ in range(2):
        answer = client.post(
            f"/notifications/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"}
        )
        assert answer.status_code == 200
    assert NotificationPreference.objects.get(person=person).muted_kinds == ["must_sign"]


def test_a_forged_link_mutes_nothing(person: Person, client: Client) -> None:
    token = unsubscribe_token(person.pk, "must_sign")[:-2] + "xx"
    with pytest.raises(NotFound, match="take the one in the mail"):
        unsubscribe(token)
    assert client.post(f"/notifications/unsubscribe/{token}/").status_code == 404
    assert not NotificationPreference.objects.exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("muted_kinds", {"muted_kinds": ["gossip"]}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("digest_hour", {"digest_hour": 24}),
        ("quiet_to", {"quiet_from": dt.time(8)}),
        ("chat_url", {"chat_url": "http://chat.example.org/hook"}),
    ],
)
def test_wrong_preferences_name_the_field_and_change_nothing(
    person: Person, field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_preferences(acting=principal_of(person), mail=True, **values)

    assert refused.value.field == field
    assert not NotificationPreference.objects.exists()


def test_nobody_reads_or_marks_the_messages_of_another(person: Person) -> None:
    write_messages([message(person)])
    other = principal_of(PersonFactory())

    assert list(inbox(other)) == []
    assert mark_read(acting=other) == 0
    assert unread_count(principal_of(person)) == 1


def test_the_inbox_opens_a_message_and_marks_it_read(person: Person) -> None:
    write_messages([message(person)])
    browser = Client()
    browser.force_login(person)

    page = browser.get("/notifications/")
    assert "Sign: a" in page.content.decode()
    opened = browser.post("/notifications/read/", {"id": Notification.objects.get().pk})

    assert opened["Location"] == "/notifications/"
    assert unread_count(principal_of(person)) == 0

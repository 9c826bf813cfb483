"""Webhooks against a real receiver: signed, in order, at least once, never inside the network."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import InvalidInput
from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.services.curation.facts import change_dataset
from catalog.types import Principal
from governance.models import Webhook, WebhookDelivery
from governance.notifications.posting import PostRefused, post
from governance.notifications.services.webhooks import (
    MOST_ATTEMPTS,
    add_webhook,
    change_webhook,
    deliver_due,
    queue_deliveries,
    replay,
    rotate_secret,
    secret_of,
    set_active,
    try_webhook,
)
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory
from tests.governance.notifications.receiving import Receiver, is_signed, receiving

LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with receiving() as server:
        yield server


@pytest.fixture
def administrator(db: None) -> Principal:
    return principal_of(AdministratorFactory())


def events(administrator: Principal, count: int = 1) -> list[Event]:
    dataset = DatasetFactory()
    for number in range(count):
        change_dataset(
            acting=administrator, dataset_id=dataset.pk, changes={"description": f"text {number}"}
        )
    return list(Event.objects.order_by("pk"))


def test_events_arrive_signed_in_order_as_cloud_events(
    receiver: Receiver, administrator: Principal
) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url=receiver.url)
    happened = events(administrator, 3)
    queue_deliveries(happened)
    queue_deliveries(happened)  # the consumer repeats a batch after a crash

    assert deliver_due(instant=LATER) == 3

    assert len(receiver.taken) == 3
    documents = [json.loads(body) for _, body in receiver.taken]
    assert [document["sequence"] for document in documents] == ["1", "2", "3"]
    assert {document["specversion"] for document in documents} == {"1.0"}
    assert documents[0]["type"] == "catalog.dataset.changed"
    assert documents[0]["data"]["fields"] == ["description"]
    for headers, body in receiver.taken:
        assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert is_signed(headers, body, secret_of(webhook))
        assert not is_signed(headers, body + b" ", secret_of(webhook))


def test_a_failing_receiver_is_tried_again_in_order_and_then_given_up(
    receiver: Receiver, administrator: Principal
) -> None:
    add_webhook(acting=administrator, name="tool", url=receiver.url)
    queue_deliveries(events(administrator, 2))
    receiver.answers = [500]

    # when the first fails, the second waits behind it
    assert deliver_due(instant=LATER) == 0
    assert len(receiver.taken) == 1
    first = WebhookDelivery.objects.get(position=1)
    assert (first.attempts, first.last_status) == (1, 500)
    assert first.next_attempt_at == LATER + dt.timedelta(seconds=5)

    # when it goes on failing, it is given up after eight attempts and stays visible
    receiver.answers = [500] * (MOST_ATTEMPTS - 1)
    moment = LATER
    for _ in range(MOST_ATTEMPTS - 1):
        moment += dt.timedelta(days=1)
        deliver_due(instant=moment)
    first.refresh_from_db()
    assert first.failed_at == moment
    assert deliver_due(instant=moment) == 1


def test_replay_sends_the_same_ids_again(receiver: Receiver, administrator: Principal) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url=receiver.url)
    queue_deliveries(events(administrator, 3))
    deliver_due(instant=LATER)

    assert replay(acting=administrator, webhook_id=webhook.pk, from_position=2) == 2
    deliver_due(instant=LATER)

    ids = [headers["webhook-id"] for headers, _ in receiver.taken]
    assert len(ids) == 5
    assert ids[3:] == ids[1:3]


def test_while_a_secret_rotates_both_sign(receiver: Receiver, administrator: Principal) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url=receiver.url)
    former = secret_of(webhook)
    rotated = rotate_secret(acting=administrator, webhook_id=webhook.pk)
    assert secret_of(rotated) != former
    queue_deliveries(events(administrator))

    deliver_due()

    headers, body = receiver.taken[0]
    assert is_signed(headers, body, former)
    assert is_signed(headers, body, secret_of(rotated))


def test_only_chosen_events_and_none_while_paused(
    receiver: Receiver, administrator: Principal
) -> None:
    add_webhook(
        acting=administrator, name="a", url=receiver.url, event_types=["governance.decision.taken"]
    )
    paused = add_webhook(acting=administrator, name="b", url=receiver.url)
    set_active(acting=administrator, webhook_id=paused.pk, is_active=False)

    queue_deliveries(events(administrator))

    assert not WebhookDelivery.objects.exists()


def test_a_redirect_is_not_followed(receiver: Receiver, administrator: Principal) -> None:
    add_webhook(acting=administrator, name="tool", url=receiver.url)
    queue_deliveries(events(administrator))
    receiver.answers = [302]

    assert deliver_due(instant=LATER) == 0
    assert WebhookDelivery.objects.get().last_status == 302


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::10.0.0.1]/",  # NAT64
        "https://[64:ff9b:1::10.0.0.1]/",
        "https://[2002:a00:1::1]/",  # 6to4
        "https://[::10.0.0.1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
    ],
)
def test_nothing_is_posted_inside_the_network(url: str) -> None:
    with pytest.raises(PostRefused, match="private network"):
        post(url, b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "http://93.184.215.14/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_must_not_be_posted_to_is_refused(
    administrator: Principal, url: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_webhook(acting=administrator, name="tool", url=url)

    assert refused.value.field == "url"
    assert not Webhook.objects.exists()


def test_unknown_events_and_taken_names_are_refused(administrator: Principal) -> None:
    add_webhook(acting=administrator, name="tool", url="https://example.org/")
    with pytest.raises(InvalidInput, match="There is a webhook 'tool' already"):
        add_webhook(acting=administrator, name="tool", url="https://example.org/")
    with pytest.raises(InvalidInput, match="no event 'gossip'"):
        add_webhook(
            acting=administrator, name="b", url="https://example.org/", event_types=["gossip"]
        )


@pytest.mark.django_db
def test_only_administrators_let_tools_listen() -> None:
    with pytest.raises(AccessRefused):
        add_webhook(acting=principal_of(PersonFactory()), name="a", url="https://example.org/")
    assert not Webhook.objects.exists()


def test_a_trial_is_signed_and_leaves_nothing(receiver: Receiver, administrator: Principal) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url=receiver.url)
    set_active(acting=administrator, webhook_id=webhook.pk, is_active=False)

    trial = try_webhook(acting=administrator, webhook_id=webhook.pk)
    receiver.answers = [500]
    failed = try_webhook(acting=administrator, webhook_id=webhook.pk)

    assert (trial.is_accepted, trial.status, trial.error) == (True, 204, "")
    assert (failed.is_accepted, failed.status) == (False, 500)
    assert failed.error == "The receiver answered 500: "
    headers, body = receiver.taken[0]
    assert is_signed(headers, body, secret_of(webhook))
    assert headers["webhook-id"] == trial.message_id
    assert json.loads(body)["type"] == "governance.webhook.trial"
    assert not WebhookDelivery.objects.exists()


def test_a_trial_tells_why_nobody_was_reached(administrator: Principal) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url="https://127.0.0.1/")

    trial = try_webhook(acting=administrator, webhook_id=webhook.pk)

    assert (trial.is_accepted, trial.status) == (False, None)
    assert "127.0.0.1 is inside a private network" in trial.error


def test_a_changed_webhook_keeps_what_is_left_out(administrator: Principal) -> None:
    webhook = add_webhook(acting=administrator, name="tool", url="https://example.org/")
    add_webhook(acting=administrator, name="other", url="https://example.org/")
    secret = secret_of(webhook)

    changed = change_webhook(
        acting=administrator,
        webhook_id=webhook.pk,
        url="https://example.org/new",
        event_types=["governance.decision.taken"],
    )

    assert (changed.name, changed.url) == ("tool", "https://example.org/new")
    assert changed.event_types == ["governance.decision.taken"]
    assert secret_of(changed) == secret
    for wrong, field in [
        ({"name": "other"}, "name"),
        ({"url": "https://["}, "url"),
        ({"url": "ftp://example.org/"}, "url"),
        ({"url": "https://example.org/" + "x" * 1000}, "url"),
        ({"event_types": ["gossip"]}, "event_types"),
    ]:
        with pytest.raises(InvalidInput) as refused:
            change_webhook(acting=administrator, webhook_id=webhook.pk, **wrong)  # type: ignore[arg-type]
        assert refused.value.field == field
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url) == ("tool", "https://example.org/new")
    assert change_webhook(acting=administrator, webhook_id=webhook.pk, name="tool").name == "tool"

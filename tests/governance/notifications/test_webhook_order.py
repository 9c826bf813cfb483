"""Webhooks are independent: each in its order, one post at a time, and no transaction meanwhile."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping

import pytest
from django.db import connection, transaction

from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.services.curation.facts import change_dataset
from catalog.types import Principal
from governance.models import Webhook, WebhookDelivery
from governance.notifications.posting import Answer
from governance.notifications.services import webhooks
from governance.notifications.services.webhooks import (
    LEASE,
    MOST_ATTEMPTS,
    add_webhook,
    deliver_due,
    queue_deliveries,
    replay,
    set_active,
)
from tests.factories import AdministratorFactory, DatasetFactory

LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


class Posts:
    """Stands in for the network; `dead` receivers refuse, `broken` ones raise anything."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.dead: set[str] = set()
        self.broken: set[str] = set()
        self.in_transaction: list[bool] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.in_transaction.append(connection.in_atomic_block)
        if url in self.broken:
            raise UnicodeError("label too long")
        if url in self.dead:
            raise OSError("nobody there")
        self.taken.append((url, headers["webhook-id"]))
        return Answer(204, "")


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Posts:
    network = Posts()
    monkeypatch.setattr(webhooks, "post", network)
    return network


def listening(count: int, *names: str) -> Principal:
    """Tools with as many events waiting for each."""
    administrator = principal_of(AdministratorFactory())
    for name in names:
        add_webhook(acting=administrator, name=name, url=f"https://{name}.example.org/")
    dataset = DatasetFactory()
    for number in range(count):
        change_dataset(
            acting=administrator, dataset_id=dataset.pk, changes={"description": f"text {number}"}
        )
    with transaction.atomic():
        queue_deliveries(list(Event.objects.order_by("pk")))
    return administrator


def delivered(name: str) -> list[int]:
    rows = WebhookDelivery.objects.filter(webhook__name=name, delivered_at__isnull=False)
    return list(rows.order_by("position").values_list("position", flat=True))


@pytest.mark.django_db
def test_whatever_goes_wrong_with_one_webhook_is_counted_and_stops_no_other(posts: Posts) -> None:
    listening(2, "a", "b")
    posts.broken = {"https://a.example.org/"}

    assert deliver_due(instant=LATER) == 2

    first = WebhookDelivery.objects.get(webhook__name="a", position=1)
    assert (first.attempts, first.last_error) == (1, "UnicodeError: label too long")
    assert first.next_attempt_at == LATER + 5 * SECOND
    assert delivered("b") == [1, 2]


@pytest.mark.django_db
def test_a_later_event_never_overtakes_one_that_is_tried_again(posts: Posts) -> None:
    listening(3, "a")
    posts.dead = {"https://a.example.org/"}
    deliver_due(instant=LATER)
    posts.dead = set()

    # while the first waits for its next attempt, the later ones wait, however often one looks
    assert deliver_due(instant=LATER + SECOND) == 0
    assert deliver_due(instant=LATER + 5 * SECOND) == 3
    assert [name for _, name in posts.taken] == [
        f"evt_{row.webhook_id}_{row.event_id}" for row in WebhookDelivery.objects.all()
    ]


@pytest.mark.django_db
def test_a_dead_webhook_starves_no_other(posts: Posts) -> None:
    # given a dead one with more waiting than is taken at once
    listening(3, "a", "b")
    posts.dead = {"https://a.example.org/"}

    assert deliver_due(instant=LATER, most=2) == 2
    assert deliver_due(instant=LATER, most=2) == 1
    assert delivered("b") == [1, 2, 3]


@pytest.mark.django_db
def test_a_run_leaves_the_rest_to_the_next_one(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(2, "a")
    monkeypatch.setattr(webhooks, "RUN_SECONDS", -1)
    assert deliver_due(instant=LATER) == 0
    monkeypatch.setattr(webhooks, "RUN_SECONDS", 60)
    assert deliver_due(instant=LATER) == 2


@pytest.mark.django_db
def test_an_attempt_whose_process_died_is_counted_and_made_again(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(1, "a")
    monkeypatch.setattr(webhooks, "_answer", lambda row, at: (_ for _ in ()).throw(SystemExit))
    moment = LATER
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            deliver_due(instant=moment)
        moment += LEASE
    row = WebhookDelivery.objects.get()
    assert (row.attempts, row.failed_at) == (MOST_ATTEMPTS, None)

    assert deliver_due(instant=moment) == 0
    row.refresh_from_db()
    assert (row.failed_at, row.next_attempt_at) == (moment, None)


@pytest.mark.django_db
def test_a_replay_during_a_post_is_not_forgotten(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = listening(1, "a")
    webhook = Webhook.objects.get()

    def interrupted(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        replay(acting=administrator, webhook_id=webhook.pk, from_position=1)
        set_active(acting=administrator, webhook_id=webhook.pk, is_active=False)
        return Answer(204, "")

    monkeypatch.setattr(webhooks, "post", interrupted)
    deliver_due(instant=LATER)

    row = WebhookDelivery.objects.get()
    assert (row.attempts, row.delivered_at) == (0, None)
    assert deliver_due(instant=LATER) == 0  # paused
    set_active(acting=administrator, webhook_id=webhook.pk, is_active=True)
    monkeypatch.setattr(webhooks, "post", posts)
    assert deliver_due(instant=LATER) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_post_the_same_webhook_at_once(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(2, "a")
    other: list[int] = []

    def beside() -> None:
        try:
            other.append(deliver_due(instant=LATER))
        finally:
            connection.close()

    def slowly(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join(20)  # it would wait forever for a transaction that is open here
        return posts(url, body, headers)

    monkeypatch.setattr(webhooks, "post", slowly)
    assert deliver_due(instant=LATER) == 2

    assert other == [0, 0]
    assert len(posts.taken) == 2
    assert posts.in_transaction == [False, False]

"""What is due leaves by the clock: each job has a schedule, and a demonstration mails nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.utils import timezone

from catalog.models import Event
from catalog.registries.schedules import schedules
from catalog.selectors.principals import principal_of
from catalog.services.curation.facts import change_dataset
from governance import tasks
from governance.models import WebhookDelivery
from governance.notifications.kinds import MUST_SIGN
from governance.notifications.services.messages import Message, write_messages
from governance.notifications.services.webhooks import add_webhook, queue_deliveries
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory

SCHEDULED = {entry.task: entry.seconds for _, entry in schedules.items()}


@pytest.mark.parametrize(
    ("due", "task", "seconds"),
    [
        ("send_scheduled", tasks.send_messages, 10),
        ("deliver_due", tasks.deliver_webhooks, 10),
        ("scan", tasks.scan_conflicts, 86_400),
        ("forget_delivered", tasks.prune_audit, 86_400),
    ],
)
@pytest.mark.django_db
def test_everything_due_is_done_by_the_clock(
    monkeypatch: pytest.MonkeyPatch, due: str, task: Callable[[], None], seconds: int
) -> None:
    done = Mock(return_value=0)
    monkeypatch.setattr(tasks, due, done)

    task()

    assert done.call_count == 1
    assert SCHEDULED[task.name] == seconds  # type: ignore[attr-defined]


@pytest.mark.parametrize(("in_demonstration", "mails"), [(False, 1), (True, 0)])
@pytest.mark.django_db
def test_a_demonstration_mails_nobody(settings: Any, in_demonstration: bool, mails: int) -> None:
    settings.STORY_CLOCK = in_demonstration
    person = PersonFactory()
    write_messages([Message(person.pk, MUST_SIGN, "Sign", "/", "a")])

    tasks.send_messages()

    assert len(mail.outbox) == mails


@pytest.mark.django_db
def test_deliveries_that_ended_long_ago_are_forgotten() -> None:
    administrator = principal_of(AdministratorFactory())
    add_webhook(acting=administrator, name="tool", url="https://example.org/")
    dataset = DatasetFactory()
    for number in range(4):
        change_dataset(
            acting=administrator, dataset_id=dataset.pk, changes={"description": f"text {number}"}
        )
    queue_deliveries(list(Event.objects.order_by("pk")))
    rows = list(WebhookDelivery.objects.order_by("position"))
    now = timezone.now()
    ago = now - dt.timedelta(days=91)
    for row, values in zip(
        rows,
        [{"delivered_at": ago}, {"failed_at": ago}, {"delivered_at": now}, {}],
        strict=True,
    ):
        ended = {"next_attempt_at": None} if values else {"next_attempt_at": ago}
        WebhookDelivery.objects.filter(pk=row.pk).update(**values, **ended)

    tasks.prune_audit()

    # what was taken lately and what still waits stays
    assert list(WebhookDelivery.objects.values_list("position", flat=True)) == [3, 4]

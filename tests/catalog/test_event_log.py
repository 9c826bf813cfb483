"""The event log and its consumers: nothing lost, nothing twice, poison parked."""

import datetime as dt
import threading
from collections.abc import Sequence

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from catalog.errors import Unavailable
from catalog.events import EVENT_TYPES, DatasetChanged, DatasetCreated
from catalog.models import ConsumerOffset, Dataset, Event, ParkedEvent
from catalog.registries.consumers import Consumer
from catalog.services.consumers import MAX_ATTEMPTS, feed
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from tests.factories import DatasetFactory
from tests.feeding import feed_settled, settle

SYSTEM = Principal.system("test")


class Recorder:
    """A consumer that remembers what it was given and refuses what it is told to."""

    def __init__(self, *, refuse: frozenset[int] = frozenset()) -> None:
        self.refuse = refuse
        self.seen: list[int] = []
        self.consumer = Consumer("recorder", self.digest, batch_size=10)

    def digest(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.pk in self.refuse:
                raise RuntimeError(f"cannot digest {event.pk}")
        self.seen += [event.pk for event in events]


def emit(dataset: Dataset, count: int = 1) -> list[int]:
    with writing(SYSTEM):
        for _ in range(count):
            record(DatasetChanged(fields=("description",)), dataset, acting=SYSTEM)
    return list(Event.objects.order_by("-id").values_list("id", flat=True)[:count])[::-1]


@pytest.mark.usefixtures("clean_log")
def test_events_arrive_once_and_in_order() -> None:
    ids = emit(DatasetFactory(), 25)
    recorder = Recorder()

    assert feed_settled(recorder.consumer) == 25
    assert feed(recorder.consumer) == 0
    assert recorder.seen == ids


@pytest.mark.usefixtures("clean_log")
def test_an_event_whose_change_is_rolled_back_never_happened() -> None:
    dataset = DatasetFactory()

    def change_and_fail() -> None:
        with writing(SYSTEM):
            record(DatasetChanged(), dataset, acting=SYSTEM)
            raise RuntimeError("after the event")

    with pytest.raises(RuntimeError, match="after the event"):
        change_and_fail()

    assert Event.objects.count() == 0


@pytest.mark.django_db
def test_the_log_cannot_be_rewritten() -> None:
    with writing(SYSTEM):
        record(DatasetCreated(), DatasetFactory(), acting=SYSTEM)

    for forbidden in (Event.objects.all().delete, lambda: Event.objects.update(actor_name="x")):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            forbidden()
    assert Event.objects.get().actor_name == "Concord (test)"


@pytest.mark.usefixtures("clean_log")
def test_a_later_event_waits_for_an_earlier_transaction_that_still_runs() -> None:
    """Ids are drawn before commit: reading past a running transaction would lose its events."""
    first, second = DatasetFactory(), DatasetFactory()
    recorded, commit = threading.Event(), threading.Event()

    def slow_writer() -> None:
        try:
            with writing(SYSTEM):
                record(DatasetChanged(reason="slow"), first, acting=SYSTEM)
                recorded.set()
                commit.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    recorded.wait(10)
    emit(second)
    recorder = Recorder()

    before = feed(recorder.consumer)
    commit.set()
    writer.join(10)
    after = feed_settled(recorder.consumer)

    assert (before, after) == (0, 2)
    assert recorder.seen == list(Event.objects.order_by("id").values_list("id", flat=True))


@pytest.mark.usefixtures("clean_log")
def test_poison_is_parked_and_everything_else_arrives() -> None:
    ids = emit(DatasetFactory(), 5)
    recorder = Recorder(refuse=frozenset({ids[2]}))
    settle()

    for _ in range(MAX_ATTEMPTS + 3):
        feed(recorder.consumer)
        ConsumerOffset.objects.update(retry_at=timezone.now())

    parked = ParkedEvent.objects.get()
    assert (parked.event_id, parked.consumer) == (ids[2], "recorder")
    assert parked.error == f"RuntimeError: cannot digest {ids[2]}"
    assert recorder.seen == [ids[0], ids[1], ids[3], ids[4]]


@pytest.mark.usefixtures("clean_log")
def test_a_failing_consumer_backs_off() -> None:
    (event_id,) = emit(DatasetFactory())
    recorder = Recorder(refuse=frozenset({event_id}))

    feed_settled(recorder.consumer)
    feed(recorder.consumer)

    offset = ConsumerOffset.objects.get()
    assert offset.attempts == 2
    assert offset.retry_at is not None
    assert offset.retry_at > timezone.now()
    assert offset.event_id == 0


@pytest.mark.usefixtures("clean_log")
def test_events_wait_while_what_they_are_for_is_away() -> None:
    ids = emit(DatasetFactory(), 3)
    recorder = Recorder()
    is_away = True

    def digest(events: Sequence[Event]) -> None:
        if is_away:
            raise Unavailable("The index does not answer.")
        recorder.consumer.digest(events)

    consumer = Consumer("recorder", digest)
    settle()
    for _ in range(3 * MAX_ATTEMPTS):
        feed(consumer)
        waiting = ConsumerOffset.objects.get().retry_at
        assert waiting is None or waiting <= timezone.now() + dt.timedelta(seconds=9)
        ConsumerOffset.objects.update(retry_at=None)
    assert not ParkedEvent.objects.exists()

    is_away = False
    feed(consumer)
    assert recorder.seen == ids


def test_every_event_type_has_its_own_name_and_a_schema() -> None:
    names = [event.name for event in EVENT_TYPES]

    assert len(set(names)) == len(names)
    for event in EVENT_TYPES:
        assert set(event.schema()) == set(event().payload())
        assert event.__doc__

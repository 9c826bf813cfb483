"""A database restored from a dump into another server goes on: consumers and search read what is
written from then on, though the server counts its transactions from its own beginning."""

import threading

import pgtrigger
import pytest
from django.db import connection, transaction
from django.db.models import F

from catalog.models import ConsumerOffset, Dataset, Event
from catalog.models import SearchDocument as StoredDocument
from catalog.registries.consumers import consumers
from catalog.search.backends import backend
from catalog.search.indexing import Subject, position, rebuild, refresh, tend
from catalog.selectors.event_log import lag_of
from catalog.services.consumers import feed, feed_all
from catalog.services.restored_log import settle_restored
from tests.catalog.test_event_log import Recorder, emit
from tests.factories import DatasetFactory
from tests.feeding import feed_settled, settle

OF_ANOTHER_SERVER = 10**9  # transactions that the server before had counted more


def _restore() -> None:
    """As if everything had been written on a server that was older."""
    moved = F("transaction") + OF_ANOTHER_SERVER
    with pgtrigger.ignore("catalog.Event:append_only"):
        Event.objects.update(transaction=moved)
    ConsumerOffset.objects.filter(event_id__gt=0).update(transaction=moved)
    StoredDocument.objects.update(version=F("version") + OF_ANOTHER_SERVER)


@pytest.mark.usefixtures("clean_log")
def test_consumers_go_on_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a consumer that has read some of the log, another that has read none of it, and a dump
    dataset = DatasetFactory()
    first, second, third = Recorder(), Recorder(), Recorder()
    read = emit(dataset, 3)
    assert feed_settled(first.consumer) == 3
    unread = emit(dataset, 2)
    settle()
    _restore()

    # When it was restored elsewhere, and is written to
    written = emit(dataset, 4)
    assert settle_restored() is True
    settle()

    # Then the first goes on, the second begins at the beginning, and nothing comes twice
    assert lag_of("recorder") == 6
    assert feed(first.consumer) == 6
    assert first.seen == [*read, *unread, *written]
    ConsumerOffset.objects.all().delete()
    assert lag_of("recorder") == 9
    assert feed(second.consumer) == 9
    assert second.seen == [*read, *unread, *written]
    assert settle_restored() is False

    # And so it does after the next restore
    _restore()
    assert settle_restored() is True
    later = emit(dataset, 1)
    settle()
    assert feed(second.consumer) == 1
    ConsumerOffset.objects.all().delete()
    assert feed(third.consumer) == 10
    assert third.seen == [*read, *unread, *written, *later]


@pytest.mark.usefixtures("clean_log")
def test_whoever_feeds_the_consumers_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setattr(type(consumers), "__iter__", lambda self: iter((recorder.consumer,)))
    dataset = DatasetFactory()
    emit(dataset, 2)
    assert feed_settled(recorder.consumer) == 2
    _restore()

    written = emit(dataset, 1)
    settle()

    assert feed_all() == 1
    assert recorder.seen[-1:] == written


@pytest.mark.usefixtures("clean_log")
def test_whoever_writes_meanwhile_is_of_this_server() -> None:
    # Given somebody who writes all the time
    dataset = DatasetFactory()
    over = threading.Event()

    def write() -> None:
        try:
            while not over.is_set():
                emit(dataset, 1)
        finally:
            connection.close()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        # When the log is looked at again and again, also by whoever has just written
        found = [settle_restored() for _ in range(300)]
        with transaction.atomic():
            emit(dataset, 1)
            found.append(settle_restored())
    finally:
        over.set()
        writing.join()

    # Then nothing of it is of another server
    assert not any(found)


def test_an_index_that_is_written_to_meanwhile_is_current(db: None) -> None:
    made = DatasetFactory(name="orders")

    def written_meanwhile() -> int:
        refresh([Subject("dataset", made.pk)])
        return position()

    assert backend().is_current(written_meanwhile)


@pytest.mark.django_db
@pytest.mark.parametrize("is_tended", [True, False])
def test_search_shows_what_is_written_since(is_tended: bool) -> None:
    made = DatasetFactory(name="orders")
    refresh([Subject("dataset", made.pk)])
    _restore()

    if is_tended:
        assert tend() is True
    else:
        rebuild()
    assert tend() is False
    Dataset.objects.filter(pk=made.pk).update(declared_description="All about the zebra")
    refresh([Subject("dataset", made.pk)])

    stored = StoredDocument.objects.get(kind="dataset", object_id=made.pk)
    assert stored.display["description"] == "All about the zebra"

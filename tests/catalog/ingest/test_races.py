"""Imports beside people and beside each other, on a real PostgreSQL, in sessions of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from catalog.models import (
    Alias,
    Column,
    Connection,
    Dataset,
    DatasetLabel,
    Event,
    Ownership,
    Person,
    System,
)
from catalog.services import curation
from catalog.services.ingest import IngestReport
from catalog.services.ingest import chunk as chunks
from catalog.types import LabelKind, OwnerRecord, SystemRecord
from tests.catalog.ingest.sources import PLACE, SYSTEM, bring, table
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Beside:
    """Runs a call in a thread with a session of its own; `result` waits for what it returns."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._raised: list[BaseException] = []
        self._returned: Any = None
        self.pid = 0
        self._ready = threading.Event()

        def work() -> None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    (self.pid,) = cursor.fetchone()
                self._ready.set()
                self._returned = call()
            except BaseException as error:  # noqa: BLE001 - raised again below
                self._raised.append(error)
            finally:
                connections.close_all()

        self._thread = threading.Thread(target=work)
        self._thread.start()
        assert self._ready.wait(30)

    def result(self) -> Any:
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self._raised:
            raise self._raised[0]
        return self._returned


def waits(beside: Beside) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [beside.pid])
        (blocked,) = cursor.fetchone()
    return bool(blocked)


def until_blocked(beside: Beside) -> None:
    deadline = time.monotonic() + 30
    while not waits(beside):
        assert time.monotonic() < deadline, "It did not wait for the import."
        time.sleep(0.05)


Middle = Callable[[Callable[[], object]], Callable[[], Beside]]


@pytest.fixture
def in_the_middle(monkeypatch: pytest.MonkeyPatch) -> Middle:
    """Have somebody do something once the next import has locked what it is going to change."""
    real = chunks._write_datasets

    def when(act: Callable[[], object]) -> Callable[[], Beside]:
        begun: list[Beside] = []

        def write(*args: Any) -> None:
            if not begun:
                begun.append(Beside(act))
                until_blocked(begun[0])
            real(*args)

        monkeypatch.setattr(chunks, "_write_datasets", write)
        return lambda: begun[0]

    return when


def test_an_edit_of_the_same_dataset_waits_and_both_hold(in_the_middle: Middle) -> None:
    bring(table("orders", "id"))
    orders = Dataset.objects.get()
    changes = {"description": "Ours", "display_name": "Orders!"}
    # given an import that has read the dataset, and a person who changes it meanwhile
    edit = in_the_middle(
        lambda: curation.change_dataset(acting=SYSTEM, dataset_id=orders.pk, changes=changes)
    )
    report = bring(table("orders", "id", "price", description="Theirs", display_name="theirs"))
    edit().result()
    # then both stand side by side
    assert report.updated == 1
    orders.refresh_from_db()
    assert (orders.declared_description, orders.harvested_description) == ("Ours", "Theirs")
    assert orders.display_name == "Orders!"


def test_words_on_a_column_that_disappears_meanwhile_stay(in_the_middle: Middle) -> None:
    bring(table("orders", "id", "note"))
    orders = Dataset.objects.get()
    # given an import without a column that a person describes meanwhile
    edit = in_the_middle(
        lambda: curation.change_column(
            acting=SYSTEM, dataset_id=orders.pk, path="note", description="Ours"
        )
    )
    bring(table("orders", "id"))
    edit().result()
    # then it has disappeared, with what was said of it
    note = Column.objects.get(path="note")
    assert note.declared_description == "Ours"
    assert note.disappeared_at is not None


def test_a_tag_put_there_while_its_source_states_it_is_the_persons(in_the_middle: Middle) -> None:
    bring(table("orders", "id"))
    orders = Dataset.objects.get()
    # given a source and a person who put the same tag there at once
    edit = in_the_middle(
        lambda: curation.add_label(
            acting=SYSTEM, dataset_id=orders.pk, kind=LabelKind.TAG, path="gold"
        )
    )
    bring(table("orders", "id", tags=("gold",)))
    edit().result()
    # when the source takes it back, then it stays
    bring(table("orders", "id"))
    assert DatasetLabel.objects.get().origin == "declared"


def test_two_renames_of_one_dataset_at_once_leave_it_one() -> None:
    # given a dataset of two sources that give it different names at once
    other = ConnectionFactory(name="other")
    bring(table("orders", "id"))
    bring(table("orders", "id"), connection=other)
    start = threading.Barrier(2)

    def rename(to: str, source: Connection | None) -> IngestReport:
        start.wait(30)
        return bring(table(to, "id", aliases=(f"{PLACE}.orders",)), connection=source)

    first = Beside(lambda: rename("a", None))
    second = Beside(lambda: rename("b", other))
    # then it has one of them, and is found by the others
    assert [first.result().refused, second.result().refused] == [0, 0]
    renamed = Dataset.objects.get()
    assert renamed.disappeared_at is None
    assert set(Alias.objects.values_list("qualified_name", flat=True)) == {
        f"{PLACE}.orders",
        f"{PLACE}.{'a' if renamed.name == 'b' else 'b'}",
    }


def test_owners_and_systems_made_at_once_are_made_and_told_once() -> None:
    # given two sources in a system that is new, whose datasets have the same new owners
    sources = [ConnectionFactory(), ConnectionFactory()]
    start = threading.Barrier(2)

    def run(number: int) -> IngestReport:
        tables = [
            table(
                f"t{number}{n}",
                "id",
                owners=(OwnerRecord(f"Team {n}"), OwnerRecord(f"P {n}", f"p{n}@x.org", False)),
            )
            for n in range(40)
        ]
        start.wait(30)
        system = SystemRecord("postgres", "warehouse", "The warehouse")
        return bring(system, *tables, connection=sources[number])

    # when they are imported at once
    both = [Beside(lambda: run(0)), Beside(lambda: run(1))]
    assert [one.result().refused for one in both] == [0, 0]
    # then each is there once, and the log tells once that it was made
    assert (Ownership.objects.count(), Person.objects.count()) == (160, 40)
    assert System.objects.count() == 1
    created = Event.objects.filter(type="catalog.record.changed", payload__change="created")
    told = list(created.values_list("subject_type", "subject_id"))
    assert len(told) == len(set(told)) == 83

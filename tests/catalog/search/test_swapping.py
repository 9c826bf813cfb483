"""A new generation of PostgreSQL's tables takes the place of the old one while people read."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from catalog.errors import Conflict
from catalog.models import SearchColumn, SearchDocument
from catalog.search.backends.postgres import generations
from catalog.search.indexing import rebuild
from tests.factories import ColumnFactory, DatasetFactory

pytestmark = pytest.mark.django_db(transaction=True)


def _is_waited_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table]
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


class _Reader(threading.Thread):
    """Reads columns, and the documents once the swap waits for it, as a search of columns does."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.found: list[int] = []

    def run(self) -> None:
        try:
            with transaction.atomic():
                self.found.append(SearchColumn.objects.count())
                self.began.set()
                deadline = time.monotonic() + 20
                while not _is_waited_for("catalog_searchcolumn") and time.monotonic() < deadline:
                    time.sleep(0.01)
                self.found.append(SearchDocument.objects.filter(kind="dataset").count())
        finally:
            self.began.set()
            connection.close()


def test_a_swap_and_a_search_never_wait_for_each_other_in_a_circle() -> None:
    ColumnFactory(dataset=DatasetFactory(name="orders"))
    rebuild()
    reader = _Reader()
    reader.start()
    reader.began.wait()

    rebuild()

    reader.join()
    assert reader.found == [1, 1]
    assert SearchDocument.objects.filter(kind="dataset").count() == 1


def test_a_swap_that_finds_no_moment_leaves_the_old_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    DatasetFactory(name="orders")
    rebuild()
    monkeypatch.setattr(generations, "PATIENCE", 1.0)
    ended = threading.Event()
    began = threading.Event()

    def read_on() -> None:
        with transaction.atomic():
            SearchDocument.objects.count()
            began.set()
            ended.wait(30)
        connection.close()

    reader = threading.Thread(target=read_on)
    reader.start()
    began.wait()
    try:
        with pytest.raises(Conflict, match="the old one stays"):
            rebuild()
    finally:
        ended.set()
        reader.join()

    assert SearchDocument.objects.filter(kind="dataset").count() == 1
    assert rebuild() >= 1

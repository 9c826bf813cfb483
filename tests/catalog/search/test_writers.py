"""Two writers of one new document in PostgreSQL: what the later one knows is what is stored."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from django.db import connection, transaction

from catalog.models import SearchColumn, SearchDocument
from catalog.search.backends.postgres import writing
from catalog.search.indexing import position
from catalog.search_documents.datasets import dataset_documents
from tests.factories import ColumnFactory, DatasetFactory


def _is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        (waiting,) = cursor.fetchone()
    return bool(waiting)


@pytest.mark.django_db(transaction=True)
def test_columns_of_the_first_writer_go_with_its_document() -> None:
    # Given a writer of a new dataset with a column, and one who knows that the column is gone
    made = DatasetFactory(name="orders")
    ColumnFactory(dataset=made, name="id", path="id")
    (early,) = dataset_documents([made.pk])
    late, version = replace(early, columns=()), position()
    # Neither waits for the other's facet values: another dataset had them before.
    like = DatasetFactory(system=made.system, name="like").pk
    for document in (early, late):
        writing.write([replace(document, id=like)], [], version=version)

    def write_late() -> None:
        writing.write([late], [], version=version + 1)
        connection.close()

    # When both write at once
    later = threading.Thread(target=write_late)
    with transaction.atomic():
        writing.write([early], [], version=version)
        later.start()
        deadline = time.monotonic() + 20
        while not _is_waiting() and time.monotonic() < deadline:
            time.sleep(0.01)
    later.join()

    # Then nothing is left of the column
    assert SearchDocument.objects.get(kind="dataset", object_id=made.pk).version == version + 1
    assert not SearchColumn.objects.filter(parent_id=made.pk).exists()

"""After a complete run: what this source no longer lists is marked, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from catalog.diff import DatasetDiff
from catalog.events import DatasetDisappeared
from catalog.models import Dataset, SourceRecord
from catalog.models.copying import update_rows
from catalog.services.event_log import Subject, append
from catalog.services.ingest.relations import targets
from catalog.services.ingest.rows import lock_datasets
from catalog.services.ingest.work import RunMemory
from catalog.services.transaction import writing

BATCH = 1000


def mark_vanished(memory: RunMemory) -> None:
    """Mark the datasets that the connection knew and this run did not see, refused or not."""
    live = SourceRecord.objects.filter(connection=memory.connection, gone_at__isnull=True)
    known = set(live.values_list("dataset_id", flat=True))
    for start in range(0, len(memory.refused), BATCH):
        known -= set(targets(memory.refused[start : start + BATCH]).values())
    gone = iter(sorted(known - memory.dataset_ids))
    while batch := list(islice(gone, BATCH)):
        _mark(memory, batch)


def mark_dropped(memory: RunMemory, names: Sequence[str]) -> None:
    """Mark datasets of which the source says that they are gone, unless another lists them."""
    for start in range(0, len(names), BATCH):
        _mark(memory, sorted(set(targets(names[start : start + BATCH]).values())))


def _mark(memory: RunMemory, dataset_ids: Sequence[int]) -> None:
    with writing(memory.acting, reason=memory.reason):
        with connection.cursor() as cursor:
            rows = lock_datasets(cursor, dataset_ids)
            vanished = _without_source(memory, dataset_ids)
            update_rows(
                cursor, Dataset, ("id", "disappeared_at"), [(key, memory.now) for key in vanished]
            )
        event = DatasetDisappeared(source=memory.connection.name)
        names = [rows[key]["qualified_name"] for key in vanished]
        append(
            [(event, Subject("dataset", k, n)) for k, n in zip(vanished, names, strict=True)],
            acting=memory.acting,
        )
        if memory.is_dry_run:
            transaction.set_rollback(True)
    memory.report.disappeared += len(vanished)
    if memory.is_dry_run:
        for name in names:
            memory.report.keep_diff(DatasetDiff(name, "disappeared"))


def _without_source(memory: RunMemory, dataset_ids: Sequence[int]) -> list[int]:
    """End this source's word on the datasets; return those that no other living source lists.

    A source that only describes a dataset neither keeps it alive nor ends it.
    """
    records = SourceRecord.objects.filter(dataset__in=dataset_ids)
    own = records.filter(connection=memory.connection)
    listed = set(own.exclude(stated__has_key="words").values_list("dataset_id", flat=True))
    own.update(gone_at=memory.now)
    living = SourceRecord.objects.filter(dataset=OuterRef("pk"), gone_at__isnull=True)
    living = living.exclude(stated__has_key="words")
    alone = Dataset.objects.filter(pk__in=listed, disappeared_at__isnull=True)
    return list(alone.exclude(Exists(living)).order_by("pk").values_list("pk", flat=True))

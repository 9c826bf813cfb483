"""How often datasets were read, as sources counted it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction

from catalog.models import DatasetUse
from catalog.models.copying import insert_rows
from catalog.names import NameRefused, parse_name
from catalog.services.ingest.relations import targets
from catalog.services.ingest.work import RunMemory
from catalog.services.transaction import writing
from catalog.services.usage import MAX_READS, score_use
from catalog.types import Severity, SourceUsage

BATCH = 2000


def count_usage(memory: RunMemory) -> None:
    """Store the counts of a run; a later count of the same day replaces an earlier one."""
    for start in range(0, len(memory.usage), BATCH):
        _store(memory, memory.usage[start : start + BATCH])
    if memory.usage and not memory.is_dry_run:
        score_use(acting=memory.acting, source=memory.connection.name, reason=memory.reason)


def _store(memory: RunMemory, usage: Sequence[SourceUsage]) -> None:
    named = [(_normal(item.qualified_name), item) for item in usage]
    known = targets(name for name, _ in named)
    reads: dict[tuple[int, object], int] = defaultdict(int)
    for name, item in named:
        if name in known and item.reads >= 0:
            reads[known[name], item.day] += item.reads
        elif not (memory.is_dry_run and name in memory.names):
            memory.report.note(
                item.qualified_name,
                "Its use was left out: the count is negative, or no source describes the dataset.",
                Severity.NOTICE,
            )
    columns = ("dataset_id", "person_id", "day", "views", "reads")
    rows = [
        (key, None, day, 0, min(count, MAX_READS))
        for (key, day), count in sorted(reads.items(), key=lambda entry: str(entry[0]))
    ]
    with writing(memory.acting, reason=memory.reason), connection.cursor() as cursor:
        insert_rows(cursor, DatasetUse, columns, rows, conflict=columns[:3], replace=("reads",))
        if memory.is_dry_run:
            transaction.set_rollback(True)


def _normal(name: str) -> str:
    try:
        return str(parse_name(name))
    except NameRefused:
        return ""

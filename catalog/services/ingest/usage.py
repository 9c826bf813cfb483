"""How often datasets were read, as sources counted it, and the score that search ranks by."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from math import log10

from django.db import connection, transaction
from django.utils import timezone

from catalog.events import DatasetChanged
from catalog.models import DatasetUse
from catalog.models.copying import insert_rows
from catalog.names import NameRefused, parse_name
from catalog.services.event_log import Subject, append
from catalog.services.ingest.relations import targets
from catalog.services.ingest.work import RunMemory
from catalog.services.transaction import writing
from catalog.types import Severity, SourceUsage

BATCH = 2000
MAX_READS = 2**31 - 1
SCORED_DAYS = 30
# Locked in one order, so that two runs never wait for each other in a circle.
_SCORES = """
    WITH used AS (
        SELECT dataset_id, sum(views::bigint + reads) AS total FROM catalog_datasetuse
        WHERE day > %s GROUP BY dataset_id
    ), differing AS MATERIALIZED (
        SELECT d.id, d.usage_score AS before, coalesce(used.total, 0) AS after
        FROM catalog_dataset d LEFT JOIN used ON used.dataset_id = d.id
        WHERE d.usage_score <> coalesce(used.total, 0) ORDER BY d.id FOR NO KEY UPDATE OF d
    )
    UPDATE catalog_dataset d SET usage_score = differing.after FROM differing
    WHERE d.id = differing.id
    RETURNING d.id, d.qualified_name, differing.before, differing.after
"""


def count_usage(memory: RunMemory) -> None:
    """Store the counts of a run; a later count of the same day replaces an earlier one."""
    for start in range(0, len(memory.usage), BATCH):
        _store(memory, memory.usage[start : start + BATCH])
    if memory.usage and not memory.is_dry_run:
        _score(memory)


def _score(memory: RunMemory) -> None:
    """Give every dataset the views and reads of the last SCORED_DAYS days as its score: those that
    nobody read for so long fall with it. An event tells search where the order of hits changes."""
    since = timezone.localdate() - dt.timedelta(days=SCORED_DAYS)
    with writing(memory.acting, reason=memory.reason), connection.cursor() as cursor:
        cursor.execute(_SCORES, [since])
        event = DatasetChanged(("use",), source=memory.connection.name, reason=memory.reason)
        append(
            [
                (event, Subject("dataset", key, name))
                for key, name, before, after in sorted(cursor.fetchall())
                if _step(before) != _step(after)
            ],
            acting=memory.acting,
        )


def _step(score: float) -> int:
    """Search counts use on a logarithmic scale, three steps for each power of ten."""
    return int(3 * log10(1 + score))


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

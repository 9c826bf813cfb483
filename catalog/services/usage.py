"""How often datasets were read, by whom, and the score of it that search ranks by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from django.db import connection
from django.utils import timezone

from catalog.access import Action, require
from catalog.events import DatasetChanged
from catalog.models import DatasetUse
from catalog.models.copying import insert_rows
from catalog.services.event_log import Subject, append
from catalog.services.transaction import writing
from catalog.types import Principal

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


@dataclass(frozen=True, slots=True)
class ReadsOfDay:
    """How often a person (None: people that Concord does not know) read a dataset on a day."""

    dataset_id: int
    person_id: int | None
    day: dt.date
    reads: int


def store_reads(reads: Sequence[ReadsOfDay], *, acting: Principal, reason: str) -> None:
    """Make these the reads of their days; page views of the same days stay as they are.

    Each dataset, person and day may be named once. Scores follow with `score_use`.
    """
    require(acting, Action.INGEST)
    columns = ("dataset_id", "person_id", "day", "views", "reads")
    rows = [
        (item.dataset_id, item.person_id, item.day, 0, min(max(item.reads, 0), MAX_READS))
        for item in reads
    ]
    with writing(acting, reason=reason), connection.cursor() as cursor:
        insert_rows(cursor, DatasetUse, columns, rows, conflict=columns[:3], replace=("reads",))


def score_use(*, acting: Principal, source: str, reason: str) -> None:
    """Give every dataset the views and reads of the last SCORED_DAYS days as its score: those that
    nobody read for so long fall with it. An event tells search where the order of hits changes."""
    require(acting, Action.INGEST)
    since = timezone.localdate() - dt.timedelta(days=SCORED_DAYS)
    with writing(acting, reason=reason), connection.cursor() as cursor:
        cursor.execute(_SCORES, [since])
        event = DatasetChanged(("use",), source=source, reason=reason)
        append(
            [
                (event, Subject("dataset", key, name))
                for key, name, before, after in sorted(cursor.fetchall())
                if _step(before) != _step(after)
            ],
            acting=acting,
        )


def _step(score: float) -> int:
    """Search counts use on a logarithmic scale, three steps for each power of ten."""
    return int(3 * log10(1 + score))

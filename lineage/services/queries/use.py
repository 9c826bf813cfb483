"""The use that follows from queries: reads of datasets by person and day, told to the catalog."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db import connection, transaction

from catalog.access import Action, require
from catalog.models import Person
from catalog.services.transaction import writing
from catalog.services.usage import ReadsOfDay, score_use, store_reads
from catalog.types import Principal
from lineage.models import (
    CountedRuns,
    QueryCounter,
    QueryDay,
    QueryUser,
)

ROWS_PER_WRITE = 10_000
_TOUCHED = """
    CREATE TEMPORARY TABLE stage_touched ON COMMIT DROP AS
    SELECT DISTINCT used.dataset_id, given.day
    FROM unnest(%s::bigint[], %s::date[]) AS given (query_id, day)
    JOIN lineage_querytable used ON used.query_id = given.query_id
    WHERE used.is_read
"""
# By all queries, not only by those that touched it: the whole number replaces what was stored.
_READS = """
    SELECT touched.dataset_id, known.person_id, touched.day,
        sum(ran.runs - ran.errors)::bigint
    FROM stage_touched touched
    JOIN lineage_querytable used ON used.dataset_id = touched.dataset_id AND used.is_read
    JOIN lineage_queryday ran ON ran.query_id = used.query_id AND ran.day = touched.day
    LEFT JOIN lineage_queryuser known ON known.id = ran.user_id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def store_use(
    ran: Collection[tuple[int, dt.date]],
    *,
    acting: Principal,
    source: str,
    reason: str,
) -> None:
    """Make the catalog's reads of the datasets that queries read, on the days on which they ran,
    current; `ran` are (query, day)."""
    require(acting, Action.INGEST)
    if not ran:
        return
    queries, days = zip(*sorted(ran), strict=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TOUCHED, [list(queries), list(days)])
        cursor.execute("ANALYZE stage_touched")
        cursor.execute(_READS)
        rows = [ReadsOfDay(*row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE stage_touched")
    for start in range(0, len(rows), ROWS_PER_WRITE):
        store_reads(rows[start : start + ROWS_PER_WRITE], acting=acting, reason=reason)
    if rows:
        score_use(acting=acting, source=source, reason=reason)


def match_people(system_id: int, *, acting: Principal, reason: str) -> int:
    """Match the user names of a system, that have no person yet, to people; returns how many.

    A name means the person whose user name or e-mail address it is, whatever its case; where two
    people differ only in case, the one that is spelled so, and nobody where neither is.
    """
    require(acting, Action.INGEST)
    users = list(QueryUser.objects.filter(system=system_id, person__isnull=True))
    if not users:
        return 0
    by_exact: dict[str, set[int]] = defaultdict(set)
    by_lower: dict[str, set[int]] = defaultdict(set)
    for pk, username, email in Person.objects.values_list("pk", "username", "email"):
        for name in {username, email} - {""}:
            by_exact[name].add(pk)
            by_lower[name.lower()].add(pk)
    matched = []
    for user in users:
        for found in (by_exact.get(user.name), by_lower.get(user.name.lower())):
            if found is not None and len(found) == 1:
                user.person_id = next(iter(found))
                matched.append(user)
                break
    with writing(acting, reason=reason):
        QueryUser.objects.bulk_update(matched, ["person"], batch_size=1000)
    return len(matched)


def forget_old_days(before: dt.date, *, acting: Principal) -> None:
    """Let go of days, and of what was counted on them, that are older than is kept."""
    require(acting, Action.INGEST)
    with writing(acting, reason="Old days of queries"):
        QueryDay.objects.filter(day__lt=before).delete()
        CountedRuns.objects.filter(day__lt=before).delete()
        QueryCounter.objects.filter(read_at__date__lt=before).delete()

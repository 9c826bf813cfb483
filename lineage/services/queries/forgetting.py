"""Letting go of query records that nobody ran for long: their texts and who ran them go, their
sums stay.

How often a statement ran, which tables and columns it used, joined and filtered, and the edges
that it proved are statistics; they stay. A record is known again by its fingerprint: when the
statement runs once more it has a text again and is read anew.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.access import Action, require
from catalog.services.transaction import writing
from catalog.types import Principal
from lineage.models import Query, QueryRunner, Statement
from lineage.services.queries.waiting import take_turns

_WITHOUT_USERS = """
    WITH gone AS (
        DELETE FROM lineage_queryday WHERE query_id = ANY(%s) AND user_id IS NOT NULL
        RETURNING query_id, day, runs, errors, total_ms
    )
    INSERT INTO lineage_queryday AS target (query_id, user_id, day, runs, errors, total_ms)
    SELECT query_id, NULL, day, sum(runs), sum(errors), sum(total_ms)
    FROM gone GROUP BY query_id, day ORDER BY query_id, day
    ON CONFLICT (query_id, user_id, day) DO UPDATE SET
        runs = target.runs + excluded.runs, errors = target.errors + excluded.errors,
        total_ms = target.total_ms + excluded.total_ms
"""
AT_ONCE = 5_000


def forget_queries(*, acting: Principal, days: int | None = None, is_dry_run: bool = False) -> int:
    """Let go of the texts and the people of records that did not run for `days` (QUERY_DAYS
    unless told); returns how many records. Raises AccessRefused for who may not administer."""
    require(acting, Action.ADMINISTER)
    before = timezone.now() - dt.timedelta(days=settings.QUERY_DAYS if days is None else days)
    old = Query.objects.filter(last_run_at__lt=before).exclude(text="")
    if is_dry_run:
        return old.count()
    count = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with writing(acting, reason="Old queries"), connection.cursor() as cursor:
            take_turns()
            # One that ran again meanwhile is not old any more.
            ids = list(old.filter(pk__in=ids).select_for_update().values_list("pk", flat=True))
            QueryRunner.objects.filter(query__in=ids).delete()
            cursor.execute(_WITHOUT_USERS, [ids])
            Statement.objects.filter(query__in=ids).update(sql="")
            count += Query.objects.filter(pk__in=ids).update(text="", sample="", read_at=None)
    return count

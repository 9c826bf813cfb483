"""Queries that have to be read again, because the catalog learned what their names mean."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from catalog.access import Action, require
from catalog.services.transaction import writing
from catalog.types import Principal
from lineage.models import Query, QueryTable

_WRITERS_LOCK = 7_301_553  # one reader of queries at a time, in whichever process


def take_turns() -> None:
    """Wait, inside a transaction, for whoever writes what queries say or lets them wait.

    So a change of the catalog is either seen by the one who writes what rests on it, or finds
    that already there to let it wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS_LOCK])


def let_queries_wait(
    reshaped: Collection[int], names: Collection[str], *, acting: Principal
) -> int:
    """Mark the queries that use these datasets, whose columns changed, or that miss one of these
    lookup names; the next reading takes them. Returns how many were marked."""
    require(acting, Action.INGEST)
    using = QueryTable.objects.filter(dataset__in=reshaped).values("query_id")
    with writing(acting, reason="The catalog changed"):
        take_turns()
        return Query.objects.filter(
            Q(pk__in=using) | Q(missing__overlap=list(names)), read_at__isnull=False
        ).update(read_at=None)


def waiting_queries() -> list[int]:
    """Records that wait to be read, the oldest first."""
    rows = Query.objects.filter(read_at__isnull=True).exclude(text="").order_by("pk")
    return list(rows.values_list("pk", flat=True))

"""The event log of a database that was restored into another PostgreSQL server.

Consumers read in the order of transactions, which every server counts from its own beginning: after
a restore from a dump new events would stand before all that was read, and nobody would read them.
So what was logged before is numbered below nothing, in the order that it had, with the offsets.
"""

from __future__ import annotations

import pgtrigger
import structlog
from django.db import connection, transaction
from django.db.models import F, Max, QuerySet

from catalog.models import ConsumerOffset, Event

log = structlog.get_logger(__name__)

_LOCK = 7_301_865_116  # any number, the same in every process


def settle_restored() -> bool:
    """Bring the log in order where it holds transactions that this server has not reached yet;
    returns whether that was needed. Asks one index, so it may be called often."""
    if not _of_another_server().exists():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT 1 FROM catalog_consumeroffset ORDER BY id FOR UPDATE")
        newest = _of_another_server().aggregate(transaction=Max("transaction"), id=Max("id"))
        if newest["id"] is None:
            return False  # another process was faster
        # Numbers of events go on where they were, so those after it were logged since.
        before = F("transaction") - (newest["transaction"] + 1)
        with pgtrigger.ignore("catalog.Event:append_only"):
            Event.objects.filter(id__lte=newest["id"]).update(transaction=before)
        ConsumerOffset.objects.filter(event_id__lte=newest["id"]).update(transaction=before)
    log.warning("event_log_restored", events_until=newest["id"])
    return True


def _of_another_server() -> QuerySet[Event]:
    """Events of transactions that none of this server's can have been.

    Compared with the snapshot of the query itself: all of this server's that it shows are before
    the snapshot's end, but for the transaction that asks. A number that was asked for before would
    be behind whoever writes meanwhile.
    """
    return Event.objects.extra(
        where=[
            "transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
            "transaction IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint",
        ]
    )

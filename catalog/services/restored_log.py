"""The event log of a database that was restored into another PostgreSQL server.

Consumers read in the order of transactions, which every server counts from its own beginning: after
a restore from a dump new events would stand before all that was read, and nobody would read them.
So what was logged before is numbered below nothing, in the order that it had, with the offsets.
"""

from __future__ import annotations

import pgtrigger
import structlog
from django.db import connection, transaction
from django.db.models import F, Max

from catalog.models import ConsumerOffset, Event

log = structlog.get_logger(__name__)

_LOCK = 7_301_865_116  # any number, the same in every process


def settle_restored() -> bool:
    """Bring the log in order where it holds transactions that this server has not reached yet;
    returns whether that was needed. Asks one index, so it may be called often."""
    if not Event.objects.filter(transaction__gte=_next_transaction()).exists():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT 1 FROM catalog_consumeroffset ORDER BY id FOR UPDATE")
        restored = Event.objects.filter(transaction__gte=_next_transaction())
        newest = restored.aggregate(transaction=Max("transaction"), id=Max("id"))
        if newest["id"] is None:
            return False  # another process was faster
        # Numbers of events go on where they were, so those after it were logged since.
        before = F("transaction") - (newest["transaction"] + 1)
        with pgtrigger.ignore("catalog.Event:append_only"):
            Event.objects.filter(id__lte=newest["id"]).update(transaction=before)
        ConsumerOffset.objects.filter(event_id__lte=newest["id"]).update(transaction=before)
    log.warning("event_log_restored", events_until=newest["id"])
    return True


def _next_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (number,) = cursor.fetchone()
    return int(number)

"""Feeding consumers in tests that share one database server with other workers.

Consumers never read past a running transaction of the whole server, so another worker's open
transaction delays them; a test waits for its own events to settle first.
"""

from __future__ import annotations

import time

from django.db import connection

from catalog.models import Event
from catalog.registries.consumers import Consumer
from catalog.services.consumers import feed, feed_all


def settle(*, seconds: float = 60.0) -> None:
    """Wait until every event written so far may be read; fails after `seconds`."""
    newest = Event.objects.order_by("-transaction").values_list("transaction", flat=True).first()
    deadline = time.monotonic() + seconds
    while newest is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            (oldest_running,) = cursor.fetchone()
        if oldest_running > newest:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"Events of transaction {newest} did not settle.")
        time.sleep(0.02)


def feed_settled(consumer: Consumer | None = None) -> int:
    """Feed one consumer, or all, with everything written so far."""
    settle()
    return feed_all() if consumer is None else feed(consumer)

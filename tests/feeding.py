"""Feeding consumers in tests that share one database server with other workers.

Consumers never read past a running transaction of the whole server, so another worker's open
transaction delays them; a test waits for its own events to settle first.
"""

from __future__ import annotations

import time

from django.db import connection

from catalog.registries.consumers import Consumer
from catalog.services.consumers import feed, feed_all


def settle(*, seconds: float = 180.0) -> None:
    """Wait until everything written so far may be read: until whatever ran on the server when this
    began has ended; fails after `seconds`."""
    begun = _horizon("xmax")
    deadline = time.monotonic() + seconds
    while _horizon("xmin") < begun:
        if time.monotonic() > deadline:
            raise AssertionError(f"What ran before transaction {begun} did not end.")
        time.sleep(0.02)


def _horizon(end: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_snapshot_{end}(pg_current_snapshot())::text::bigint")
        (number,) = cursor.fetchone()
    return int(number)


def feed_settled(consumer: Consumer | None = None) -> int:
    """Feed one consumer, or all, with everything written so far."""
    settle()
    return feed_all() if consumer is None else feed(consumer)

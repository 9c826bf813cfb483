"""Feeding the event log to its consumers: in order, at least once, never past a running write.

Each consumer has its own offset. A failing batch is retried with back-off, then event by event;
an event that still fails is parked where an administrator sees it, and the rest goes on (law 2).
While what a consumer writes to is away, nothing is its events' fault: they wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import connection, transaction
from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import Conflict, NotFound, Unavailable
from catalog.models import ConsumerOffset, Event, ParkedEvent
from catalog.models.event_log import BEFORE_ALL
from catalog.registries.consumers import Consumer, consumers
from catalog.services.restored_log import settle_restored
from catalog.types import Principal

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
FIRST_DELAY = dt.timedelta(seconds=2)
LONGEST_DELAY = dt.timedelta(hours=1)


def feed_all(*, max_batches: int = 1000) -> int:
    """Feed every consumer until it is up to date; returns the number of events digested."""
    settle_restored()
    return sum(feed(consumer, max_batches=max_batches) for consumer in consumers)


def feed(consumer: Consumer, *, max_batches: int = 1000) -> int:
    """Feed one consumer; does nothing when another process is feeding it or it is backing off."""
    done = 0
    for _ in range(max_batches):
        digested = _feed_batch(consumer)
        done += digested
        if digested == 0:
            break
    return done


def retry_parked(*, acting: Principal, parked_id: int) -> ParkedEvent:
    """Give a parked event to its consumer once more; raises Conflict when it fails again."""
    require(acting, Action.ADMINISTER)
    with transaction.atomic():
        parked = (
            ParkedEvent.objects.select_for_update()
            .filter(pk=parked_id, resolved_at__isnull=True)
            .first()
        )
        if parked is None:
            raise NotFound("This event is not parked any more.")
        try:
            with transaction.atomic():
                consumers.get(parked.consumer).digest([parked.event])
        except Exception as error:
            raise Conflict(f"It failed again: {type(error).__name__}: {error}"[:500]) from error
        parked.resolved_at = timezone.now()
        parked.save(update_fields=["resolved_at"])
    return parked


def _feed_batch(consumer: Consumer) -> int:
    ConsumerOffset.objects.get_or_create(
        consumer=consumer.name, defaults={"transaction": BEFORE_ALL}
    )
    with transaction.atomic():
        offset = (
            ConsumerOffset.objects.select_for_update(skip_locked=True)
            .filter(consumer=consumer.name)
            .first()
        )
        if offset is None or (offset.retry_at and offset.retry_at > timezone.now()):
            return 0
        # After a first failure the events come one by one, so that only the poison is parked.
        size = 1 if offset.attempts else consumer.batch_size
        batch = _settled_events(offset, size)
        if not batch:
            return 0
        try:
            with transaction.atomic():
                consumer.digest(batch)
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises is its failure
            return _failed(consumer, offset, batch, error)
        _advance(offset, batch[-1])
        return len(batch)


def _settled_events(offset: ConsumerOffset, size: int) -> Sequence[Event]:
    """Events after the offset, below the oldest transaction that may still commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest_running,) = cursor.fetchone()
    return list(
        Event.objects.filter(transaction__lt=oldest_running)
        .extra(
            where=["(transaction, id) > (%s, %s)"],
            params=[offset.transaction, offset.event_id],
        )
        .order_by("transaction", "id")[:size]
    )


def _advance(offset: ConsumerOffset, last: Event) -> None:
    offset.transaction = last.transaction
    offset.event_id = last.pk
    offset.attempts = 0
    offset.last_error = ""
    offset.retry_at = None
    offset.save()


def _failed(
    consumer: Consumer, offset: ConsumerOffset, batch: Sequence[Event], error: Exception
) -> int:
    offset.attempts += 1
    if isinstance(error, Unavailable):
        offset.attempts = min(offset.attempts, MAX_ATTEMPTS - 1)
    offset.last_error = f"{type(error).__name__}: {error}"[:2000]
    log.warning(
        "event_consumer_failed",
        consumer=consumer.name,
        attempts=offset.attempts,
        error=offset.last_error,
    )
    if offset.attempts >= MAX_ATTEMPTS and len(batch) == 1:
        ParkedEvent.objects.get_or_create(
            consumer=consumer.name,
            event=batch[0],
            defaults={"error": offset.last_error, "attempts": offset.attempts},
        )
        _advance(offset, batch[0])
        return 1
    # The first failure of a batch is retried at once, one event at a time.
    delay = min(FIRST_DELAY * 2 ** (offset.attempts - 2), LONGEST_DELAY)
    offset.retry_at = None if offset.attempts == 1 else timezone.now() + delay
    offset.save()
    return 0

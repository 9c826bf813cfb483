"""Feeding received events to the projection: in order, exactly once, never past a running write.

It keeps an offset of its own beside the event log's, since the events are many and none of them is
news of the catalog's own. A batch that fails is tried again with back-off; what keeps failing is
parked, event by event, where an administrator sees it, and the rest goes on (law 2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from catalog.access import Action, require
from catalog.errors import Conflict, NotFound
from catalog.types import Principal
from lineage.models import ParkedRunEvent, RunEventOffset
from lineage.services.run_events.days import TABLE
from lineage.services.run_events.projecting import memory, project

log = structlog.get_logger(__name__)

OFFSET = "projection"
BATCH = 2_000
BATCH_BYTES = 64 * 1024 * 1024
MAX_ATTEMPTS = 4
FIRST_DELAY = dt.timedelta(seconds=2)
_SETTLED = f"""
    SELECT transaction, id, body FROM (
        SELECT transaction, id, body,
            sum(octet_length(body)) OVER (ORDER BY transaction, id) AS size
        FROM (
            SELECT transaction, id, body FROM {TABLE}
            WHERE transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                AND (transaction, id) > (%s, %s)
            ORDER BY transaction, id LIMIT %s
        ) AS next
    ) AS sized
    WHERE size - octet_length(body) < %s ORDER BY transaction, id
"""  # noqa: S608 - our own names

Settled = tuple[int, int, bytes]
"""Transaction, id, body."""


def feed_run_events(*, max_batches: int = 1_000) -> int:
    """Project what waits; returns how many events. Does nothing while another process does it."""
    done = 0
    for _ in range(max_batches):
        fed = _feed_batch()
        done += fed
        if fed == 0:
            break
    return done


def retry_parked_run_event(*, acting: Principal, parked_id: int) -> ParkedRunEvent:
    """Project a parked event once more; raises Conflict when it fails again."""
    require(acting, Action.ADMINISTER)
    with transaction.atomic():
        parked = (
            ParkedRunEvent.objects.select_for_update()
            .filter(pk=parked_id, resolved_at__isnull=True)
            .first()
        )
        if parked is None:
            raise NotFound("This event is not parked any more.")
        _lock_offset(waiting=True)
        memory.forget()
        try:
            with transaction.atomic():
                project([bytes(parked.body)])
        except Exception as error:
            raise Conflict(f"It failed again: {type(error).__name__}: {error}"[:500]) from error
        finally:
            memory.forget()
        parked.resolved_at = timezone.now()
        parked.save(update_fields=["resolved_at"])
    return parked


def _feed_batch() -> int:
    RunEventOffset.objects.get_or_create(name=OFFSET)
    with transaction.atomic():
        offset = _lock_offset(waiting=False)
        if offset is None or (offset.retry_at and offset.retry_at > timezone.now()):
            return 0
        events = _settled(offset)
        if not events:
            return 0
        memory.at((offset.transaction, offset.event_id))
        try:
            with transaction.atomic():
                project([body for _, _, body in events])
        except (InterfaceError, OperationalError):
            memory.forget()
            raise  # the database is away or was asked too much at once: nothing is wrong here
        except Exception as error:  # noqa: BLE001 - whatever an event makes it raise
            memory.forget()
            _failed(offset, events, error)
            return 0 if offset.attempts else len(events)
        _advance(offset, events[-1])
    memory.position = (offset.transaction, offset.event_id)
    return len(events)


def _lock_offset(*, waiting: bool) -> RunEventOffset | None:
    rows = RunEventOffset.objects.select_for_update(skip_locked=not waiting)
    return rows.filter(name=OFFSET).first()


def _settled(offset: RunEventOffset) -> Sequence[Settled]:
    """The next events below the oldest transaction that may still commit, bounded in bytes."""
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            _SETTLED, [offset.transaction, offset.event_id, BATCH, BATCH_BYTES], binary=True
        )
        return cursor.fetchall()


def _advance(offset: RunEventOffset, last: Settled) -> None:
    offset.transaction, offset.event_id, _ = last
    offset.attempts = 0
    offset.last_error = ""
    offset.retry_at = None
    offset.save()


def _failed(offset: RunEventOffset, events: Sequence[Settled], error: Exception) -> None:
    offset.attempts += 1
    offset.last_error = f"{type(error).__name__}: {error}"[:2000]
    log.warning("run_events_not_projected", attempts=offset.attempts, error=offset.last_error)
    if offset.attempts < MAX_ATTEMPTS:
        offset.retry_at = timezone.now() + FIRST_DELAY * 2 ** (offset.attempts - 1)
        offset.save()
        return
    for event in events:
        _project_alone(event, offset.attempts)
    _advance(offset, events[-1])


def _project_alone(event: Settled, attempts: int) -> None:
    """One event by itself; it is parked when it is the one that fails."""
    _, event_id, body = event
    memory.forget()
    try:
        with transaction.atomic():
            project([body])
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever an event makes it raise
        memory.forget()
        ParkedRunEvent.objects.get_or_create(
            event_id=event_id,
            defaults={
                "body": body,
                "error": f"{type(error).__name__}: {error}"[:2000],
                "attempts": attempts,
            },
        )

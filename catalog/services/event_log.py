"""Writing to the event log, always inside the writer's own transaction (law 2)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import Model

from catalog.events import EventType
from catalog.models import Event
from catalog.models.copying import as_json, copy_rows, table_of
from catalog.search.indexing import note_written, refresh_written
from catalog.types import Principal

log = structlog.get_logger(__name__)

FEED_TASK = "catalog.feed_consumers"
NUDGE_SECONDS = 1.0  # at most one message in this time from one process
DISTRESS_SECONDS = 60.0  # how long a queue that does not answer is left alone

_COLUMNS = (
    "type",
    "version",
    "subject_type",
    "subject_id",
    "subject_name",
    "actor_id",
    "actor_name",
    "request_id",
    "payload",
)
_next_nudge = 0.0


class Subject(NamedTuple):
    """What an event is about, where no model instance is at hand."""

    type: str
    id: int
    name: str


def record(event: EventType, subject: Model, *, acting: Principal) -> None:
    """Append one event about `subject`."""
    record_all([(event, subject)], acting=acting)


def record_all(events: Iterable[tuple[EventType, Model]], *, acting: Principal) -> None:
    """Append events in order; must run inside `writing`, so that they commit with the change."""
    append(
        (
            (event, Subject(subject._meta.model_name or "", subject.pk, str(subject)))
            for event, subject in events
        ),
        acting=acting,
    )


def append(events: Iterable[tuple[EventType, Subject]], *, acting: Principal) -> None:
    """As `record_all`, for thousands of subjects that were never loaded as objects."""
    if not connection.in_atomic_block:
        raise RuntimeError("Events are recorded inside the transaction of their change.")
    rows = [
        (
            event.name,
            event.version,
            subject.type,
            subject.id,
            subject.name[:2000],
            acting.person_id,
            acting.display_name,
            acting.request_id,
            as_json(event.payload()),
        )
        for event, subject in events
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        copy_rows(cursor, table_of(Event), _COLUMNS, rows)
    note_written((row[2], row[3]) for row in rows)
    transaction.on_commit(refresh_written, robust=True)
    transaction.on_commit(nudge_consumers, robust=True)


def nudge_consumers() -> None:
    """Ask the jobs process to feed the consumers now instead of at the next tick.

    Only a courtesy: the log is the truth and the clock feeds it anyway, so a queue that does not
    answer is left alone for a while.
    """
    global _next_nudge
    if time.monotonic() < _next_nudge:
        return
    _next_nudge = time.monotonic() + NUDGE_SECONDS
    try:
        current_app.send_task(FEED_TASK, expires=60, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the queue's transport raises
        _next_nudge = time.monotonic() + DISTRESS_SECONDS
        log.warning("queue_unreachable", error=f"{type(error).__name__}: {error}"[:300])

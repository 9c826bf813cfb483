"""Writing to the event log, always inside the writer's own transaction (law 2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

from catalog.events import EventType
from catalog.models import Event
from catalog.types import Principal


def record(event: EventType, subject: Model, *, acting: Principal) -> None:
    """Append one event about `subject`."""
    record_all([(event, subject)], acting=acting)


def record_all(events: Iterable[tuple[EventType, Model]], *, acting: Principal) -> None:
    """Append events in order; must run inside `writing`, so that they commit with the change."""
    if not connection.in_atomic_block:
        raise RuntimeError("Events are recorded inside the transaction of their change.")
    Event.objects.bulk_create(
        [
            Event(
                type=event.name,
                version=event.version,
                subject_type=subject._meta.model_name or "",
                subject_id=subject.pk,
                subject_name=str(subject)[:2000],
                actor_id=acting.person_id,
                actor_name=acting.display_name,
                request_id=acting.request_id,
                payload=event.payload(),
            )
            for event, subject in events
        ],
        batch_size=2000,
    )

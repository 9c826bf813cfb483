"""How far the consumers of the event log have come."""

from __future__ import annotations

from catalog.models import ConsumerOffset, Event
from catalog.registries.consumers import consumers


def lag() -> int:
    """How many events the slowest consumer has still to read; 0 when all are up to date."""
    return max((lag_of(name) for name in consumers.names()), default=0)


def lag_of(consumer: str) -> int:
    """How many events one consumer has still to read."""
    offset = ConsumerOffset.objects.filter(consumer=consumer).first()
    after = (offset.transaction, offset.event_id) if offset else (0, 0)
    return Event.objects.extra(where=["(transaction, id) > (%s, %s)"], params=list(after)).count()

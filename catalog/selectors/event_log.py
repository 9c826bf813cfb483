"""The event log as an administrator sees it: what happened, and how each consumer keeps up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.access import Action, require
from catalog.models import ConsumerOffset, Event, ParkedEvent
from catalog.models.event_log import BEFORE_ALL
from catalog.registries.consumers import consumers
from catalog.types import Principal

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """A consumer, where it stands and how far it is behind; at most 10,000 events are counted.

    `offset` is None before its first event; `is_installed` is False for one that only left its
    offset behind.
    """

    name: str
    offset: ConsumerOffset | None
    behind: int
    parked: int
    is_installed: bool


def consumer_states(principal: Principal) -> Sequence[ConsumerState]:
    """Every consumer by name; for administrators."""
    require(principal, Action.ADMINISTER)
    offsets = {offset.consumer: offset for offset in ConsumerOffset.objects.all()}
    parked: dict[str, int] = {}
    for consumer in ParkedEvent.objects.filter(resolved_at__isnull=True).values_list(
        "consumer", flat=True
    )[:MOST_COUNTED]:
        parked[consumer] = parked.get(consumer, 0) + 1
    return [
        ConsumerState(
            name,
            offsets.get(name),
            _unread(offsets.get(name)).values("pk")[:MOST_COUNTED].count(),
            parked.get(name, 0),
            name in consumers,
        )
        for name in sorted({*offsets, *consumers.names()})
    ]


def parked_events(principal: Principal) -> QuerySet[ParkedEvent]:
    """Events that a consumer could not digest, the newest first; for administrators."""
    require(principal, Action.ADMINISTER)
    return ParkedEvent.objects.filter(resolved_at__isnull=True).select_related("event")


def events(
    principal: Principal, *, type: str = "", find: str = "", before: int | None = None
) -> QuerySet[Event]:
    """What happened, the newest first, below the id `before`; `find` holds in the subject's or
    the actor's name. For administrators."""
    require(principal, Action.ADMINISTER)
    found = Event.objects.order_by("-id")
    if type:
        found = found.filter(type=type)
    if find:
        found = found.filter(Q(subject_name__icontains=find) | Q(actor_name__icontains=find))
    if before is not None:
        found = found.filter(pk__lt=before)
    return found


def event_types(principal: Principal) -> list[str]:
    """The types that stand in the log."""
    require(principal, Action.ADMINISTER)
    return list(Event.objects.order_by("type").values_list("type", flat=True).distinct())


def lag() -> int:
    """How many events the slowest consumer has still to read; 0 when all are up to date."""
    return max((lag_of(name) for name in consumers.names()), default=0)


def lag_of(consumer: str) -> int:
    """How many events one consumer has still to read."""
    return _unread(ConsumerOffset.objects.filter(consumer=consumer).first()).count()


def _unread(offset: ConsumerOffset | None) -> QuerySet[Event]:
    after = (offset.transaction, offset.event_id) if offset else (BEFORE_ALL, 0)
    return Event.objects.order_by().extra(
        where=["(transaction, id) > (%s, %s)"], params=list(after)
    )

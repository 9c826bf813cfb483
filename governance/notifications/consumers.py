"""Notifications and webhooks as consumers of the event log: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Event
from catalog.registries.consumers import Consumer, consumers
from governance.notifications.audience import messages_for
from governance.notifications.services.messages import write_messages
from governance.notifications.services.webhooks import queue_deliveries


def digest_for_people(events: Sequence[Event]) -> None:
    """Write the messages that a batch of events makes."""
    write_messages(messages_for(events))


def digest_for_tools(events: Sequence[Event]) -> None:
    """Queue a batch of events for the webhooks that asked for them."""
    queue_deliveries(events)


def register_consumers() -> None:
    """Follow the event log; called once when the application starts."""
    consumers.add("notifications", Consumer("notifications", digest_for_people))
    consumers.add("webhooks", Consumer("webhooks", digest_for_tools))

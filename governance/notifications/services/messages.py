"""Writing messages, once each, to those who want that kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Person
from governance.clock import now
from governance.models import Notification, NotificationPreference
from governance.notifications.kinds import MessageKind


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person; `dedupe` names the occasion, so that repeating a job adds none."""

    person_id: int
    kind: MessageKind
    title: str
    url: str
    dedupe: str
    body: str = ""
    subject_type: str = ""
    subject_key: str = ""


def write_messages(messages: Iterable[Message]) -> int:
    """Store the messages; returns how many are new. Muted kinds and people who left get none.

    Called by consumers inside their own transaction, so it opens none.
    """
    wanted = {(message.person_id, message.dedupe): message for message in messages}
    people = {person for person, _ in wanted}
    active = set(Person.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    muted = dict(
        NotificationPreference.objects.filter(person__in=people).values_list(
            "person_id", "muted_kinds"
        )
    )
    instant = now()
    rows = [
        Notification(
            person_id=person,
            kind=message.kind.key,
            title=message.title[:300],
            body=message.body,
            url=message.url,
            subject_type=message.subject_type,
            subject_key=message.subject_key,
            is_immediate=message.kind.is_immediate,
            dedupe=dedupe[:200],
            created_at=instant,
        )
        for (person, dedupe), message in wanted.items()
        if person in active and message.kind.key not in muted.get(person, ())
    ]
    before = Notification.objects.filter(person__in=people).count()
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return Notification.objects.filter(person__in=people).count() - before

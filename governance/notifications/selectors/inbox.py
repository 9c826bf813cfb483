"""A person's own messages, preferences and what they follow."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.types import Principal
from governance.models import Notification, NotificationPreference, Watch


def inbox(principal: Principal, *, unread: bool = False) -> QuerySet[Notification]:
    """The principal's messages, newest first; nobody reads another's."""
    if not principal.is_active or principal.person_id is None:
        return Notification.objects.none()
    found = Notification.objects.filter(person_id=principal.person_id)
    return found.filter(read_at__isnull=True) if unread else found


def unread_count(principal: Principal) -> int:
    """How many messages the principal has not read."""
    return inbox(principal, unread=True).count()


def asked_count(principal: Principal) -> int:
    """How many unread messages ask the principal for an act; one query, for every page's bar."""
    return inbox(principal, unread=True).filter(is_immediate=True).count()


def preferences(principal: Principal) -> NotificationPreference:
    """The principal's preferences; what holds by default where they have set none."""
    person = principal.person_id or 0
    found = NotificationPreference.objects.filter(person_id=person).first()
    return found or NotificationPreference(person_id=person)


def watched(principal: Principal) -> QuerySet[Watch]:
    """What the principal follows beside datasets."""
    return Watch.objects.filter(person_id=principal.person_id or 0)


def is_watching(principal: Principal, subject_type: str, subject_key: str) -> bool:
    """Whether the principal follows it."""
    return watched(principal).filter(subject_type=subject_type, subject_key=subject_key).exists()

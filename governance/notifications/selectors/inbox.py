"""A person's own messages, preferences and what they follow."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from catalog.types import Principal
from governance.models import Notification, NotificationPreference, Position, Proposal, Watch
from governance.notifications.kinds import ESCALATION, MUST_SIGN
from governance.types import ProposalState

_ASKING = (ProposalState.DISCUSSION, ProposalState.FINAL_CALL)
_SIGNATURES = (MUST_SIGN.key, ESCALATION.key)


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
    """How many proposals ask the principal for a signature they have not given; one query, for
    every page's bar."""
    person = principal.person_id or 0
    answered = Position.objects.filter(person=person, revision=OuterRef("current"))
    asking = Proposal.objects.filter(state__in=_ASKING).exclude(Exists(answered))
    return (
        inbox(principal)
        .filter(kind__in=_SIGNATURES, subject_key__in=asking.values("key"))
        .order_by()
        .values("subject_key")
        .distinct()
        .count()
    )


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

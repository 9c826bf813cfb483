"""The digest by which approved minutes are known to be the same since."""

from __future__ import annotations

from catalog.models import Event
from governance.agreements.canonical import digest
from governance.events import MeetingChanged
from governance.models import Meeting


def minutes_digest(meeting: Meeting) -> str:
    """SHA-256 over the canonical form of what was approved: which meeting, when, by whom, its
    text and the decisions it took."""
    return digest(
        {
            "meeting": meeting.pk,
            "starts_at": meeting.starts_at.isoformat(),
            "approved_at": meeting.approved_at.isoformat() if meeting.approved_at else "",
            "approved_by": meeting.approved_by_id,
            "text": meeting.minutes_text,
            "decisions": [
                [key, hash_]
                for key, hash_ in meeting.decisions.order_by("number").values_list("key", "hash")
            ],
        }
    )


def minutes_are_intact(meeting: Meeting) -> bool:
    """Whether approved minutes still have the digest that the event log holds of them."""
    if meeting.approved_at is None:
        return False
    approved = (
        Event.objects.filter(
            type=MeetingChanged.name,
            subject_type="meeting",
            subject_id=meeting.pk,
            payload__what="approved",
        )
        .values_list("payload__digest", flat=True)
        .first()
    )
    return minutes_digest(meeting) == meeting.minutes_digest == approved

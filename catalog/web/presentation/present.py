"""The present that a page counts from: real time, or, for what has happened by then, the instant at
which a demonstration's story stands.

A story's people write at its instant while imports and sign-ins bear the time of the machine. What
is later than the story's instant can only be real.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_story: ContextVar[datetime | None] = ContextVar("story_instant", default=None)


def tell_story(instant: datetime | None) -> None:
    """Count from this instant while the page is written; None for real time alone."""
    _story.set(instant)


def present_for(moment: datetime | date) -> datetime:
    """The present from which a moment or a day is counted."""
    story = _story.get()
    if story is None:
        return timezone.now()
    if isinstance(moment, datetime):
        return story if moment <= story else timezone.now()
    return story if moment <= timezone.localdate(story) else timezone.now()

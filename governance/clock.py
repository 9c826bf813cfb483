"""Governance's clock: real time, or the story's time where a demonstration has frozen it.

Every timer, deadline and validity of governance reads this clock, so that a visitor of the
demonstration can move it and see a deadline pass. Only a service whose settings allow it
(`STORY_CLOCK`) ever leaves real time.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from governance.agreements.selectors.reading_once import once
from governance.models import StoryClock


@once
def now() -> dt.datetime:
    """The instant that holds for every rule of governance, in UTC."""
    if not settings.STORY_CLOCK:
        return timezone.now()
    frozen = StoryClock.objects.values_list("instant", flat=True).first()
    return frozen or timezone.now()

"""Keeping how many reads needed nobody's approval, one row a day (R-010)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from catalog.services.transaction import writing
from catalog.types import Principal
from governance.culture.models import SelfServiceMeasure
from governance.culture.selectors.self_service import reads_of

SYSTEM = Principal.system("self-service")


def measure_self_service() -> None:
    """Count today and yesterday, which ended since the last count. The log is of real time, and
    so is this, whatever the story's clock says."""
    today = timezone.now().astimezone(dt.UTC).date()
    with writing(SYSTEM, reason="Self-service of the day"):
        for day in (today - dt.timedelta(days=1), today):
            found = reads_of(day)
            SelfServiceMeasure.objects.update_or_create(
                day=day,
                defaults={
                    "by_itself": found.by_itself,
                    "approved": found.approved,
                    "refused": found.refused,
                },
            )

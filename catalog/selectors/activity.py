"""What happened to a dataset, from the event log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog.models import Dataset, Event
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal


def events_of(
    principal: Principal,
    dataset: Dataset,
    *,
    before: int | None = None,
    until: dt.datetime | None = None,
    limit: int = 50,
) -> Sequence[Event]:
    """The newest events of a dataset; `before` is the id of the last one of the page before."""
    if not visible_datasets(principal).filter(pk=dataset.pk).exists():
        return []
    events = Event.objects.filter(subject_type="dataset", subject_id=dataset.pk)
    if before is not None:
        events = events.filter(pk__lt=before)
    if until is not None:
        events = events.filter(created_at__lte=until)
    return list(events.order_by("-pk")[:limit])

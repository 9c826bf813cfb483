"""Suggested classes that wait for the answer of a steward, on their home."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from catalog.registries.waiting import WaitingItem
from catalog.selectors.datasets import visible_columns
from catalog.selectors.stewardship import stewarded_datasets
from catalog.types import Principal
from lineage.selectors.detected import unreviewed

MOST_COUNTED = 1_000


def reviews_waiting(principal: Principal) -> Sequence[WaitingItem]:
    """One item for all of them, by one query that stops counting at a thousand.

    What lineage alone suggests is not counted: it depends on who asks, and takes a walk. So the
    page may list more, and the item says "at least".
    """
    waiting = unreviewed().filter(
        dataset__in=stewarded_datasets(principal).values("pk"),
        column__in=visible_columns(principal),
    )
    count = waiting.order_by().values("pk")[:MOST_COUNTED].count()
    if not count:
        return []
    columns = "1 column" if count == 1 else f"{count:,} columns"
    return [
        WaitingItem(
            title=f"At least {columns} may hold personal, financial or secret data",
            href=f"{reverse('lineage:classifications')}?mine=1",
            action="Review",
            detail="Suggested by names and values; lineage may suggest more. Forty stand on a page,"
            " answered by keys.",
            meaning="proposed",
        )
    ]

"""Measurements of a dataset: its profiles over time and the statistics of its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.access import Action, gate
from catalog.models import Dataset, Profile
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal

STALE_AFTER = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What the latest profile says of a column; None where it says nothing.

    `least` and `greatest` are values of the data itself: None for who may not read it.
    """

    path: str
    nulls: int | None
    distinct: int | None
    least: Any
    greatest: Any
    rows: int | None

    @property
    def share_empty(self) -> float | None:
        """The share of rows without a value, 0 to 1."""
        if self.nulls is None or not self.rows:
            return None
        return self.nulls / self.rows


def measurements_of(
    principal: Principal, dataset: Dataset, *, until: dt.datetime | None = None, limit: int = 90
) -> Sequence[Profile]:
    """The latest profiles of a dataset, oldest first, without their column statistics."""
    profiles = _profiles(principal, dataset, until).defer("columns")[:limit]
    return list(profiles)[::-1]


def column_statistics(
    principal: Principal, dataset: Dataset, *, until: dt.datetime | None = None
) -> tuple[ColumnStatistics, ...]:
    """The latest profile's statistics by column path; extremes only for who may read all."""
    latest = _profiles(principal, dataset, until).exclude(columns={}).first()
    if latest is None:
        return ()
    readable = gate().authorize(principal, Action.READ_WHOLE, dataset).allowed
    return tuple(
        _statistics(path, stated, latest.rows, readable) for path, stated in latest.columns.items()
    )


def _profiles(principal: Principal, dataset: Dataset, until: dt.datetime | None) -> Any:
    profiles = Profile.objects.filter(dataset=dataset, dataset__in=visible_datasets(principal))
    if until is not None:
        profiles = profiles.filter(taken_at__lte=until)
    return profiles.order_by("-taken_at")


def _statistics(
    path: str, stated: Mapping[str, Any], rows: int | None, readable: bool
) -> ColumnStatistics:
    return ColumnStatistics(
        path=path,
        nulls=stated.get("nulls"),
        distinct=stated.get("distinct"),
        least=stated.get("min") if readable else None,
        greatest=stated.get("max") if readable else None,
        rows=rows,
    )

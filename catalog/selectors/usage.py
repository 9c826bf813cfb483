"""Who uses a dataset, how often, and who follows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone

from catalog.models import (
    Dataset,
    DatasetUse,
    Distribution,
    Follow,
    ProductPort,
)
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """Use within `days`: distinct people, page views in the catalog, reads of the data."""

    days: int
    people: int
    views: int
    reads: int


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """Views and reads on one day."""

    day: dt.date
    views: int
    reads: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who used a dataset, and how often."""

    username: str
    name: str
    times: int


def usage_summary(principal: Principal, dataset: Dataset, days: int = 30) -> UsageSummary:
    """The use of a dataset in the last `days` days, in one query."""
    found = _uses(principal, dataset, days).aggregate(
        people=Count("person", distinct=True), views=Sum("views"), reads=Sum("reads")
    )
    return UsageSummary(days, found["people"], found["views"] or 0, found["reads"] or 0)


def usage_by_day(principal: Principal, dataset: Dataset, days: int = 90) -> Sequence[DayOfUse]:
    """Every day of the last `days`, oldest first; days without use hold zeros."""
    rows = (
        _uses(principal, dataset, days)
        .order_by()
        .values("day")
        .annotate(total_views=Sum("views"), total_reads=Sum("reads"))
    )
    by_day = {row["day"]: (row["total_views"], row["total_reads"]) for row in rows}
    today = timezone.localdate()
    every = [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [DayOfUse(day, *by_day.get(day, (0, 0))) for day in every]


def heaviest_readers(
    principal: Principal, dataset: Dataset, days: int = 90, limit: int = 10
) -> Sequence[Reader]:
    """The people who used the dataset most in the last `days` days."""
    rows = (
        _uses(principal, dataset, days)
        .filter(person__isnull=False)
        .order_by()
        .values("person_id", "person__display_name", "person__username")
        .annotate(times=Sum(F("views") + F("reads")))
        .order_by("-times", "person_id")[:limit]
    )
    return [
        Reader(
            row["person__username"],
            row["person__display_name"] or row["person__username"],
            row["times"],
        )
        for row in rows
    ]


def followers_of(principal: Principal, dataset: Dataset) -> QuerySet[Follow]:
    """Who hears of changes to the dataset, the newest first."""
    return Follow.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal)
    ).select_related("person")


def distributions_of(principal: Principal, dataset: Dataset) -> QuerySet[Distribution]:
    """The physical instances of a logical dataset (R-058)."""
    return Distribution.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal)
    ).select_related("system")


def products_of(principal: Principal, dataset: Dataset) -> QuerySet[ProductPort]:
    """The data products that read or offer the dataset (R-018)."""
    return ProductPort.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal)
    ).select_related("product")


def _uses(principal: Principal, dataset: Dataset, days: int) -> QuerySet[DatasetUse]:
    since = timezone.localdate() - dt.timedelta(days=days - 1)
    return DatasetUse.objects.filter(
        dataset=dataset, dataset__in=visible_datasets(principal), day__gte=since
    )

"""The use that sources count becomes the score by which lists and search order datasets."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Dataset, DatasetUse, Event
from catalog.types import SourceUsage
from tests.catalog.ingest.sources import PLACE, bring, table

pytestmark = pytest.mark.django_db


def _reads(name: str, reads: int, *, days_ago: int = 0) -> SourceUsage:
    day = timezone.localdate() - dt.timedelta(days=days_ago)
    return SourceUsage(f"{PLACE}.{name}", day, reads)


def _scores() -> dict[str, float]:
    return dict(Dataset.objects.values_list("name", "usage_score"))


def _told() -> list[str]:
    return [
        event.subject_name.rpartition(".")[2]
        for event in Event.objects.filter(type="catalog.dataset.changed").order_by("pk")
        if event.payload["fields"] == ["use"]
    ]


def test_the_score_is_the_use_of_the_last_thirty_days() -> None:
    # given two datasets, one read within thirty days and before
    bring(table("orders"), table("quiet"))
    # when a source counts
    bring(
        _reads("orders", 5),
        _reads("orders", 7, days_ago=29),
        _reads("orders", 100, days_ago=30),
        complete=False,
    )
    # then only what is recent counts, and search hears of it
    assert _scores() == {"orders": 12.0, "quiet": 0.0}
    assert _told() == ["orders"]


def test_a_later_count_replaces_the_score_and_views_belong_to_it() -> None:
    # given a count, and page views of today
    bring(table("orders"), _reads("orders", 1000))
    DatasetUse.objects.create(dataset=Dataset.objects.get(), person=None, day=_yesterday(), views=3)
    # when the source counts the same day anew
    bring(_reads("orders", 1100), complete=False)
    # then the score follows; so small a change is not worth an event
    assert _scores() == {"orders": 1103.0}
    assert _told() == ["orders"]


def test_what_nobody_reads_any_more_falls_with_the_next_count() -> None:
    # given a dataset whose reads are long ago
    bring(table("old"), table("new"))
    Dataset.objects.filter(name="old").update(usage_score=500)
    # when any dataset is counted
    bring(_reads("new", 1), complete=False)
    # then the old score is gone
    assert _scores() == {"old": 0.0, "new": 1.0}
    assert _told() == ["old"]


def test_a_dry_run_scores_nothing() -> None:
    bring(table("orders"))

    bring(_reads("orders", 50), complete=False, dry_run=True)

    assert _scores() == {"orders": 0.0}
    assert _told() == []


def test_a_run_without_counts_leaves_scores_alone() -> None:
    bring(table("orders"))
    Dataset.objects.update(usage_score=9)

    bring(table("orders", "id"))

    assert _scores() == {"orders": 9.0}


def _yesterday() -> dt.date:
    return timezone.localdate() - dt.timedelta(days=1)

"""How many hits changed lately, counted for who searches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from catalog.models import Dataset
from catalog.selectors.search import Filter, SearchAnswer, suggest
from catalog.types import Principal
from tests.catalog.search.conftest import Find, names

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.fixture
def anchors(dataset: MakeDataset) -> None:
    """Five datasets that changed an hour to five hundred days ago."""
    now = dt.datetime.now(dt.UTC)
    for name, hours in (("now", 1), ("days", 72), ("weeks", 480), ("months", 2_400)):
        dataset(f"anchor_{name}", source_modified_at=now - dt.timedelta(hours=hours))
    dataset("anchor_years", source_modified_at=now - dt.timedelta(days=500))


def counts(answer: SearchAnswer) -> list[tuple[str, int, bool]]:
    (facet,) = answer.facets
    assert (facet.field, facet.label, facet.has_more) == ("changed", "Changed", False)
    return [(value.value, value.count, value.is_chosen) for value in facet.values]


def test_each_span_holds_those_before_it(anchors: None, find: Find) -> None:
    answer = find("anchor", facets=("changed",))

    assert answer.total == 5
    assert counts(answer) == [
        ("day", 1, False),
        ("week", 2, False),
        ("month", 3, False),
        ("year", 4, False),
    ]
    assert [value.label for value in answer.facets[0].values][1] == "In the last week"
    assert not any(value.is_lower_bound for value in answer.facets[0].values)


@pytest.mark.parametrize("typed", ["anchor changed:week", "anchor changed:WEEK"])
def test_a_chosen_span_narrows_everything_but_itself(anchors: None, find: Find, typed: str) -> None:
    answer = find(typed, facets=("changed",))

    assert sorted(names(answer)) == ["anchor_days", "anchor_now"]
    assert counts(answer) == [
        ("day", 1, False),
        ("week", 2, True),
        ("month", 3, False),
        ("year", 4, False),
    ]
    assert find("anchor", filters=(Filter("changed", "week"),)).total == 2
    assert find("anchor -changed:week").total == 3
    by_type = find("anchor changed:month", facets=("type",)).facets[0].values
    assert [(value.value, value.count) for value in by_type] == [("table", 3)]


def test_without_words_all_are_counted(anchors: None, find: Find) -> None:
    assert counts(find("kind:dataset", facets=("changed",)))[0] == ("day", 1, False)
    assert find("kind:dataset changed:year").total == 4


def test_spans_are_completed(anchors: None, employee: Principal) -> None:
    assert [one.query for one in suggest(employee, "anchor changed:m")] == ["anchor changed:month"]

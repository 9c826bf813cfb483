"""Curators put datasets first, within the band in which they are found (R-055)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Event, SearchPlacement
from catalog.search.cursors import MAX_PLACED
from catalog.search.indexing import Subject, refresh
from catalog.search.placing import key_of, today
from catalog.selectors.search import Band, Order, Page
from catalog.services.placements import place_first, take_back
from catalog.types import Principal
from tests.catalog.search.conftest import Find, names
from tests.factories import administrator, principal

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]
SOON = dt.timedelta(days=30)


@pytest.fixture
def anchors(dataset: MakeDataset) -> Sequence[Dataset]:
    """One of exactly this name, four with more words in theirs, used less and less."""
    named = ("anchor", "anchor_a", "anchor_b", "anchor_c", "anchor_d")
    return [dataset(name, usage_score=10 ** (6 - n)) for n, name in enumerate(named)]


def put(dataset: Dataset, query: str, until: dt.date | None = None) -> SearchPlacement:
    placement = place_first(
        acting=administrator(),
        dataset_id=dataset.pk,
        query=query,
        reason="The one to use",
        ends_on=until or today() + SOON,
    )
    refresh([Subject("dataset", dataset.pk)])
    return placement


def test_it_comes_first_in_its_band_and_an_exact_name_stays_before_it(
    anchors: Sequence[Dataset], find: Find
) -> None:
    assert names(find("anchor")) == ["anchor", "anchor_a", "anchor_b", "anchor_c", "anchor_d"]

    put(anchors[4], "Anchors")

    answer = find("anchor")
    assert names(answer) == ["anchor", "anchor_d", "anchor_a", "anchor_b", "anchor_c"]
    assert answer.total == 5
    assert [hit.band for hit in answer.hits[:2]] == [Band.NAME, Band.NAME_WORDS]
    until = exact_day(today() + SOON)
    assert answer.hits[1].explanation == (
        f"The word is in the name; put first for this search until {until}: The one to use"
    )
    assert names(find("anchor", order=Order.NAME))[1] == "anchor_a"
    assert names(find("anchor a"))[0] == "anchor_a"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_show_each_hit_once(anchors: Sequence[Dataset], find: Find, size: int) -> None:
    put(anchors[4], "anchor")
    put(anchors[3], "anchor")

    shown, page = [], Page(size)
    for _ in range(10):
        answer = find("anchor", page)
        assert answer.first_position == len(shown) + 1
        shown += names(answer)
        if answer.next_page is None:
            break
        page = answer.next_page

    assert shown == ["anchor", "anchor_d", "anchor_c", "anchor_a", "anchor_b"]
    assert answer.total == 5


def test_what_was_put_first_in_all_searches_precedes_its_like(
    dataset: MakeDataset, find: Find
) -> None:
    used = dataset("winch_a", usage_score=100)
    lifted = dataset("winch_b", usage_score=50)
    exact = dataset("winch")
    assert names(find("winch")) == [exact.name, used.name, lifted.name]

    put(lifted, "")

    answer = find("winch")
    assert names(answer) == [exact.name, lifted.name, used.name]
    assert answer.hits[1].explanation.endswith(": The one to use")
    assert "lifted in all searches until" in answer.hits[1].explanation


def test_it_ends_with_its_day_and_when_it_is_taken_back(
    anchors: Sequence[Dataset], find: Find
) -> None:
    placement = put(anchors[4], "anchor")
    SearchPlacement.objects.update(ends_on=today() - dt.timedelta(days=1))
    assert names(find("anchor"))[1] == "anchor_a"

    SearchPlacement.objects.update(ends_on=today())
    assert names(find("anchor"))[1] == "anchor_d"

    take_back(acting=administrator(), placement_id=placement.pk, reason="No longer")
    assert names(find("anchor"))[1] == "anchor_a"
    with pytest.raises(NotFound):
        take_back(acting=administrator(), placement_id=placement.pk)
    kept = Event.objects.filter(subject_type="dataset", subject_id=anchors[4].pk).count()
    assert kept == 2


def test_what_does_not_match_is_not_shown_however_first_it_was_put(
    anchors: Sequence[Dataset], dataset: MakeDataset, find: Find
) -> None:
    put(dataset("rope"), "anchor")

    assert names(find("anchor")) == ["anchor", "anchor_a", "anchor_b", "anchor_c", "anchor_d"]


@pytest.mark.parametrize(
    ("query", "reason", "days", "field"),
    [
        ("!!", "why", 1, "query"),
        ("anchor", " ", 1, "reason"),
        ("anchor", "why", -1, "ends_on"),
        ("anchor", "why", 400, "ends_on"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    anchors: Sequence[Dataset], query: str, reason: str, days: int, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        place_first(
            acting=administrator(),
            dataset_id=anchors[1].pk,
            query=query,
            reason=reason,
            ends_on=today() + dt.timedelta(days=days),
        )

    assert refusal.value.field == field
    assert not SearchPlacement.objects.exists()


def test_five_at_most_come_first_in_one_search(dataset: MakeDataset) -> None:
    made = [dataset(f"anchor_{number}") for number in range(MAX_PLACED + 1)]
    for one in made[:MAX_PLACED]:
        put(one, "anchor")

    with pytest.raises(Conflict):
        put(made[-1], "anchors")
    assert SearchPlacement.objects.count() == MAX_PLACED
    put(made[0], "anchor")  # what is there is placed anew
    assert SearchPlacement.objects.count() == MAX_PLACED


def test_only_a_steward_puts_something_first(anchors: Sequence[Dataset]) -> None:
    somebody: Principal = principal()

    with pytest.raises(AccessRefused):
        place_first(
            acting=somebody,
            dataset_id=anchors[1].pk,
            query="anchor",
            reason="Mine",
            ends_on=today(),
        )
    assert not SearchPlacement.objects.exists()


def test_ways_to_write_the_same_words_are_one_search() -> None:
    assert key_of("Customer  orders") == key_of("customer_order") == "customer order"

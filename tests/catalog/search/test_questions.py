"""Questions in many words: the rare ones decide, forms of a word are one, the name says more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.models import Dataset
from catalog.selectors.search import Page
from tests.catalog.search.conftest import Find, dataset_names, names

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.fixture
def library(dataset: MakeDataset) -> None:
    """Ten datasets whose descriptions share their common words."""
    for subject in ("north", "south", "east", "west", "upper", "lower"):
        dataset(
            f"{subject}_totals", harvested_description="Total amount of customers for each month"
        )
    dataset("wages", harvested_description="What employees are paid each month, and bonuses")
    dataset("harbors", harvested_description="Vessels that berthed, with their tonnage and pilots")
    dataset(
        "voyages",
        harvested_description="The total of each month: amount, customers, month, total, berthing",
    )
    dataset("tonnage", harvested_description="Of vessels")


def test_rare_words_weigh_more_than_common_ones(library: None, find: Find) -> None:
    found = names(
        find("what total amount of tonnage did the vessels bring for customers in a month")
    )

    assert set(found[:2]) == {"harbors", "tonnage"}
    assert "north_totals" in found


def test_a_question_finds_forms_of_its_words(library: None, find: Find) -> None:
    assert names(find("which vessel is berthing with pilot and crew and cargo"))[0] == "harbors"
    assert names(find("how much is the payment of an employed person with a bonus today"))[0] == (
        "wages"
    )


def test_no_word_empties_a_question(library: None, find: Find) -> None:
    answer = find("zzzz yyyy xxxx wwww vvvv uuuu tonnage")

    assert set(names(answer)) == {"harbors", "tonnage"}
    assert [notice.code for notice in answer.notices] == ["some_words"]


def test_words_nobody_wrote_find_nothing(library: None, find: Find) -> None:
    answer = find("zzzz yyyy xxxx wwww vvvv uuuu", facets=("kind",))

    assert (answer.hits, answer.total) == ((), 0)
    assert [notice.code for notice in answer.notices] == ["nothing"]


def test_a_word_in_the_name_says_more_than_in_the_text(library: None, find: Find) -> None:
    found = names(find("say something about tonnage, please, whoever knows anything true"))

    assert found[:2] == ["tonnage", "harbors"]


def test_a_word_said_often_saturates(dataset: MakeDataset, find: Find) -> None:
    dataset("loud", harvested_description=" ".join(["anchor"] * 50))
    dataset("wise", harvested_description="anchor chain winch rope, and other things on board")

    assert names(find("anchor chain winch rope bitumen lantern gunwale"))[0] == "wise"


def test_a_long_text_that_keeps_to_the_subject_is_not_behind_a_short_mention(
    dataset: MakeDataset, find: Find
) -> None:
    # Given a text of average length with the word once, and one nine times as long all about it
    for subject in ("north", "south", "east", "west", "upper", "lower"):
        dataset(subject, harvested_description=f"{subject} {' '.join(['filling'] * 19)}")
    dataset("short", harvested_description=f"dredging {' '.join(['nothing'] * 19)}")
    dataset("long", harvested_description=" ".join(["dredging"] * 16 + ["matters"] * 184))

    found = names(find("dredging bitumen lantern gunwale capstan hawser"))

    # Then its length takes from it what BM25 takes from a word said sixteen times
    assert found == ["long", "short"]


def test_forty_words_and_more_are_a_question_too(library: None, find: Find) -> None:
    text = " ".join(f"filler{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(38))
    answer = find(f"tonnage of vessels {text} and many words more", facets=("kind", "lifecycle"))

    assert dataset_names(answer)[:2] == ["tonnage", "harbors"]
    assert answer.total == 2


def test_deprecated_answers_come_later(dataset: MakeDataset, find: Find) -> None:
    text = "Tides of the harbor by hour"
    dataset("tides_then", harvested_description=text, lifecycle="deprecated", usage_score=10_000)
    dataset("tides_now", harvested_description=text)

    assert names(find("at which hour are the tides high in that harbor of ours, roughly"))[:2] == [
        *("tides_now", "tides_then")
    ]


def test_pages_of_a_question_tile_the_whole(library: None, find: Find) -> None:
    text = "what total amount of tonnage did the vessels bring for customers in a month"
    whole = find(text, page=Page(size=100))
    seen: list[int] = []
    page: Page | None = Page(size=3)
    while page is not None:
        answer = find(text, page=page)
        assert answer.total == whole.total
        seen += [hit.id for hit in answer.hits]
        page = answer.next_page

    assert seen == [hit.id for hit in whole.hits]

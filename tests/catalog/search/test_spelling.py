"""Words that nothing holds are compared with those that documents hold, however many these are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from catalog.models import SearchWord
from catalog.search import spelling
from catalog.search.reading import parse_plain
from catalog.search.registry import COLUMN, kinds
from catalog.search.visibility import Visibility

pytestmark = pytest.mark.django_db
EVERYTHING = Visibility(frozenset((*kinds.names(), COLUMN)))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    spelling.forget_read()
    yield
    spelling.forget_read()


def likely(text: str) -> list[list[str]]:
    found = spelling.with_likely(parse_plain(text), EVERYTHING)
    return [[other.surface for (other,) in word.others] for word in found.words]


SHORT = st.text("abcd", min_size=3, max_size=9)


@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.sets(SHORT, max_size=30), SHORT, st.integers(1, 2))
def test_no_word_that_is_near_is_passed_over(held: set[str], typed: str, slips: int) -> None:
    # Given a dictionary, and a word that may be near to some of it
    spelling.forget_read()
    spelling.replace_all(Counter(held))
    dictionary = spelling._Dictionary()
    dictionary.weights()

    near = dictionary.near(typed, slips)

    # Then what is found is what a comparison with every word finds, each once
    assert sorted(near) == sorted(one for one in held if OSA.distance(typed, one) == slips)


def test_of_many_words_as_near_the_commonest_is_meant() -> None:
    # Given a dozen words that are one letter from what was typed, the last of them the commonest
    words = [f"harbo{letter}" for letter in "abcdefghijklmr"]
    spelling.replace_all(Counter(dict.fromkeys(words, 1) | {"harbor": 9}))

    assert likely("harbox") == [["harbor"]]


def test_a_word_with_one_slip_comes_before_commoner_ones_with_two() -> None:
    spelling.replace_all(Counter({"shipment": 1, "shipping": 50, "shipmates": 90}))

    assert likely("shipmnet")[0] == ["shipment"]
    assert likely("shpimnet")[0] == ["shipment"]


def test_a_word_of_another_script_is_met_by_what_begins_alike() -> None:
    # Given forms of a word beside one that only begins with the same letters
    SearchWord.objects.bulk_create(
        SearchWord(word=word, documents=1) for word in ("авария", "аварии", "авансы", "порт")
    )

    assert likely("авар") == [["аварии", "авария"]]

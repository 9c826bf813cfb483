"""The query language: what is understood, and the sentence for what is not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.search.query import MAX_WORDS, Filter, parse, replace_words


def words(text: str) -> list[str]:
    return [word.surface for word in parse(text).words]


def test_words_filters_phrases_and_exclusions_are_told_apart() -> None:
    parsed = parse('orders "monthly report" -draft owner:"Ada B" -tag:old has:description')

    assert [word.surface for word in parsed.words] == ["orders", "monthly", "report"]
    assert parsed.phrases == (" monthly report ",)
    assert parsed.excluded_words == (("draft",),)
    assert parsed.filters == (
        Filter("owner", "Ada B"),
        Filter("tag", "old", is_negated=True),
        Filter("has", "description"),
    )
    assert parsed.exact == "orders monthly report"


def test_stop_words_of_running_text_are_optional_and_those_of_names_are_not() -> None:
    running = {word.surface: word.is_optional for word in parse("cost of goods").words}
    assert running == {"cost": False, "of": True, "goods": False}

    named = {word.surface: word.is_optional for word in parse("cost_of_goods").words}
    assert named == {"cost": False, "of": False, "goods": False}


def test_stop_words_alone_are_searched_for() -> None:
    assert [word.surface for word in parse("who").needed] == ["who"]


def test_a_qualified_name_is_no_field() -> None:
    parsed = parse("postgres://warehouse/shop.public.orders")

    assert parsed.filters == ()
    assert parsed.exact == "postgres://warehouse/shop.public.orders"
    assert parsed.notices == ()


def test_an_unknown_field_is_read_as_words_with_a_notice() -> None:
    parsed = parse("colour:red")

    assert [word.surface for word in parsed.words] == ["colour", "red"]
    assert parsed.notices[0].code == "unknown_field"
    assert "“colour”" in parsed.notices[0].text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('say "hello', "The quote before 'hello' is never closed"),
        ("owner:", "owner: needs a value"),
        ('owner:""', "owner: needs a value"),
        ("x" * 1001, "This search has 1,001 characters; the limit is 1,000."),
        ("a " * 100, "This search has 100 parts; the limit is 60."),
    ],
)
def test_an_ill_formed_query_says_how_to_mend_it(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse(text)

    assert refusal.value.message.startswith(sentence)
    assert refusal.value.field == "q"


def test_words_beyond_the_limit_are_dropped_with_a_notice() -> None:
    parsed = parse(" ".join(f"word{chr(97 + n)}" for n in range(20)))

    assert len(parsed.words) == MAX_WORDS
    assert [notice.code for notice in parsed.notices] == ["too_many_words"]


@pytest.mark.parametrize(
    ("count", "must_match"), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (7, 4), (10, 7)]
)
def test_one_wrong_word_of_three_or_more_is_forgiven(count: int, must_match: int) -> None:
    text = " ".join(f"word{chr(97 + n)}" for n in range(count))

    assert parse(text).must_match(all_words=False) == must_match
    assert parse(text).must_match(all_words=True) == count


def test_a_correction_leaves_filters_and_exclusions_alone() -> None:
    corrected = replace_words("custmer -ordrs tag:custmer ordrs", {"custmer": "customer"})

    assert corrected == "customer -ordrs tag:custmer ordrs"


@given(st.text(max_size=200))
def test_whatever_is_typed_is_understood_or_refused_in_words(text: str) -> None:
    with suppress(InvalidInput):
        parsed = parse(text)
        assert "\x00" not in parsed.text
        assert len(parsed.words) <= MAX_WORDS

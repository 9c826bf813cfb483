"""Names and texts become the same words, whoever writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.tokens import (
    fold,
    name_forms,
    phrase,
    stem,
    tokens,
    unicode_tokens,
    words,
)


def surfaces(text: str) -> list[str]:
    return [token.surface for token in tokens(text)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_orders", ["customer", "orders"]),
        ("CustomerOrders", ["customer", "orders"]),
        ("customer-orders.v2", ["customer", "orders", "v2"]),
        ("HTTPServerURL", ["http", "server", "url"]),
        ("customerIDs", ["customer", "ids"]),
        ("orders2024", ["orders", "2024"]),
        ("s3", ["s3"]),
        ("GE", ["ge"]),
        ("id", ["id"]),
        ("Größe", ["grosse"]),
        ("GrößenTabelle", ["grossen", "tabelle"]),
        ("Ærø café", ["aero", "cafe"]),
        ("İstanbul", ["istanbul"]),
        ("顧客注文", ["顧客", "客注", "注文"]),
        ("顧客table", ["顧客", "table"]),
        ("हिन्दी", ["हिन्दी"]),
        ("GE's data", ["ge", "data"]),
        ("a\x00b", ["a", "b"]),
        ("", []),
        ("!!! --- 🎉", []),
    ],
)
def test_names_split_before_lowercase(name: str, words: list[str]) -> None:
    assert surfaces(name) == words


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("orders", "order"),
        ("categories", "category"),
        ("movies", "movie"),
        ("databases", "database"),
        ("statuses", "status"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("caches", "cache"),
        ("branches", "branch"),
        ("analyses", "analysis"),
        ("sizes", "size"),
        ("indices", "index"),
        ("people", "person"),
        ("ids", "id"),
    ],
)
def test_plurals_fold_to_the_same_stem(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular)


@pytest.mark.parametrize(("one", "other"), [("status", "state"), ("class", "clas"), ("us", "u")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_a_name_is_found_by_its_words_joined() -> None:
    assert {"customerorders", "customer", "orders", "order"} <= {*name_forms("customer_orders")}


def test_a_single_character_of_an_unspaced_script_is_a_form() -> None:
    assert "客" in name_forms("顧客注文")


def test_a_phrase_keeps_order_and_plurals() -> None:
    assert phrase("Monthly-Reports 2024") == " monthly reports 2024 "


@given(st.text(alphabet="aAbBsS12 _'.-", max_size=14))
def test_the_fast_way_for_ascii_finds_the_same_words(text: str) -> None:
    assert tokens(text) == unicode_tokens(text)


@given(st.text(max_size=60))
def test_every_word_stands_where_it_says_and_is_folded(text: str) -> None:
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end]).startswith(token.surface[:1])
        assert token.surface == fold(token.surface)


@given(st.text(max_size=60))
def test_case_of_a_plain_word_never_matters(text: str) -> None:
    word = "".join(c for c in text if c.isascii() and c.isalpha())
    assert surfaces(word.lower()) == surfaces(word.upper()) or word.upper().endswith("S")


@given(st.text(max_size=60))
def test_words_are_the_folded_surfaces_of_tokens(text: str) -> None:
    assert words(text) == [fold(token.surface) for token in tokens(text)]

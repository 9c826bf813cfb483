"""The list under the search box."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.models import Dataset
from catalog.selectors.search import suggest
from catalog.types import Principal

pytestmark = pytest.mark.django_db


def suggested(principal: Principal, text: str) -> list[tuple[str, str]]:
    return [(item.kind, item.name.text) for item in suggest(principal, text)]


def test_names_are_suggested_by_how_their_words_begin(
    shop: dict[str, Dataset], employee: Principal
) -> None:
    found = suggested(employee, "cust ord")

    assert ("dataset", "customer_orders") in found
    assert ("dataset", "shipments") not in found


def test_the_exact_name_is_suggested_first(shop: dict[str, Dataset], employee: Principal) -> None:
    assert suggested(employee, "orders")[0] == ("dataset", "orders")


def test_column_names_complete_to_a_filter(shop: dict[str, Dataset], employee: Principal) -> None:
    (column,) = [item for item in suggest(employee, "carrier") if item.kind == "column"]

    assert column.name.text == "carrier_code"
    assert column.query == "column:carrier_code"


def test_values_of_a_filter_are_completed(shop: dict[str, Dataset], employee: Principal) -> None:
    found = suggest(employee, "orders lifecycle:dep")

    assert [(item.kind, item.name.text, item.query) for item in found] == [
        ("filter", "Deprecated", "orders lifecycle:deprecated")
    ]


@pytest.mark.parametrize(
    ("tag", "typed"),
    [
        ("Zürich", "tag:zür"),
        ("Zürich", "tag:ZUR"),
        ("Büro Ökonomie", "tag:oko"),
        ("Андрей", "tag:андрей"),
    ],
)
def test_values_are_completed_whatever_their_accents(
    dataset: Callable[..., Dataset], employee: Principal, tag: str, typed: str
) -> None:
    dataset("branches", tags=(tag, "Zebra"))

    assert [item.name.text for item in suggest(employee, typed)] == [tag]


def test_columns_are_among_the_kinds_to_choose(
    shop: dict[str, Dataset], employee: Principal
) -> None:
    found = [(item.name.text, item.query) for item in suggest(employee, "carrier kind:colu")]

    assert found == [("Columns", "carrier kind:column")]


@pytest.mark.parametrize("text", ["", " ", '"', "owner:", "a" * 5000, "\x00", "is:nonsense x", "%"])
def test_half_typed_text_never_fails(
    shop: dict[str, Dataset], employee: Principal, text: str
) -> None:
    assert isinstance(suggest(employee, text), tuple)


def test_no_more_than_asked_for(shop: dict[str, Dataset], employee: Principal) -> None:
    assert len(suggest(employee, "o", limit=2)) <= 2

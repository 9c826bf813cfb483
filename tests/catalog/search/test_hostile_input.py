"""All input is hostile: it finds something, finds nothing, or is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.search.clauses import MAX_DEPTH
from catalog.selectors.search import ALL_FACETS, Filter, suggest
from catalog.types import Principal
from tests.catalog.search.conftest import Find, names

pytestmark = pytest.mark.django_db

HOSTILE = [
    "'; DROP TABLE catalog_searchdocument; --",
    "orders' & !x | (y <-> z):*",
    "orders:*",
    "a\\'b\\\\",
    "orders\x00customers",
    "\x00",
    "%s %d %(x)s",
    "%",
    "100%",
    "_",
    "((((((((",
    "OR OR OR",
    "<script>alert(1)</script>",
    "\u202e\u200b\ufeff",
    "\ud800",
    "🎉🎉",
    "order\ue000",
    "select * from \x00a, b.c(",
    "FROM \ud800.x y",
    "who owns \x00",
    "\u0130\u0131ß \u1e9e \ufb01le",
    "שלום مرحبا",
    "[a].[b",
    "s3:///",
    "-",
    "--",
    "- -x",
    ":",
    "::::",
    "owner:'; --",
    "tag:%",
    "kind:",
    "column:'''",
    'name:"\\"',
    "\\",
    "a" * 1000,
    "a_" * 500,
    "x" * 10_240,
    "顧" * 1000,
    "é" * 999,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_breaks_search(shop: dict[str, Dataset], find: Find, text: str) -> None:
    refusals = []
    try:
        answer = find(text, facets=ALL_FACETS)
    except InvalidInput as refusal:
        refusals.append(refusal)
    else:
        assert answer.total >= len(answer.hits)

    assert [(refusal.field, refusal.message[-1] in ".") for refusal in refusals] in (
        [],
        [("q", True)],
    )
    assert names(find("orders"))[0] == "orders"  # everything is still there


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_breaks_suggestions(
    shop: dict[str, Dataset], employee: Principal, text: str
) -> None:
    for beginning in ("", "orders ", *(f"{field}:" for field in ALL_FACETS), "name:", "column:"):
        assert len(suggest(employee, f"{beginning}{text}")) <= 8
    assert suggest(employee, "orders")


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_clicked_breaks_search(shop: dict[str, Dataset], find: Find, value: str) -> None:
    for field in ("owner", "column", "name", "system"):
        answer = find("", filters=(Filter(field, value),))
        assert answer.total >= 0
    assert find("kind:dataset").total == len(shop)


@pytest.mark.parametrize("sign", ["", "-", "NOT ", "NOT NOT "])
@pytest.mark.parametrize("before", ["shipments OR parcel", "shipments", "kind:dataset OR tag:pii"])
def test_brackets_as_deep_as_they_may_be_are_read(
    shop: dict[str, Dataset], find: Find, sign: str, before: str
) -> None:
    text = "goods"
    for _ in range(MAX_DEPTH):
        text = f"{sign}({before} {text})"

    answer = find(text, facets=ALL_FACETS)

    assert answer.total == len(answer.hits) <= 20
    assert find(f"{text} OR name:GE", facets=ALL_FACETS).total > 0


def test_an_unknown_field_or_facet_is_named(shop: dict[str, Dataset], find: Find) -> None:
    with pytest.raises(InvalidInput, match="no search field 'password'"):
        find("", filters=(Filter("password", "x"),))
    with pytest.raises(InvalidInput, match="no facet 'password'"):
        find("", facets=("password",))


def test_hostile_names_are_found_by_themselves(dataset: Callable[..., Dataset], find: Find) -> None:
    hostile = ["o'rders", "back\\slash", "🎉", "a b.c", "%", "x" * 490, "'; --"]
    for name in hostile:
        dataset(name)

    for name in hostile:
        assert names(find(name))[0] == name


def test_ten_thousand_columns_are_one_document(dataset: Callable[..., Dataset], find: Find) -> None:
    dataset("wide", columns=tuple(f"measure_{number}" for number in range(3000)))

    assert names(find("measure_2999"))[0] == "wide"
    assert find("measure_2999").hits[0].columns[0].text == "measure_2999"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=80))
def test_any_text_at_all(shop: dict[str, Dataset], find: Find, text: str) -> None:
    with suppress(InvalidInput):
        answer = find(text)
        assert answer.total >= len(answer.hits)
    with connection.cursor() as cursor:  # the transaction is still sound
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

"""The quick way to a column's JSON says what the thorough one says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.search.answers import HitFacts
from catalog.search.backends.elasticsearch.bodies import (
    apart,
    column_bodies,
    described,
    document_body,
    object_id_of,
    plain,
    shared_by_plain,
)
from catalog.search.backends.standing import fitting_of, read_fitting
from catalog.search.documents import ColumnDocument, SearchDocument, Term, inherited_terms

NAMES = st.text(max_size=40) | st.sampled_from(
    ["customer_id", "CustomerID", 'with "quotes"', "Größe", "顧客 注文", "a.b.c", "", "x" * 700]
)
decode = msgspec.json.decode


def document(
    name: str, columns: tuple[ColumnDocument, ...], *, is_demoted: bool = False
) -> SearchDocument:
    return SearchDocument(
        kind="dataset",
        id=7,
        name=name,
        qualified_name=f"postgres://host/shop.public.{name}",
        place=("host", "shop", "public"),
        terms=(
            Term("kind", "dataset"),
            Term("type", "table"),
            Term("owner", "Ada"),
            Term("tag", "x"),
        ),
        importance=37,
        is_demoted=is_demoted,
        changed_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC),
        facts=HitFacts(type="table", usage=3.5),
        columns=columns,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, NAMES, NAMES, st.text(max_size=20), st.booleans())
def test_plain_columns_are_put_together_as_any_column_is_built(
    dataset: str, name: str, path: str, physical_type: str, is_demoted: bool
) -> None:
    column = ColumnDocument(99, path, name, physical_type=physical_type)
    whole = document(dataset, (column,), is_demoted=is_demoted)
    inherited = (Term("kind", "column"), *inherited_terms(whole))

    quick = plain(whole, column, shared_by_plain(whole, inherited))

    assert decode(quick) == decode(described(whole, column, inherited))


def test_only_plain_columns_go_the_quick_way() -> None:
    columns = (
        ColumnDocument(1, "id", "id"),
        ColumnDocument(2, "net", "net", description="Without tax"),
        ColumnDocument(3, "gross", "gross", terms=(Term("tag", "pii"),), words=("pii",)),
        ColumnDocument(4, "old", "old", is_demoted=True),
    )

    bodies = [decode(body.json) for body in column_bodies([document("orders", columns)])]

    assert [object_id_of(body["uid"]) for body in bodies] == [1, 2, 3, 4]
    assert [body["facets"].get("has") for body in bodies] == [None, "description", None, None]
    assert [body["facets"].get("tag") for body in bodies] == [None, None, "pii", None]
    assert ["is_demoted" in body for body in bodies] == [False, False, False, True]


def test_a_root_has_a_word_for_how_often_it_stands() -> None:
    # Given a text with a word seven times, one twice, and one in a name of four words
    text = f"{'tide ' * 7} buoy buoy mole"
    whole = SearchDocument("dataset", 7, "old lamp of harbors", "p://h/lamp", description=text)

    words = decode(document_body(whole, 5).json)["roots"].split()

    # Then each tells it by the nearest of the steps; what stands once tells nothing more
    assert {word for word in words if "^" in word} >= {"tide^8", "buoy^2", "lamp^2.5"}
    assert [word for word in words if word.startswith("tide")] == ["tide", "tide^8"]
    assert [word for word in words if word.startswith("mole")] == ["mole"]


def test_what_is_stored_tells_how_much_of_a_name_one_word_is() -> None:
    # Given names of one word, two, and more than a share is told of; and a demoted one
    columns = (
        ColumnDocument(1, "id", "id"),
        ColumnDocument(2, "order_id", "order_id"),
        ColumnDocument(3, long := "_".join("abcdefghijklmnop"), long),
        ColumnDocument(4, "id", "id", is_demoted=True),
    )

    # When they are written
    bodies = [decode(body.json) for body in column_bodies([document("orders", columns)])]
    whole = decode(document_body(document("orders", ()), 1).json)

    # Then each tells the share, before what else is told by its standing
    shares = [read_fitting(body["fitting"]) for body in (*bodies, whole)]
    assert [share for share, _ in shares] == [10, 5, 0, 10, 10]
    assert [standing for _, standing in shares] == [body["standing"] for body in (*bodies, whole)]
    assert sorted(range(4), key=lambda at: bodies[at]["fitting"]) == [0, 1, 2, 3]
    assert [fitting_of(*one) for one in shares] == [body["fitting"] for body in (*bodies, whole)]


def test_facets_of_few_values_are_one_value_and_come_apart_again() -> None:
    # Given an object with one value of some facets and several of one
    terms = (
        Term("kind", "dataset"),
        Term("type", "table"),
        Term("state", "curated"),
        Term("state", "at: vote"),
        Term("owner", "Ada"),
    )

    # When it is written
    facets = decode(document_body(replace(document("orders", ()), terms=terms), 1).json)["facets"]

    # Then those are one value, from which each of theirs is read again, and other facets are not
    assert apart(facets["together"]) == [
        ("kind", "dataset"),
        ("state", "at: vote"),
        ("state", "curated"),
        ("type", "table"),
    ]

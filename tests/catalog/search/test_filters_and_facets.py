"""Filters hold, facets say how many there are, and neither changes what is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.search import engine
from catalog.search.backends.postgres import finding
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import ALL_FACETS, Filter
from catalog.types import Lifecycle
from tests.catalog.search.conftest import Find, dataset_names, names, only_postgres
from tests.factories import OwnershipFactory, PersonFactory

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:pii", {"customers"}),
        ("class:Internal", {"shipments"}),
        ("class:logistics", {"shipments"}),
        ("column:customer_id", {"orders", "customer_orders"}),
        ("column:carrier", {"shipments"}),
        ("is:deprecated", {"order", "old_shipments"}),
        ("lifecycle:curated", {"orders_archive_of_everything"}),
        ("is:important", {"orders_archive_of_everything"}),
        ("name:shipments -is:deprecated", {"shipments"}),
        ("shipments -old", {"shipments"}),
        ("description:parcel", {"shipments"}),
        ("has:class", {"shipments"}),
        ("kind:table tag:pii", {"customers"}),
        ("type:view", set()),
        ("tag:nothing-has-this", set()),
    ],
)
def test_filters_hold(shop: dict[str, Dataset], find: Find, text: str, expected: set[str]) -> None:
    answer = find(text)

    assert set(dataset_names(answer)) == expected
    assert len([hit for hit in answer.hits if hit.kind == "dataset"]) == len(expected)


def test_an_owner_is_found_by_part_of_the_name(dataset: MakeDataset, find: Find) -> None:
    owned = dataset("ledger")
    dataset("journal")
    OwnershipFactory(dataset=owned, person=PersonFactory(display_name="Ada Example"))
    refresh([Subject("dataset", owned.pk)])

    answer = find("owner:ada")
    assert dataset_names(answer) == ["ledger"]
    assert answer.hits[0].facts.owners == ("Ada Example",)


@pytest.mark.parametrize("text", ["is:green", "has:money"])
def test_a_closed_field_says_what_it_takes(shop: dict[str, Dataset], find: Find, text: str) -> None:
    with pytest.raises(InvalidInput, match="takes"):
        find(text)


def test_facets_count_what_choosing_them_leaves(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("", filters=(Filter("kind", "dataset"),), facets=("lifecycle", "tag", "kind"))
    facets = {facet.field: facet for facet in answer.facets}

    for value in facets["lifecycle"].values:
        chosen = find("", filters=(Filter("kind", "dataset"), Filter("lifecycle", value.value)))
        assert chosen.total == value.count
    assert {value.value: value.count for value in facets["lifecycle"].values} == {
        "published": 9,
        "deprecated": 2,
        "curated": 1,
    }
    assert [(value.value, value.count) for value in facets["tag"].values] == [("pii", 1)]


def test_what_was_chosen_does_not_decide_how_many_words_a_hit_must_hold(
    dataset: MakeDataset, find: Find
) -> None:
    # Given many that have two of three words, of which two are deprecated, and others with one
    for number in range(12):
        deprecated = {"lifecycle": Lifecycle.DEPRECATED} if number < 2 else {}
        dataset(f"invoice_due_{chr(97 + number)}", **deprecated)
    for number in range(3):
        dataset(f"invoice_{chr(97 + number)}", lifecycle=Lifecycle.DEPRECATED)

    # When one chooses what the facet offers, or types it
    text = "invoice due zzzzzz"
    counts = {v.value: v.count for v in find(text, facets=("lifecycle",)).facets[0].values}
    clicked = find(text, filters=(Filter("lifecycle", "deprecated"),))
    typed = find(f"{text} lifecycle:deprecated")

    # Then as many are found as it said
    assert counts == {"published": 10, "deprecated": 2}
    assert (clicked.total, typed.total) == (2, 2)


def test_a_whole_name_demands_all_its_words_of_what_was_chosen_too(
    dataset: MakeDataset, find: Find
) -> None:
    # Given a name, and deprecated things that have all its words and some of them
    dataset("customer_order_item")
    dataset("customer_order_item_copy", lifecycle=Lifecycle.DEPRECATED)
    dataset("customer_order", lifecycle=Lifecycle.DEPRECATED)

    # When one writes the name and chooses what it is not
    answer = find("customer_order_item", facets=("lifecycle",))
    counts = {v.value: v.count for v in answer.facets[0].values}
    chosen = find("customer_order_item", filters=(Filter("lifecycle", "deprecated"),))

    # Then the number holds
    assert counts == {"published": 1, "deprecated": 1}
    assert names(chosen) == ["customer_order_item_copy"]


def test_a_chosen_value_is_counted_once_however_many_facets_there_are(
    shop: dict[str, Dataset], find: Find
) -> None:
    answer = find("kind:dataset lifecycle:deprecated", facets=ALL_FACETS)

    counts = {f.field: {v.value: v.count for v in f.values} for f in answer.facets}
    assert (answer.total, counts["kind"]) == (2, {"dataset": 2})
    assert counts["lifecycle"] == {"published": 9, "deprecated": 2, "curated": 1}
    assert counts["state"] == {"deprecated": 2}


def test_columns_and_others_can_be_chosen_together(shop: dict[str, Dataset], find: Find) -> None:
    clicked = find("carrier", filters=(Filter("kind", "column"), Filter("kind", "dataset")),
                   facets=("kind",))  # fmt: skip
    joined = find("carrier (kind:column OR kind:dataset)", facets=("kind",))

    for answer in (clicked, joined):
        assert names(answer) == ["shipments"]
        assert [hit.name.text for hit in answer.column_hits] == ["carrier_code"]
        assert [(v.value, v.count, v.is_chosen) for v in answer.facets[0].values] == [
            ("dataset", 1, True),
            ("column", 1, True),
        ]


@pytest.mark.parametrize("text", ["tag:nobody-has-this", "changed:1999", "type:view tag:pii"])
def test_filters_that_nothing_passes_are_answered_in_words(
    shop: dict[str, Dataset], find: Find, text: str
) -> None:
    answer = find(text)

    assert (answer.total, [notice.text for notice in answer.notices]) == (
        0,
        ["Nothing passes these filters."],
    )


def test_a_kind_that_there_is_not_is_refused_and_one_that_nothing_is_finds_nothing(
    shop: dict[str, Dataset], find: Find
) -> None:
    with pytest.raises(InvalidInput, match=r"kind: takes .*column.*does not know 'dashbord'"):
        find("kind:dashbord")

    assert find("kind:dashboard").total == 0


def test_transactional_and_interaction_data_are_told_apart(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("payments", data_kind="transactional", columns=("amount",))
    dataset("refunds", data_kind="transactional")
    dataset("clicks", data_kind="interaction")
    dataset("untold")

    facet = find("", filters=(Filter("kind", "dataset"),), facets=("data",)).facets[0]
    chosen = find("", filters=(Filter("kind", "dataset"), Filter("data", "interaction")))

    assert facet.label == "Kind of data"
    assert [(value.value, value.label, value.count) for value in facet.values] == [
        ("transactional", "Transactional", 2),
        ("interaction", "Interaction", 1),
    ]
    assert dataset_names(chosen) == ["clicks"]
    assert dataset_names(find("datakind:transactional name:refunds")) == ["refunds"]
    assert [hit.name.text for hit in find("data:transactional kind:column").hits] == ["amount"]


def test_a_facet_ignores_its_own_choice(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("shipments", filters=(Filter("lifecycle", "deprecated"),), facets=("lifecycle",))

    assert answer.total == 1
    assert {(v.value, v.count, v.is_chosen) for v in answer.facets[0].values} == {
        ("published", 1, False),
        ("deprecated", 1, True),
    }


def test_the_kind_facet_counts_columns_exactly(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("customer_id", facets=("kind",))

    kinds = {value.value: value.count for value in answer.facets[0].values}
    assert kinds["column"] == find("customer_id kind:column").total
    assert kinds["column"] >= 2


@only_postgres  # the other backend counts facets whole
def test_counts_beyond_their_bound_say_so(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MAX_COUNTED", 2)
    monkeypatch.setattr(engine, "MAX_COLUMNS", 2)

    answer = find("orders", facets=("lifecycle", "kind"))
    lifecycle, kinds = answer.facets
    assert answer.total_is_exact
    assert answer.total == find("orders").total > 2
    assert all(value.is_lower_bound for value in lifecycle.values)
    columns = find("id kind:column")
    assert (columns.total, columns.total_is_exact) == (2, False)
    assert [v.is_lower_bound for v in kinds.values if v.value == "column"] == [True]


def test_the_number_of_columns_beside_is_bounded_on_its_own(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MAX_COLUMNS_BESIDE", 2)

    kinds = find("orders", facets=("kind",)).facets[0]

    counted = {value.value: (value.count, value.is_lower_bound) for value in kinds.values}
    assert counted["column"] == (2, True)
    assert counted["dataset"] == (find("orders kind:dataset").total, False)


@pytest.mark.parametrize(
    ("text", "counted", "found"),
    [
        ("customer id orders", (4, True), 6),  # four have all words, two more two of them
        ("customer id zzzzzz", (5, False), 5),  # none has all words
    ],
)
def test_columns_with_every_word_are_the_least_there_are(
    shop: dict[str, Dataset], find: Find, text: str, counted: tuple[int, bool], found: int
) -> None:
    kinds = find(text, facets=("kind",)).facets[0]

    columns = [(v.count, v.is_lower_bound) for v in kinds.values if v.value == "column"]
    assert columns == [counted]
    assert find(f"{text} kind:column").total == found


@pytest.mark.parametrize(
    "text",
    [
        "orders",
        "customer orders -archive",
        "orders lifecycle:published lifecycle:curated",
        "orders -lifecycle:deprecated",
        "-lifecycle:deprecated kind:dataset",
        "customer orders archive everything",
        "orders kind:column",
        "",
    ],
)
def test_asking_for_facets_changes_no_total(
    shop: dict[str, Dataset], find: Find, text: str
) -> None:
    alone = find(text)
    beside = find(text, facets=("kind", "lifecycle", "tag"))

    assert (beside.total, beside.total_is_exact) == (alone.total, alone.total_is_exact)
    assert [hit.id for hit in beside.hits] == [hit.id for hit in alone.hits]
    assert alone.total > 0


def test_of_what_fits_alike_what_is_current_comes_first(
    dataset: Callable[..., Dataset], find: Find
) -> None:
    dataset("alpha", lifecycle=Lifecycle.DEPRECATED, usage_score=10_000)
    dataset("beta", columns=("paying", "order_id"))
    dataset("gamma")

    assert names(find("kind:dataset (paying order) OR -zebra")) == ["beta", "gamma", "alpha"]

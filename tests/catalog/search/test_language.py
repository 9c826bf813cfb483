"""What is written between the words: OR, brackets, NOT, dates, and what each kind is called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from catalog.errors import InvalidInput
from catalog.models import Dataset, ExampleQuery
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import ALL_FACETS, Band, DidYouMean, Filter, Order
from catalog.types import DatasetKind
from tests.catalog.search.conftest import Find, dataset_names, names
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parcel OR goods", {"shipments", "cost_of_goods_sold"}),
        ("shipments OR tag:pii", {"shipments", "old_shipments", "customers"}),
        ("(shipments OR tag:pii) -old", {"shipments", "customers"}),
        ("(shipments OR tag:pii) NOT is:deprecated", {"shipments", "customers"}),
        ("shipments AND old", {"old_shipments"}),
        ("-(shipments OR orders) kind:dataset lifecycle:published -order", {
            *("customers", "cost_of_goods_sold", "GE", "Größen_Tabelle", "顧客注文"),
        }),
        ('"parcel sent" OR "sold items"', {"shipments", "cost_of_goods_sold"}),
        ("column:carrier OR name:archive", {"shipments", "orders_archive_of_everything"}),
        ("(lifecycle:curated OR lifecycle:deprecated) archive", {"orders_archive_of_everything"}),
        ("NOT lifecycle:published NOT lifecycle:curated", {"order", "old_shipments"}),
        ("zzzzzz OR yyyyyy", set()),
        ("zzzzzz OR goods", {"cost_of_goods_sold"}),
    ],
)  # fmt: skip
def test_groups_hold(shop: dict[str, Dataset], find: Find, text: str, expected: set[str]) -> None:
    answer = find(text)

    assert set(dataset_names(answer)) == expected
    assert [notice.code for notice in answer.notices] == ([] if expected else ["nothing"])


@pytest.mark.parametrize(
    ("signed", "written"),
    [
        ("kind:dataset -ship", "kind:dataset NOT ship"),  # not what begins so
        ("kind:dataset -shipments", "kind:dataset NOT shipments"),
        ("orders -the", "orders NOT the"),
        ("orders", "orders NOT *"),
        ("orders", "orders NOT (the)"),
        ("kind:dataset -orders -shipments", "kind:dataset NOT (orders OR shipments)"),
        ("(shipments OR goods)", "NOT " * 40 + "(shipments OR goods)"),
    ],
)
def test_what_is_left_out_is_the_same_however_it_is_written(
    shop: dict[str, Dataset], find: Find, signed: str, written: str
) -> None:
    expected = find(signed)

    assert expected.total > 0
    assert {hit.id for hit in find(written).hits} == {hit.id for hit in expected.hits}


@pytest.mark.parametrize("text", ['"parsel sent" OR zzzzzz', '(parsel OR zzzzzz) "sent to"'])
def test_a_word_of_a_group_is_corrected_even_in_quotes(
    shop: dict[str, Dataset], find: Find, text: str
) -> None:
    answer = find(text)

    assert names(answer) == ["shipments"]
    assert answer.did_you_mean == DidYouMean(text.replace("parsel", "parcel"), was_applied=True)


def test_of_alternatives_what_has_both_comes_first(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("customer OR orders kind:dataset")

    assert names(answer)[0] == "customer_orders"
    assert {"orders", "customers", "shipments"} <= set(names(answer))


def test_a_group_is_counted_as_it_is_found(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("shipments OR goods", facets=("lifecycle", "kind"))

    counts = {f.field: {v.value: v.count for v in f.values} for f in answer.facets}
    assert answer.total == 3
    assert counts["lifecycle"] == {"published": 2, "deprecated": 1}
    assert find("(shipments OR goods) lifecycle:deprecated").total == 1
    chosen = find("shipments OR goods", filters=(Filter("lifecycle", "published"),))
    assert set(names(chosen)) == {"shipments", "cost_of_goods_sold"}


@pytest.mark.parametrize("order", list(Order))
def test_a_group_is_found_in_every_order(
    shop: dict[str, Dataset], find: Find, order: Order
) -> None:
    assert set(names(find("shipments OR goods", order=order))) == {
        *("shipments", "old_shipments", "cost_of_goods_sold")
    }


def test_columns_follow_a_group_as_well(shop: dict[str, Dataset], find: Find) -> None:
    found = find("kind:column (carrier OR email)")

    assert {hit.name.text for hit in found.hits} == {"carrier_code", "email_address"}


def test_what_cannot_be_read_is_refused_with_the_way_to_write_it(
    shop: dict[str, Dataset], find: Find
) -> None:
    with pytest.raises(InvalidInput, match="never closed") as refusal:
        find("(orders OR customers")

    assert refusal.value.field == "q"


@pytest.fixture
def dated(dataset: MakeDataset) -> None:
    """Three datasets that changed in January, in March and in the year before."""
    for name, day in (("spring", "2026-03-31"), ("winter", "2026-01-01"), ("past", "2025-12-31")):
        dataset(name, source_modified_at=dt.datetime.fromisoformat(f"{day}T12:00Z"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("changed:2026", {"spring", "winter"}),
        ("changed:2026-03", {"spring"}),
        ("changed:2026-01..2026-02", {"winter"}),
        ("changed:<2026", {"past"}),
        ("changed:>2026-01-01", {"spring"}),
        ("modified:>=2026-01-01", {"spring", "winter"}),
        ("-changed:2026", {"past"}),
        ("spring changed:2025", set()),
        ("spring OR changed:2025", {"spring", "past"}),
    ],
)
def test_dates_are_spans(dated: None, find: Find, text: str, expected: set[str]) -> None:
    assert set(names(find(f"{text}", filters=(Filter("kind", "dataset"),)))) == expected


def test_a_date_that_is_none_names_its_field(dated: None, find: Find) -> None:
    with pytest.raises(InvalidInput, match=r"changed: takes a day, month or year"):
        find("changed:lately")


def test_dashboards_metrics_and_models_are_kinds_to_whom_asks(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("revenue_board", kind=DatasetKind.DASHBOARD)
    dataset("revenue_metric", kind=DatasetKind.METRIC)
    dataset("revenue_model", kind=DatasetKind.ML_MODEL)
    dataset("revenue")

    assert names(find("kind:dashboard")) == ["revenue_board"]
    assert names(find("revenue kind:metrics")) == ["revenue_metric"]
    assert names(find("revenue kind:model")) == ["revenue_model"]
    assert len(find("revenue").hits) == 4


def test_queries_are_found_by_the_words_of_their_sql(shop: dict[str, Dataset], find: Find) -> None:
    for question, sql in (
        ("Who orders most?", "SELECT customer_id, sum(net_amount) FROM orders GROUP BY 1"),
        ("When was it placed?", "SELECT min(placed_at) FROM orders"),
    ):
        ExampleQuery.objects.create(
            dataset=shop["orders"], author=PersonFactory(), question=question, sql=sql
        )
    refresh([Subject("dataset", shop["orders"].pk)])

    assert names(find("kind:query net amount")) == ["Who orders most?"]
    assert names(find("kind:query placed_at")) == ["When was it placed?"]
    assert find("kind:query orders").total == 2


def test_state_means_the_lifecycle_of_a_dataset(shop: dict[str, Dataset], find: Find) -> None:
    assert names(find("state:curated")) == ["orders_archive_of_everything"]


def test_every_facet_can_be_chosen(shop: dict[str, Dataset], find: Find) -> None:
    for facet in find("", facets=ALL_FACETS).facets:
        for value in facet.values:
            assert find("", filters=(Filter(facet.field, value.value),)).total == value.count


def test_a_plain_text_is_taken_at_its_words(shop: dict[str, Dataset], find: Find) -> None:
    answer = find('shipments (tag:nothing) -old "', is_plain=True)

    assert answer.hits[0].band is Band.SOME_WORDS
    assert "old_shipments" in names(answer)

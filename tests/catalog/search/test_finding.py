"""Anyone types what they remember and gets it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import product

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from catalog.errors import InvalidInput
from catalog.models import Alias, Dataset, ExampleQuery
from catalog.search.backends.postgres import conditions
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import Band, Order
from tests.catalog.search.conftest import Find, dataset_names, names, only_postgres
from tests.factories import PersonFactory, SystemFactory

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "customer_orders",
        "CustomerOrders2",
        "order",
        "customers",
        "cost_of_goods_sold",
        "GE",
        "ge",
        "Größen_Tabelle",
        "GRÖSSEN_tabelle",
        "顧客注文",
        "ORDERS",
    ],
)
def test_the_exact_name_is_first_whatever_usage_says(
    shop: dict[str, Dataset], find: Find, name: str
) -> None:
    answer = find(name)

    assert answer.hits[0].name.text.casefold().replace("ß", "ss") == name.casefold()
    assert answer.hits[0].band is Band.NAME
    assert answer.hits[0].explanation.startswith("Name matches exactly")


def test_popular_junk_comes_after_every_better_name(shop: dict[str, Dataset], find: Find) -> None:
    found = dataset_names(find("orders"))

    assert found[0] == "orders"
    assert "orders_archive_of_everything" in found
    assert found.index("customer_orders") < found.index("orders_archive_of_everything")


@pytest.mark.parametrize(
    "text", ["customer_orders", "CustomerOrders", "customer orders", "cust ord", "customerorders"]
)
def test_every_spelling_of_a_name_finds_it(shop: dict[str, Dataset], find: Find, text: str) -> None:
    found = dataset_names(find(text))

    assert {"customer_orders", "CustomerOrders2"} <= set(found[:3])


def test_the_words_in_order_beat_a_longer_name(shop: dict[str, Dataset], find: Find) -> None:
    assert dataset_names(find("customer orders"))[0] == "customer_orders"


@pytest.mark.parametrize("text", ["order", "orders", "Orders", "ORDER"])
def test_singular_and_plural_find_each_other(
    shop: dict[str, Dataset], find: Find, text: str
) -> None:
    assert {"order", "orders", "customer_orders"} <= set(dataset_names(find(text)))


@pytest.mark.parametrize(("text", "name"), [("ge", "GE"), ("id", "orders"), ("注文", "顧客注文")])
def test_short_words_are_names_too(
    shop: dict[str, Dataset], find: Find, text: str, name: str
) -> None:
    assert name in dataset_names(find(text))


@pytest.mark.parametrize("text", ["Größe", "grosse", "GRÖSSE", "Grössen"])
def test_accents_and_case_fold(shop: dict[str, Dataset], find: Find, text: str) -> None:
    assert dataset_names(find(text)) == ["Größen_Tabelle"]


def test_a_column_name_finds_its_datasets_and_shows_the_column(
    shop: dict[str, Dataset], find: Find
) -> None:
    answer = find("customer_id")

    assert set(dataset_names(answer)[:2]) == {"customer_orders", "orders"}
    hit = next(hit for hit in answer.hits if hit.name.text == "orders")
    assert hit.columns[0].text == "customer_id"
    assert hit.explanation == "Has a column of exactly this name"
    assert [hit.kind for hit in answer.column_hits] == ["column", "column"]
    assert {hit.place[-1] for hit in answer.column_hits} == {"orders", "customer_orders"}


def test_columns_are_hits_of_their_own_when_asked_for(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("customer id kind:column")

    best = answer.hits[:2]
    assert {hit.kind for hit in answer.hits} == {"column"}
    assert {hit.qualified_name for hit in best} == {
        f"{shop[name].qualified_name}#customer_id" for name in ("orders", "customer_orders")
    }
    assert {hit.parent_id for hit in best} == {shop["orders"].pk, shop["customer_orders"].pk}
    # The id of customers holds both words as well, one in its place.
    assert f"{shop['customers'].qualified_name}#id" in [h.qualified_name for h in answer.hits]


def test_descriptions_are_found_and_marked(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("parcel carrier")

    assert names(answer) == ["shipments"]
    assert answer.hits[0].band is Band.DESCRIPTION
    marked = [piece for piece, is_marked in answer.hits[0].snippet.pieces() if is_marked]
    assert marked == ["parcel", "carrier"]


def test_the_marked_part_of_the_name_is_given_as_ranges(
    shop: dict[str, Dataset], find: Find
) -> None:
    hit = next(hit for hit in find("cust ord").hits if hit.id == shop["customer_orders"].pk)

    assert hit.name.marks == ((0, 4), (9, 12))
    assert hit.name.pieces() == (
        ("cust", True),
        ("omer_", False),
        ("ord", True),
        ("ers", False),
    )


def test_one_wrong_word_never_empties_the_page(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("shipments zzzzzzzz")

    assert names(answer)[0] == "shipments"
    assert [notice.code for notice in answer.notices] == ["some_words"]
    assert answer.hits[0].explanation == "1 of 2 words are in the name"


def test_one_wrong_word_of_four_is_said_too(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("every parcel carrier zzzzzzzz")

    assert names(answer)[0] == "shipments"
    assert [notice.code for notice in answer.notices] == ["some_words"]


@pytest.mark.parametrize("order", list(Order))
def test_who_writes_a_whole_name_gets_what_has_all_its_words(
    dataset: MakeDataset, find: Find, order: Order
) -> None:
    dataset("daily_sales_report")
    dataset("daily_sales_report_of_stores")
    dataset("daily_sales_plan")

    whole = find("daily_sales_report", order=order)
    part = find("monthly_sales_report", order=order)

    assert set(names(whole)) == {"daily_sales_report", "daily_sales_report_of_stores"}
    assert whole.total == 2
    assert {"daily_sales_report", "daily_sales_report_of_stores"} == set(names(part))
    assert [notice.code for notice in find("monthly_sales_report").notices] == ["some_words"]


def test_all_words_can_be_demanded(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("shipments zzzzzzzz", all_words=True)

    assert answer.hits == ()
    assert answer.notices[0].text == "Nothing has all words: search for any of them instead."


def test_stop_words_never_stand_in_the_way(shop: dict[str, Dataset], find: Find) -> None:
    assert names(find("what is the cost of the goods sold"))[0] == "cost_of_goods_sold"


def test_a_misspelled_word_is_corrected_and_can_be_insisted_on(
    shop: dict[str, Dataset], find: Find
) -> None:
    answer = find("shipmetns")

    assert names(answer)[0] == "shipments"
    assert answer.did_you_mean is not None
    assert answer.did_you_mean.text == "shipments"
    assert answer.did_you_mean.was_applied
    assert answer.notices[0].text == "Nothing matches “shipmetns”: showing “shipments”."

    insisted = find("shipmetns", is_verbatim=True)
    assert insisted.hits == ()
    assert insisted.did_you_mean is None


def test_a_slip_among_other_words_is_offered(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("parcel shipmetns carrier")

    assert answer.did_you_mean is not None
    assert answer.did_you_mean.text == "parcel shipments carrier"
    assert not answer.did_you_mean.was_applied


def test_deprecated_comes_after_current(shop: dict[str, Dataset], find: Find) -> None:
    answer = find("shipment")

    assert dataset_names(answer) == ["shipments", "old_shipments"]
    assert answer.hits[1].explanation.endswith("because it is deprecated, archived or gone")


def test_a_phrase_in_quotes_must_stand_as_written(dataset: MakeDataset, find: Find) -> None:
    dataset("a", harvested_description="the monthly sales report")
    dataset("b", harvested_description="a report of monthly sales")

    assert names(find('"monthly sales report"')) == ["a"]


def test_quotes_with_dashes_are_exact(dataset: MakeDataset, find: Find) -> None:
    dataset("data-core")
    dataset("data_lake_core")

    assert names(find('"data-core"')) == ["data-core"]


def test_a_phrase_nobody_wrote_falls_apart_with_a_notice(
    shop: dict[str, Dataset], find: Find
) -> None:
    answer = find('"carrier parcel"')

    assert names(answer) == ["shipments"]
    assert [notice.code for notice in answer.notices] == ["no_phrase"]


def test_underscores_split_so_shorter_names_win(dataset: MakeDataset, find: Find) -> None:
    dataset("core_dataset_of_the_old_warehouse")
    dataset("core_dataset")

    assert names(find("core dataset")) == ["core_dataset", "core_dataset_of_the_old_warehouse"]


def test_a_qualified_name_or_its_tail_is_first(shop: dict[str, Dataset], find: Find) -> None:
    whole = find(shop["orders"].qualified_name)
    tail = find("public.orders")

    assert (whole.hits[0].id, whole.hits[0].band) == (shop["orders"].pk, Band.QUALIFIED_NAME)
    assert (tail.hits[0].id, tail.hits[0].band) == (shop["orders"].pk, Band.QUALIFIED_NAME)


def test_a_former_name_finds_its_dataset(dataset: MakeDataset, find: Find) -> None:
    renamed = dataset("clients")
    Alias.objects.create(
        dataset=renamed,
        qualified_name="postgres://warehouse/shop.public.patrons",
        lookup_name="postgres://warehouse/shop.public.patrons",
    )
    refresh([Subject("dataset", renamed.pk)])

    assert names(find("patrons"))[0] == "clients"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rechnung", "Rechnungen"),
        ("welche Rechnung ist fällig", "Rechnungen"),
        ("отпуск сотрудника", "Сотрудники"),
        ("faktura klientowi", "Faktury"),
        ("qqqqqqqq faktura", "Faktury"),
        ("qqqqqqqq", None),
    ],
)
def test_other_forms_of_a_word_are_found_where_nobody_knows_its_endings(
    dataset: MakeDataset, find: Find, text: str, expected: str | None
) -> None:
    dataset("Rechnungen", harvested_description="Alle ausgestellten mit Fälligkeit")
    dataset("Сотрудники", harvested_description="Оклады и отпуска сотрудников")
    dataset("Faktury", harvested_description="Wystawione klientom")

    answer = find(text)
    assert names(answer)[:1] == ([expected] if expected else [])
    codes = {notice.code for notice in answer.notices}
    assert codes <= {"begun_alike", "corrected", "some_words"} if expected else codes == {"nothing"}


def test_a_stop_word_before_it_makes_no_longer_name_fit_better(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("TaskStore", usage_score=1_000)
    dataset("store")

    assert names(find("from store")) == ["store", "TaskStore"]


@pytest.mark.parametrize(
    "text", ["s3://lake/raw/sales/orders.csv", "raw/sales/orders.csv", "/sales/orders.csv"]
)
def test_a_path_with_slashes_is_a_whole_name(dataset: MakeDataset, find: Find, text: str) -> None:
    lake = SystemFactory(platform="s3", instance="lake", qualified_name="s3://lake")
    for folder in ("raw.sales", "raw.sales_orders"):
        made = dataset("orders.csv", system=lake, is_indexed=False)
        made.qualified_name = f's3://lake/{folder}."orders.csv"'
        made.save()
        refresh([Subject("dataset", made.pk)])

    first = find(text).hits[0]
    assert first.band is Band.QUALIFIED_NAME
    assert first.qualified_name == 's3://lake/raw.sales."orders.csv"'


def test_the_right_one_of_two_schemas_is_found(dataset: MakeDataset, find: Find) -> None:
    dataset("rates", schema="finance")
    dataset("rates", schema="travel")

    answer = find("travel rates")
    assert answer.hits[0].place == ("warehouse", "shop", "travel")


@only_postgres
@pytest.mark.parametrize("count", range(1, 5))
@pytest.mark.parametrize("words", range(1, 5))
def test_a_condition_of_some_words_holds_for_as_many(
    search_backend: str, words: int, count: int
) -> None:
    letters = "abcd"[:words]
    condition = conditions.at_least(min(count, words), [f"'{letter}'" for letter in letters])

    with connection.cursor() as cursor:
        for held in product((False, True), repeat=words):
            vector = " ".join(letter for letter, holds in zip(letters, held, strict=True) if holds)
            cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [vector, condition])
            assert cursor.fetchone() == (sum(held) >= min(count, words),)


def test_other_orders_are_stable(shop: dict[str, Dataset], find: Find) -> None:
    by_name = dataset_names(find("kind:dataset", order=Order.NAME))

    assert by_name[:3] == ["cost_of_goods_sold", "customer_orders", "CustomerOrders2"]
    assert dataset_names(find("kind:dataset", order=Order.USED))[0] == (
        "orders_archive_of_everything"
    )


def test_systems_people_and_labels_are_found(shop: dict[str, Dataset], find: Find) -> None:
    system = SystemFactory(instance="billing_hub")
    person = PersonFactory(display_name="Grace Example", username="grace")
    refresh([Subject("system", system.pk), Subject("person", person.pk)])

    assert [(hit.kind, hit.id) for hit in find("billing hub").hits] == [("system", system.pk)]
    assert [(hit.kind, hit.id) for hit in find("grace").hits] == [("person", person.pk)]


def test_of_what_is_shown_only_keys_are_read_again(
    shop: dict[str, Dataset], find: Find, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    # Given hits, of which the access port has to decide whether they may still be seen

    # When they are shown
    with django_assert_max_num_queries(100) as asked:
        answer = find("orders")

    # Then one statement reads what decisions are made by, and no statement comes from a lock
    read = [one["sql"] for one in asked.captured_queries if 'FROM "catalog_dataset"' in one["sql"]]
    assert answer.hits
    assert len(read) == 1
    assert '"catalog_dataset"."system_id"' in read[0]
    assert '"catalog_dataset"."qualified_name"' not in read[0]


@pytest.mark.parametrize(
    "title", ["What it is: adopted.", 'Who said "no', "(open", "Best owner: of all", "to be OR"]
)
def test_a_title_that_is_no_query_is_found_by_itself(
    dataset: MakeDataset, find: Find, title: str
) -> None:
    # Given a query whose title has signs of the language in it
    asked = dataset("sales")
    ExampleQuery.objects.create(
        dataset=asked, author=PersonFactory(), question=title, sql="SELECT 1"
    )
    refresh([Subject("dataset", asked.pk)])

    # When the title is pasted, then it is first; what is no title is still refused in words
    answer = find(title)
    assert (names(answer)[0], answer.hits[0].band) == (title, Band.NAME)
    with pytest.raises(InvalidInput):
        find("is: deprecated")


def test_the_latest_change_is_first_whatever_part_of_a_second_it_came_in(
    dataset: MakeDataset, find: Find
) -> None:
    for name, second in (("earlier", 0.6), ("later", 1.4)):
        changed_at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)
        dataset(f"{name}_ledger", source_modified_at=changed_at)

    assert names(find("ledger", order=Order.CHANGED)) == ["later_ledger", "earlier_ledger"]


def test_of_one_word_what_has_it_in_a_sentence_comes_before_what_mentions_it(
    dataset: MakeDataset, find: Find
) -> None:
    # Given a query with the word in its title, and a dataset, used more, that mentions it
    dataset(
        "catalogue",
        harvested_description="One gadget for each line",
        usage_score=1_000_000,
        enterprise_importance=True,
    )
    sold = dataset("sales")
    ExampleQuery.objects.create(
        dataset=sold, author=PersonFactory(), question="Which gadget sold best?", sql="SELECT 1"
    )
    refresh([Subject("dataset", sold.pk)])

    # When one looks for the word
    answer = find("gadget")

    # Then the title is first, and both are found by their texts
    assert names(answer) == ["Which gadget sold best?", "catalogue"]
    assert [hit.band for hit in answer.hits] == [Band.DESCRIPTION, Band.DESCRIPTION]

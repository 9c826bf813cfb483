"""Names that are shortened, joined or spelled out are found by whatever else they may be called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from catalog.models import Dataset
from catalog.search import spelling
from catalog.search.reading import parse
from catalog.search.registry import COLUMN, kinds
from catalog.search.skeletons import is_skeleton, shortens
from catalog.search.visibility import Visibility
from catalog.search.widening import MAX_WIDENED, widened
from catalog.selectors.search import Band
from tests.catalog.search.conftest import Find, names

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]
EVERYTHING = Visibility(frozenset((*kinds.names(), COLUMN)))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    spelling.forget_read()
    yield
    spelling.forget_read()


def others(text: str, *held: str) -> list[set[str]]:
    spelling.forget_read()
    spelling.replace_all(Counter(held))
    found = widened(parse(text), EVERYTHING)
    return [{" ".join(one.surface for one in other) for other in w.others} for w in found.words]


def test_a_short_form_finds_the_word_and_the_word_its_short_forms(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("customer_account")
    dataset("dim_acct")
    dataset("weather")

    assert names(find("acct")) == ["dim_acct", "customer_account"]
    assert names(find("account")) == ["customer_account", "dim_acct"]
    assert names(find("cust acct")) == ["customer_account"]


def test_what_is_called_as_typed_comes_first_however_little_it_is_used(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("account", usage_score=1_000_000)
    dataset("acct_notes_of_nobody")
    dataset("visits", columns=("acct",))

    answer = find("acct")
    assert names(answer) == ["acct_notes_of_nobody", "visits", "account"]
    assert answer.hits[2].band is Band.SYNONYM
    assert answer.hits[2].explanation == "The word is there as another word for the same"


def test_columns_beside_the_datasets_are_found_and_shown(dataset: MakeDataset, find: Find) -> None:
    dataset("fct_sales", columns=("id", "txn_amt", "dob"))

    answer = find("transaction amount")
    assert [hit.name.text for hit in answer.column_hits] == ["txn_amt"]
    assert names(answer) == ["fct_sales"]
    assert [column.text for column in answer.hits[0].columns] == ["txn_amt"]
    assert answer.hits[0].columns[0].marks == ((0, 3), (4, 7))
    assert [hit.name.text for hit in find("date of birth").column_hits] == ["dob"]


def test_words_joined_and_apart_are_the_same(dataset: MakeDataset, find: Find) -> None:
    dataset("PAYMENTDATE")
    dataset("account_balance")
    dataset("acctbal")

    assert names(find("pmt dt")) == ["PAYMENTDATE"]
    assert names(find("payment date")) == ["PAYMENTDATE"]
    assert names(find("acctbal")) == ["acctbal", "account_balance"]
    assert names(find("account balance")) == ["account_balance", "acctbal"]
    assert names(find("accountbalance")) == ["account_balance", "acctbal"]


def test_a_word_without_vowels_shortens_a_word_of_the_catalog(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("dim_kitchen")
    dataset("ktchn_menu")
    dataset("kindergarten")

    assert names(find("ktchn")) == ["ktchn_menu", "dim_kitchen"]
    assert names(find("kitchen")) == ["dim_kitchen", "ktchn_menu"]


def test_initials_stand_for_three_words_or_more(dataset: MakeDataset, find: Find) -> None:
    dataset("nps_monthly")

    assert names(find("net promoter score")) == ["nps_monthly"]


def test_only_what_the_catalog_has_is_asked_for() -> None:
    assert others("acct", "acct") == [set()]
    assert others("acct", "acct", "accounts") == [{"account"}]
    assert others("order date", "orderdate", "ord") == [{"orderdate", "ord"}, {"orderdate", "dt"}]
    assert others("order customer") == [set(), set()]


def test_a_short_form_of_several_words_means_each() -> None:
    assert others("inv", "invoice", "inventory") == [{"invoice", "inventory"}]


def test_running_text_is_left_as_it_is() -> None:
    # Given a question, and more alternatives than anybody types who looks for a name
    question = " ".join(["account", *(f"word{letter}" for letter in "abcde")])
    many = " OR ".join(["account", *(f"word{letter}" for letter in "abcdefgh")])

    assert others(question, "acct") == [set()] * 6
    assert others(many, "acct") == [set()] * (MAX_WIDENED + 1)


def test_short_forms_move_no_text(dataset: MakeDataset, find: Find) -> None:
    dataset("a", harvested_description="The overdue invoices, by region")
    dataset("b", harvested_description="The invoices by region, and what is overdue of inv acct")
    dataset("c", harvested_description="An inv of overdue things")

    assert names(find("overdue invoices")) == ["a", "b"]


@pytest.mark.parametrize(
    ("short", "word", "is_so"),
    [
        ("shpmt", "shipment", True),
        ("clm", "claim", True),
        ("appmt", "appointment", False),
        ("brnch", "branch", True),
        ("cst", "customer", False),
        ("clm", "column", True),
        ("clm", "clay", False),
        ("pmt", "shipment", False),
    ],
)
def test_most_consonants_of_the_word_are_in_order(short: str, word: str, is_so: bool) -> None:
    assert is_skeleton(short)
    assert shortens(short, word) is is_so


def test_a_word_with_vowels_or_of_one_letter_is_no_skeleton() -> None:
    assert not any(map(is_skeleton, ("cost", "order", "xxx", "pt", "x", "", "brnchmgr", "straße")))

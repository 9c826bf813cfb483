"""Other words for the same, from whoever knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from catalog.models import Dataset
from catalog.search.synonyms import SynonymSource, sources
from catalog.selectors.search import Band
from tests.catalog.search.conftest import Find, names

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]
NAMES: list[tuple[str, ...]] = []
ASKED: list[str] = []  # one for each time


def _version() -> tuple[tuple[str, ...], ...]:
    ASKED.append("for the version")
    return tuple(NAMES)


@pytest.fixture
def say_same(search_backend: str) -> Iterator[Callable[..., None]]:
    """`say_same("client", "customer")`: these mean the same while the test runs."""
    if "of this test" not in sources:
        sources.add("of this test", SynonymSource("dataset", _version, lambda: list(NAMES)))

    def say(*words: str) -> None:
        NAMES.append(words)

    yield say
    NAMES.clear()


def test_another_word_for_it_finds_it_and_says_so(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("customers")
    dataset("client_notes")
    before = names(find("client"))
    say_same("Customer", "client", "logo")

    answer = find("clients")
    assert before == ["client_notes"]
    assert names(answer) == ["client_notes", "customers"]
    assert answer.hits[1].band is Band.SYNONYM
    assert answer.hits[1].explanation == "The word is there as another word for the same"


def test_what_is_named_by_another_word_comes_before_what_only_has_it_in_a_column(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("visits", columns=("customer",), usage_score=1_000)
    dataset("customer_of_last_month")
    dataset("customers")
    say_same("Customer", "client")

    assert names(find("client")) == ["customers", "customer_of_last_month", "visits"]


def test_several_words_may_be_one_name(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("job_order_event")
    dataset("order_book")
    say_same("Job order", "work order")

    assert names(find("work order")) == ["job_order_event"]
    assert names(find("work order events"))[0] == "job_order_event"
    assert names(find("job order")) == ["job_order_event"]


def test_a_short_form_stands_for_its_words(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("retention", columns=("nrr",))
    dataset("net_revenue")
    say_same("Net revenue retention", "NRR")

    answer = find("net revenue retention")
    assert "retention" in names(answer)
    assert names(find("NRR"))[0] == "retention"


def test_a_homonym_means_both(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("crm_organization")
    dataset("ledger_line")
    say_same("Account", "organization")
    say_same("Account", "ledger")

    assert set(names(find("account"))) == {"crm_organization", "ledger_line"}


def test_a_question_is_met_by_other_words_as_well(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    dataset("attrition", harvested_description="Share of staff that left")
    dataset("weather", harvested_description="How much it rained in a month at each place")
    say_same("Attrition", "turnover")

    assert names(find("how much turnover did we have lately among young engineers abroad"))[0] == (
        "attrition"
    )


def test_what_words_mean_is_asked_once_in_a_search(
    dataset: MakeDataset, find: Find, say_same: Callable[..., None]
) -> None:
    # Given a source of other words, and a mistyped word, whose correction is read like the text
    say_same("Customer", "client")
    dataset("customers")
    ASKED.clear()

    # When it is searched for
    answer = find("custmers")

    # Then the source was asked once, and is asked again by the next search
    assert names(answer) == ["customers"]
    assert len(ASKED) == 1
    find("customers")
    assert len(ASKED) == 2

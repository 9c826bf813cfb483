"""Pages join without a gap or a repetition, whatever the order."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.search.backends.elasticsearch import ranking
from catalog.search.backends.postgres import finding
from catalog.selectors.search import Order, Page
from tests.catalog.search.conftest import Find, only_postgres

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("text", ["orders", "kind:dataset", "order zzzzzz", "kind:column customer"])
def test_pages_tile_the_whole(
    shop: dict[str, Dataset], find: Find, order: Order, text: str
) -> None:
    whole = find(text, page=Page(size=100), order=order)
    seen: list[tuple[str, int]] = []
    page: Page | None = Page(size=2)
    while page is not None:
        answer = find(text, page=page, order=order)
        assert answer.total == whole.total
        assert answer.first_position == len(seen) + 1
        seen += [(hit.kind, hit.id) for hit in answer.hits]
        page = answer.next_page

    assert seen == [(hit.kind, hit.id) for hit in whole.hits]
    assert len(seen) == len(set(seen)) == whole.total


@pytest.mark.parametrize("text", ["customer order", "customer id zzzzzz", "order of everything"])
def test_words_that_too_many_have_tile_the_whole_by_name_and_standing(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    compared = find(text, page=Page(size=100))
    monkeypatch.setattr(ranking, "MANY", 0)
    whole = find(text, page=Page(size=100))
    seen: list[int] = []
    page: Page | None = Page(size=1)
    while page is not None:
        answer = find(text, page=page)
        seen += [hit.id for hit in answer.hits]
        page = answer.next_page

    assert seen == [hit.id for hit in whole.hits]
    assert sorted(seen) == sorted(hit.id for hit in compared.hits)
    assert [hit.band for hit in whole.hits] == [hit.band for hit in compared.hits]


@only_postgres  # the other backend ranks whatever there is
@pytest.mark.parametrize(
    "text", ["orders", "customer id", "customer id zzzzzz", "the customer who"]
)
def test_what_is_too_much_to_be_ranked_follows_on_later_pages(
    shop: dict[str, Dataset], find: Find, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    # Given more hits of one sort than are ranked
    whole = find(text, page=Page(size=100))
    monkeypatch.setattr(finding, "MAX_RANKED", 2)
    monkeypatch.setattr(finding, "MAX_READ", 1)

    # When one turns to the last page
    seen: list[tuple[str, int]] = []
    page: Page | None = Page(size=1)
    while page is not None:
        answer = find(text, page=page)
        seen += [(hit.kind, hit.id) for hit in answer.hits]
        page = answer.next_page

    # Then every hit was there once
    assert sorted(seen) == sorted((hit.kind, hit.id) for hit in whole.hits)
    assert len(seen) == whole.total > 2


def test_what_appears_between_two_pages_repeats_nothing(
    shop: dict[str, Dataset], dataset: MakeDataset, find: Find
) -> None:
    first = find("orders", page=Page(size=2))
    dataset("orders", schema="newest", usage_score=1e6)

    second = find("orders", page=first.next_page)

    assert not {hit.id for hit in first.hits} & {hit.id for hit in second.hits}


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "WzFd", "bnVsbA", "e30", "🎉", "W10" * 1000, "%00"]
)
def test_a_made_up_cursor_is_refused_in_words(
    shop: dict[str, Dataset], find: Find, cursor: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        find("orders", page=Page(cursor=cursor))

    assert refusal.value.field == "cursor"


def test_a_name_that_is_no_text_is_refused(shop: dict[str, Dataset], find: Find) -> None:
    made_up = base64.urlsafe_b64encode(b'["name",2,"\\ud800",1]').decode()
    with pytest.raises(InvalidInput) as refusal:
        find("kind:dataset", page=Page(cursor=made_up), order=Order.NAME)

    assert refusal.value.field == "cursor"


def test_the_longest_name_is_gone_on_from(dataset: MakeDataset, find: Find) -> None:
    # Given two names whose first 200 characters take four bytes each
    long = "\U0001f5d2" * 400
    made = [dataset(f"{long}{number}") for number in range(2)]

    first = find("kind:dataset", page=Page(size=1), order=Order.NAME)
    second = find("kind:dataset", page=first.next_page, order=Order.NAME)

    assert [hit.id for answer in (first, second) for hit in answer.hits] == [d.pk for d in made]


def test_a_cursor_of_another_order_is_refused(shop: dict[str, Dataset], find: Find) -> None:
    first = find("kind:dataset", page=Page(size=2), order=Order.NAME)

    with pytest.raises(InvalidInput):
        find("kind:dataset", page=first.next_page, order=Order.USED)


@pytest.mark.parametrize("size", [0, -1, 201])
def test_an_impossible_page_is_refused(shop: dict[str, Dataset], find: Find, size: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        find("orders", page=Page(size=size))

    assert refusal.value.field == "size"

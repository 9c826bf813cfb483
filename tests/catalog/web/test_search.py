"""The search page: hits by kind, filters in the address, suggestions, downloads."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Dataset
from catalog.search.indexing import Subject, refresh
from catalog.types import OwnershipKind
from tests.factories import ColumnFactory, DatasetFactory, OwnershipFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> list[Dataset]:
    """Four datasets, one of them a view, one with an owner and a column `order_total`."""
    orders = DatasetFactory(name="orders", harvested_description="Every order of the shop")
    ColumnFactory(dataset=orders, name="order_total", path="order_total")
    OwnershipFactory(
        dataset=orders,
        person=PersonFactory(display_name="Olga Owner"),
        kind=OwnershipKind.BUSINESS_OWNER,
    )
    found = [
        orders,
        DatasetFactory(name="order_lines"),
        DatasetFactory(name="orders_by_month", kind="view"),
        DatasetFactory(name="customers"),
    ]
    refresh([Subject("dataset", dataset.pk) for dataset in found])
    return found


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode().split("<main")[1]


def test_the_exact_name_stands_on_top_with_the_match_marked(
    reader: Client, shop: list[Dataset]
) -> None:
    page = main_of(reader, "/search/?q=orders")

    assert "Exactly this name" in page
    first = re.search(r'data-result href="([^"]+)">(.*?)</a>', page)
    assert first
    assert first.groups() == (f"/datasets/{shop[0].pk}/", "<mark>orders</mark>")
    assert "Olga Owner" in page
    assert "you may read" in page


def test_columns_are_a_group_of_their_own(reader: Client, shop: list[Dataset]) -> None:
    page = main_of(reader, "/search/?q=order_total")

    assert 'id="group-column"' in page
    assert f"/datasets/{shop[0].pk}/columns/?column=order_total#column-" in page


def test_filters_live_in_the_address_and_come_off_one_by_one(
    reader: Client, shop: list[Dataset]
) -> None:
    page = main_of(reader, "/search/?q=order&kind=dataset&type=view")

    assert re.findall(r'data-result href="([^"]+)"', page) == [f"/datasets/{shop[2].pk}/"]
    assert 'href="?q=order&amp;kind=dataset"' in page
    assert 'href="?q=order">Clear all' in page


def test_browsing_works_without_words(reader: Client, shop: list[Dataset]) -> None:
    page = main_of(reader, "/search/")

    assert "<h1>Explore</h1>" in re.sub(r"\s*\n\s*", "", page)
    assert len(re.findall(r'data-result href="/datasets/\d+/"', page)) == 4


def test_what_cannot_be_read_is_explained_beside_the_box(
    reader: Client, shop: list[Dataset]
) -> None:
    response = reader.get("/search/?q=order&cursor=nonsense")

    assert response.status_code == 400
    assert "This search cannot be read" in response.content.decode()


def test_hostile_words_are_shown_as_words(reader: Client, shop: list[Dataset]) -> None:
    page = main_of(reader, "/search/?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E")

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_somebody_outside_the_company_finds_nothing(shop: list[Dataset], browser_of: Any) -> None:
    outsider = browser_of(PersonFactory(employment_kind="external"))

    assert not re.search(r"/datasets/\d", main_of(outsider, "/search/?q=orders"))
    assert "option" not in outsider.get("/search/suggest/?q=ord").content.decode()
    assert len(outsider.get("/search/results.csv?q=orders").content.decode().splitlines()) == 1
    assert outsider.get(f"/search/preview/{shop[0].pk}/").status_code == 403


def test_suggestions_are_options_of_the_list_under_the_box(
    reader: Client, shop: list[Dataset]
) -> None:
    fragment = reader.get("/search/suggest/?q=custom").content.decode()

    assert "<html" not in fragment
    assert 'role="option"' in fragment
    assert f'href="/datasets/{shop[3].pk}/"' in fragment


def test_the_preview_is_a_dataset_at_a_glance(reader: Client, shop: list[Dataset]) -> None:
    fragment = reader.get(f"/search/preview/{shop[0].pk}/").content.decode()

    assert "<html" not in fragment
    assert "Every order of the shop" in fragment


def test_the_list_comes_as_csv_and_json(reader: Client, shop: list[Dataset]) -> None:
    Dataset.objects.filter(pk=shop[0].pk).update(harvested_description="=HYPERLINK(orders)")
    refresh([Subject("dataset", shop[0].pk)])

    rows = list(
        csv.DictReader(
            StringIO(
                reader.get("/search/results.csv?q=orders&kind=dataset")
                .content.decode()
                .removeprefix("\ufeff")
            )
        )
    )
    objects = json.loads(reader.get("/search/results.json?q=orders&kind=dataset").content)

    assert rows[0]["name"] == objects[0]["name"] == "orders"
    assert rows[0]["qualified_name"] == shop[0].qualified_name
    assert rows[0]["description"].startswith("'=HYPERLINK")
    assert objects[0]["owners"] == "Olga Owner"


def test_the_next_page_goes_on_where_the_first_ended(reader: Client) -> None:
    found = [DatasetFactory(name=f"metric_{number}") for number in range(25)]
    refresh([Subject("dataset", dataset.pk) for dataset in found])

    first = main_of(reader, "/search/?q=metric&kind=dataset")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = main_of(reader, "/search/" + following[1].replace("&amp;", "&"))

    on_first = re.findall(r'data-result href="([^"]+)"', first)
    on_second = re.findall(r'data-result href="([^"]+)"', second)
    assert (len(on_first), len(on_second)) == (20, 5)
    assert not set(on_first) & set(on_second)


def test_more_hits_never_cost_more_queries(reader: Client) -> None:
    from django.db import connection

    def cost(count: int) -> int:
        found = [DatasetFactory() for _ in range(count)]
        for dataset in found:
            OwnershipFactory(dataset=dataset)
        refresh([Subject("dataset", dataset.pk) for dataset in found])
        reader.get("/search/?q=orders")
        with CaptureQueriesContext(connection) as captured:
            reader.get("/search/?q=orders")
        return len(captured)

    # The engine looks tier by tier until a page is full, so few hits take more looks than many.
    few = cost(3)
    assert cost(27) <= few


def test_what_has_a_group_of_its_own_is_not_counted_with_the_datasets(reader: Client) -> None:
    found = [DatasetFactory(name=f"revenue_{number}") for number in range(3)]
    found.append(DatasetFactory(name="revenue_board", kind="dashboard"))
    refresh([Subject("dataset", dataset.pk) for dataset in found])

    page = main_of(reader, "/search/?q=revenue")

    counts = dict(re.findall(r'id="group-(\w+)">[^<]*</h2><span class="muted">(\d+)<', page))
    assert counts == {"dataset": "3", "dashboard": "1"}

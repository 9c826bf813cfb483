"""While the index is away, datasets are looked up by name, whatever signs stand in the search."""

from __future__ import annotations

import pytest

from catalog.models import Dataset
from catalog.search.lookup import look_up, suggested
from catalog.selectors.search import Page, SearchQuery
from catalog.types import Principal
from tests.catalog.search.conftest import names, only_postgres

pytestmark = [pytest.mark.django_db, only_postgres]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("customer orders", "customer_orders"),
        ("orders", "orders"),
        ('"customer orders"', "customer_orders"),
        ("customer_orders -archive kind:dataset", "customer_orders"),
        ("(shipments AND old)", "old_shipments"),
        ("Größen", "Größen_Tabelle"),
        ("注文", "顧客注文"),
    ],
)
def test_signs_and_filters_keep_no_name_from_being_found(
    shop: dict[str, Dataset], employee: Principal, text: str, wanted: str
) -> None:
    answer = look_up(employee, SearchQuery(text), Page(), "It is away.")

    assert wanted in names(answer)[:2]
    assert [notice.code for notice in answer.notices] == ["search_unavailable"]
    assert wanted in [one.name.text for one in suggested(employee, text, 2)]


def test_a_plain_text_is_no_query_here_either(
    shop: dict[str, Dataset], employee: Principal
) -> None:
    answer = look_up(employee, SearchQuery('shipments "', is_plain=True), Page(), "It is away.")

    assert names(answer)[0] == "shipments"


def test_nothing_but_signs_finds_what_there_is(
    shop: dict[str, Dataset], employee: Principal
) -> None:
    answer = look_up(employee, SearchQuery("kind:dataset"), Page(), "It is away.")

    assert len(answer.hits) == len(shop)

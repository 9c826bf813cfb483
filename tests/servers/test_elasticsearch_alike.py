"""Both backends find the same, in the same order, for the same reasons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Dataset
from catalog.search.backends.elasticsearch import writing
from catalog.search.indexing import rebuild
from catalog.selectors.search import Band, Order, Page, SearchHit, SearchQuery, search, suggest
from catalog.types import Principal
from tests.catalog.search.conftest import *  # noqa: F403 - the same small company
from tests.catalog.search.elasticsearch import empty_indices, forget_backend, use_elasticsearch
from tests.factories import PersonFactory, SystemFactory

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

TEXTS = """
orders | order | customer | customer orders | orders customer | cust ord | customerorders | id
customer_id | id customer | order id carrier | name | email address | shipments | old shipments
parcel carrier | every parcel sent | cost of goods sold | what is the cost of goods | ge | größe
warehouse | public orders | legacy order | shop | legacy.CustomerOrders2 | archive everything
customer id zzzzzz | orders -archive | -lifecycle:deprecated kind:dataset | kind:column
kind:column customer | column:customer_id | name:orders | description:parcel | tag:pii
"cost of goods" | is:deprecated | has:columns customer | shipmetns | 顧客 | 注文 | the | a | of
orders OR shipments | (customer OR carrier)
orders.customer_id | kind:column orders.customer_id
""".replace("\n", " | ").split(" | ")


_COMPARED = (Band.SYNONYM, Band.DESCRIPTION, Band.SOME_WORDS)


@pytest.fixture
def search_backend(db: None) -> str:
    """The company is made while PostgreSQL answers."""
    return "postgres"


def _answers(principal: Principal, text: str, order: Order) -> dict[str, Any]:
    answer = search(principal, SearchQuery(text, order=order), Page(size=100), ("kind", "tag"))
    return {
        "hits": _in_order(answer.hits, is_compared=" " in text),
        "column_hits": [(hit.qualified_name, hit.explanation) for hit in answer.column_hits],
        "total": answer.total,
        "facets": [
            [(value.value, value.label, value.count) for value in facet.values]
            for facet in answer.facets
        ],
        "notices": [notice.code for notice in answer.notices],
        "did_you_mean": answer.did_you_mean,
        "suggested": [(one.kind, one.id, one.name, one.query) for one in suggest(principal, text)],
    }


def _in_order(hits: Sequence[SearchHit], *, is_compared: bool) -> list[Any]:
    """The hits; those whose texts were compared in one order, for the cluster measures lengths to
    the word and PostgreSQL to a fifth of them."""
    shown: list[Any] = []
    for is_text, run in groupby(hits, lambda hit: is_compared and hit.band in _COMPARED):
        facts = [(h.kind, h.id, h.band.name, h.explanation, h.matched, h.columns) for h in run]
        shown += sorted(facts, key=lambda fact: fact[:2]) if is_text else facts
    return shown


def test_every_answer_is_the_same(
    shop: dict[str, Dataset],
    employee: Principal,
    settings: Settings,
    elasticsearch_8: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a company, known to both backends
    SystemFactory(instance="orders_hub")
    PersonFactory(display_name="Order Customer")
    rebuild()
    questions = [(text.strip(), order) for text in TEXTS if text.strip() for order in Order]
    wanted = {question: _answers(employee, *question) for question in questions}

    # When the same is asked of the other
    use_elasticsearch(settings, elasticsearch_8)
    monkeypatch.setattr(writing, "REFRESHES", True)
    empty_indices()
    rebuild()
    found = {question: _answers(employee, *question) for question in questions}
    forget_backend()

    # Then nothing tells them apart
    for question in questions:
        assert found[question] == wanted[question], question
    assert sum(answer["total"] for answer in wanted.values()) > 400

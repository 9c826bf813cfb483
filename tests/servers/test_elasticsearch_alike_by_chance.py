"""Both backends answer alike whatever is asked, in a world and by questions made by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from catalog.access import gate, install_gate
from catalog.errors import InvalidInput
from catalog.models import Dataset, Domain
from catalog.search.backends.elasticsearch import writing
from catalog.search.indexing import rebuild
from catalog.search.tokens import tokens
from catalog.selectors.search import (
    ALL_FACETS,
    Order,
    Page,
    SearchQuery,
    search,
    suggest,
)
from catalog.types import Lifecycle, Principal
from tests.catalog.search.conftest import *  # noqa: F403 - what makes datasets
from tests.catalog.search.elasticsearch import empty_indices, forget_backend, use_elasticsearch
from tests.catalog.search.test_interference import _HidingGate
from tests.factories import PersonFactory, SystemFactory, principal
from tests.servers.test_elasticsearch_alike import _in_order

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

WORDS = (
    "order orders ordered customer customers cust id ids email address emailAddress parcel ship"
    " shipment shipments carrier code größe GE ge 注文 顧客 v2 s3 2024 paying payment the of cost"
    " goods cost_of_goods order_id customer-id public shop o'rder naïve"
).split()
NAMES = (
    "orders customer_orders CustomerOrders2 order customers cost_of_goods_sold GE Größen_Tabelle"
    " 顧客注文 shipments old_shipments payment_v2 s3_export id order_id ship_to_address"
    " 2024_orders public the_order emailAddress carrier.codes a%b_c o'rders x"
).split()
QUESTIONS = 250


@pytest.fixture
def search_backend(db: None) -> str:
    """The world is made while PostgreSQL answers."""
    return "postgres"


@pytest.fixture
def hiding() -> Iterator[_HidingGate]:
    """A gate that hides what a test says."""
    before = gate()
    hides = _HidingGate(before)
    install_gate(hides)
    yield hides
    install_gate(before)


def _world(chance: random.Random, dataset: Callable[..., Dataset]) -> list[Dataset]:
    domains = [Domain.objects.create(name=name, slug=name.lower()) for name in ("Sales", "Goods")]
    systems = [SystemFactory(instance=name) for name in ("shop", "orders_hub", "warehouse2")]
    PersonFactory(display_name="Order Customer")
    made = []
    for number in range(60):
        name = chance.choice(NAMES)
        made.append(
            dataset(
                name,
                is_indexed=False,
                schema=f"{chance.choice(('public', 'legacy', 'shop'))}{number}",
                system=chance.choice(systems),
                domain=chance.choice([None, *domains]),
                columns=chance.sample(NAMES, chance.randrange(0, 6)),
                tags=chance.sample(("pii", "core", "order"), chance.randrange(0, 3)),
                classes=chance.sample(("Internal", "Internal / Cost"), chance.randrange(0, 2)),
                lifecycle=chance.choice([*Lifecycle]),
                usage_score=chance.choice((0, 3, 40, 1000)),
                harvested_description=" ".join(chance.choices(WORDS, k=chance.randrange(0, 12))),
            )
        )
    return made


def _question(chance: random.Random, depth: int = 0) -> str:
    """A text as people and machines write them."""
    filters = (
        "kind:column kind:dataset kind:table tag:pii -tag:core class:Internal is:deprecated"
        " has:description -has:owner domain:Sales system:shop lifecycle:draft changed:day"
        " name:order column:id -column:id description:parcel -name:order column:order_id name:x"
        " changed:>2020-01 -changed:day kind:term platform:postgres"
    ).split()
    forms: list[Callable[[], str]] = [
        lambda: chance.choice(WORDS),
        lambda: chance.choice(NAMES),
        lambda: chance.choice(WORDS)[: chance.randrange(1, 5)],
        lambda: f"-{chance.choice(WORDS)}",
        lambda: f'"{chance.choice(WORDS)} {chance.choice(WORDS)}"',
        lambda: f'-"{chance.choice(WORDS)} {chance.choice(WORDS)}"',
        lambda: chance.choice(filters),
    ]
    if depth < 2:
        forms += [
            lambda: f"({_question(chance, depth + 1)})",
            lambda: f"-({_question(chance, depth + 1)})",
            lambda: f"{_question(chance, depth + 1)} OR {_question(chance, depth + 1)}",
            lambda: f"NOT {_question(chance, depth + 1)}",
        ]
    weights = [6, 4, 2, 1, 1, 1, 3, 1, 1, 1, 1][: len(forms)]
    parts = chance.choices(forms, weights, k=chance.choice((1, 1, 2, 2, 3, 4)))
    return " ".join(part() for part in parts)


def _told(person: Principal, text: str, order: Order, plain: bool, words: bool) -> Any:
    query = SearchQuery(text, order=order, is_plain=plain, all_words=words)
    try:
        answer = search(person, query, Page(200), ALL_FACETS)
        paged: list[Any] = []
        page: Page | None = Page(7)
        while page is not None:
            part = search(person, query, page)
            paged += [(hit.kind, hit.id) for hit in part.hits]
            page = part.next_page
    except InvalidInput as refusal:
        return refusal.message
    hits = [(hit.kind, hit.id) for hit in answer.hits]
    assert paged == hits, (text, order)
    return {
        "hits": _in_order(answer.hits, is_compared=len(tokens(text)) > 1),
        "columns": [
            (hit.parent_id, hit.id, hit.explanation, hit.matched) for hit in answer.column_hits
        ],
        "total": (answer.total, answer.total_is_exact),
        "facets": answer.facets,
        "notices": answer.notices,
        "did_you_mean": answer.did_you_mean,
        "suggested": [(one.kind, one.id, one.name, one.query) for one in suggest(person, text)],
    }


def test_every_answer_is_the_same_by_chance(
    dataset: Callable[..., Dataset],
    hiding: _HidingGate,
    settings: Settings,
    elasticsearch_8: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a world, of which somebody does not see some, known to both backends
    chance = random.Random(21)
    made = _world(chance, dataset)
    everybody, somebody = principal(username="sees all"), principal(username="sees some")
    hiding.hidden["sees some"] = {thing.pk for thing in chance.sample(made, 15)}
    rebuild()
    questions = [
        (
            chance.choice((everybody, somebody)),
            _question(chance),
            chance.choice((*Order, *[Order.RELEVANCE] * 4)),
            chance.random() < 0.15,
            chance.random() < 0.15,
        )
        for _ in range(QUESTIONS)
    ]
    wanted = [_told(*question) for question in questions]

    # When the same is asked of the other
    use_elasticsearch(settings, elasticsearch_8)
    monkeypatch.setattr(writing, "REFRESHES", True)
    empty_indices()
    rebuild()
    found = [_told(*question) for question in questions]
    forget_backend()

    # Then nothing tells them apart
    differ = [
        (question, {key: (one[key], other[key]) for key in one if one[key] != other[key]})
        if isinstance(one, dict) and isinstance(other, dict)
        else (question, one, other)
        for question, one, other in zip(questions, wanted, found, strict=True)
        if one != other
    ]
    assert differ == []
    assert sum(1 for one in wanted if isinstance(one, dict) and one["hits"]) > QUESTIONS / 3

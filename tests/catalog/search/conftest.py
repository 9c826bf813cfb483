"""A small company whose names are the ones that searches failed on elsewhere.

Every behavior test runs against each backend; what they see is the same words, so what they find
must be the same hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import Column, Dataset, DatasetLabel, Label, System
from catalog.search.backends.elasticsearch import writing
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import Page, SearchAnswer, SearchQuery, search
from catalog.types import LabelKind, Lifecycle, Origin, Principal
from tests.catalog.search.elasticsearch import (
    empty_indices,
    forget_backend,
    use_elasticsearch,
)
from tests.factories import ColumnFactory, DatasetFactory, SystemFactory, principal

Find = Callable[..., SearchAnswer]


BACKENDS = (
    "postgres",
    pytest.param("elasticsearch_8", marks=pytest.mark.servers),
    pytest.param("elasticsearch_9", marks=pytest.mark.servers),
)
only_postgres = pytest.mark.parametrize("search_backend", ["postgres"], indirect=True)


@pytest.fixture(params=BACKENDS)
def search_backend(
    request: pytest.FixtureRequest,
    db: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The backend in use while the test runs, empty at its start."""
    if request.param == "postgres":
        yield "postgres"
        return
    use_elasticsearch(settings, request.getfixturevalue(request.param))
    monkeypatch.setattr(writing, "REFRESHES", True)  # no test waits a second to find
    empty_indices()
    yield str(request.param)
    forget_backend()


@pytest.fixture
def employee(db: None) -> Principal:
    """Somebody who may see everything."""
    return principal(display_name="Searching Person")


@pytest.fixture
def find(search_backend: str, employee: Principal) -> Find:
    """Search as an employee: `find("orders", kind="column", facets=("kind",))`."""

    def run(text: str = "", page: Page | None = None, **options: Any) -> SearchAnswer:
        facets = options.pop("facets", ())
        return search(employee, SearchQuery(text, **options), page or Page(), facets)

    return run


@pytest.fixture
def server(db: None) -> System:
    """The system that everything made by `dataset` stands in."""
    return SystemFactory(instance="warehouse")


@pytest.fixture
def dataset(search_backend: str, server: System) -> Callable[..., Dataset]:
    """Make a dataset and index it: `dataset("orders", columns=("id",), tags=("pii",))`."""

    def make(name: str, *, is_indexed: bool = True, **options: Any) -> Dataset:
        columns = options.pop("columns", ())
        labels = [(LabelKind.TAG, path) for path in options.pop("tags", ())]
        labels += [(LabelKind.CLASSIFICATION, path) for path in options.pop("classes", ())]
        schema = options.pop("schema", "public")
        options.setdefault("system", server)
        system = options["system"]
        made = DatasetFactory(
            name=name,
            qualified_name=f'{system.qualified_name}/shop.{schema}."{name}"',
            **options,
        )
        Column.objects.bulk_create(
            ColumnFactory.build(dataset=made, name=column, path=column, ordinal=number)
            for number, column in enumerate(columns)
        )
        for kind, path in labels:
            label, _ = Label.objects.get_or_create(
                kind=kind, path=path, defaults={"name": path.split(" / ")[-1]}
            )
            DatasetLabel.objects.create(dataset=made, label=label, origin=Origin.DECLARED)
        if is_indexed:
            refresh([Subject("dataset", made.pk)])
        return made

    return make


@pytest.fixture
def shop(dataset: Callable[..., Dataset]) -> dict[str, Dataset]:
    """A dozen datasets; `orders_archive_of_everything` is used a thousand times as much."""
    dataset = partial(dataset, is_indexed=False)
    made = [
        dataset("orders", columns=("id", "customer_id", "placed_at")),
        dataset("customer_orders", columns=("order_id", "customer_id")),
        dataset("CustomerOrders2", schema="legacy", columns=("orderId",)),
        dataset("order", schema="legacy", lifecycle=Lifecycle.DEPRECATED),
        dataset(
            "orders_archive_of_everything",
            usage_score=1_000_000,
            enterprise_importance=True,
            lifecycle=Lifecycle.CURATED,
            criticality=1,
        ),
        dataset("customers", columns=("id", "name", "email_address"), tags=("pii",)),
        dataset("cost_of_goods_sold", harvested_description="What sold items cost us"),
        dataset("GE", harvested_description="General Electric and its divisions"),
        dataset("Größen_Tabelle", harvested_description="Kleidung nach Größe"),
        dataset("顧客注文", harvested_description="日本の注文"),
        dataset(
            "shipments",
            harvested_description="Every parcel sent to a customer, by carrier",
            classes=("Internal / Logistics",),
            columns=("carrier_code",),
        ),
        dataset("old_shipments", lifecycle=Lifecycle.DEPRECATED),
    ]
    refresh(Subject("dataset", item.pk) for item in made)
    return {item.name: item for item in made}


def names(answer: SearchAnswer) -> list[str]:
    """The names of the hits, in order."""
    return [hit.name.text for hit in answer.hits]


def dataset_names(answer: SearchAnswer) -> list[str]:
    """The names of the datasets among the hits, in order."""
    return [hit.name.text for hit in answer.hits if hit.kind == "dataset"]

"""Lineage in GraphQL: one hop beside a page of datasets, traversals and impact."""

import itertools
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Column, Dataset
from lineage.models import ColumnEdge, DatasetEdge, Statement
from lineage.types import ConfidenceReason, EdgeKind, EdgeSubtype, StatementStatus
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db


def ask(query: str, **variables: Any) -> Any:
    browser = Client()
    browser.force_login(PersonFactory())
    body = json.dumps({"query": query, "variables": variables})
    return browser.post("/graphql/", body, content_type="application/json").json()


def flow(source: Column, target: Column) -> None:
    statement, _ = Statement.objects.get_or_create(
        dataset=target.dataset,
        kind=Statement.Kind.VIEW,
        defaults={
            "status": StatementStatus.PARSED,
            "digest": "x",
            "read_at": timezone.now(),
        },
    )
    shared = {"confidence": 1.0, "reason": ConfidenceReason.BY_SCHEMA, "statement": statement}
    DatasetEdge.objects.create(source=source.dataset, target=target.dataset, **shared)
    ColumnEdge.objects.create(
        source=source.dataset,
        source_column=source,
        target=target.dataset,
        target_column=target,
        kind=EdgeKind.DIRECT,
        subtype=EdgeSubtype.IDENTITY,
        **shared,
    )


def chain(length: int) -> list[Dataset]:
    columns = [
        ColumnFactory(dataset=OwnershipFactory(dataset__domain=DomainFactory()).dataset)
        for _ in range(length)
    ]
    for source, target in itertools.pairwise(columns):
        flow(source, target)
    return [column.dataset for column in columns]


PAGE = """{ datasets(first: 50) { edges { node {
    qualifiedName columns { path } owners { kind team { name } person { displayName } }
    tags { path } upstreamEdges { isDirect confidence source { qualifiedName } }
} } } }"""


@pytest.mark.parametrize("length", [3, 50])
def test_fifty_datasets_with_columns_owners_tags_and_one_hop_in_twelve_queries(
    length: int, django_assert_max_num_queries: Any
) -> None:
    datasets = chain(length)
    browser = Client()
    browser.force_login(PersonFactory())
    body = json.dumps({"query": PAGE})

    with django_assert_max_num_queries(12):
        answer = browser.post("/graphql/", body, content_type="application/json").json()

    nodes = [edge["node"] for edge in answer["data"]["datasets"]["edges"]]
    assert [node["upstreamEdges"] for node in nodes] == [
        [],
        *(
            [
                {
                    "isDirect": True,
                    "confidence": 1.0,
                    "source": {"qualifiedName": source.qualified_name},
                }
            ]
            for source in datasets[:-1]
        ),
    ]


def test_a_column_says_where_it_comes_from() -> None:
    source, target = ColumnFactory(path="a"), ColumnFactory(path="b")
    flow(source, target)

    answer = ask(
        """query C($id: ID!) { dataset(id: $id) { columns { path upstreamEdges {
        subtype source { name } sourceColumn { path } } } } }""",
        id=target.dataset_id,
    )

    assert answer["data"]["dataset"]["columns"] == [
        {
            "path": "b",
            "upstreamEdges": [
                {
                    "subtype": "IDENTITY",
                    "source": {"name": source.dataset.name},
                    "sourceColumn": {"path": "a"},
                }
            ],
        }
    ]


def test_traversal_and_impact_tell_the_same_story() -> None:
    datasets = chain(4)

    answer = ask(
        """query L($id: ID!) {
        lineage(dataset: $id, direction: "down", depth: 2) { levels { id } truncated sentence }
        impact(dataset: $id) { affected { distance path { id } } sentence } }""",
        id=datasets[0].pk,
    )

    ids = [dataset.pk for dataset in datasets]
    assert answer["data"]["lineage"]["levels"] == [[{"id": ids[1]}], [{"id": ids[2]}]]
    affected = answer["data"]["impact"]["affected"]
    assert [row["distance"] for row in affected] == [1, 2, 3]
    assert [step["id"] for step in affected[-1]["path"]] == ids


def test_both_ways_are_told_together_and_apart() -> None:
    datasets = chain(4)
    ids = [dataset.pk for dataset in datasets]

    answer = ask(
        """query L($id: ID!) { lineage(dataset: $id, direction: "BOTH", depth: 5) {
        start { id } levels { id } links { source target } truncated
        traversals { direction levels { id } } } }""",
        id=ids[1],
    )

    found = answer["data"]["lineage"]
    assert found["start"] == {"id": ids[1]}
    assert [{node["id"] for node in level} for level in found["levels"]] == [
        {ids[0], ids[2]},
        {ids[3]},
    ]
    assert {(link["source"], link["target"]) for link in found["links"]} == set(
        itertools.pairwise(ids)
    )
    assert found["truncated"] is False
    assert found["traversals"] == [
        {"direction": "up", "levels": [[{"id": ids[0]}]]},
        {"direction": "down", "levels": [[{"id": ids[2]}], [{"id": ids[3]}]]},
    ]


def test_a_picture_and_an_event_of_a_dataset() -> None:
    first, second = chain(2)

    answer = ask(
        "query L($id: ID!) { lineageImage(dataset: $id) lineageOpenlineage(dataset: $id) }",
        id=second.pk,
    )

    assert answer["data"]["lineageImage"].startswith("<svg")
    event = answer["data"]["lineageOpenlineage"]
    assert first.name in json.dumps(event["dataset"]["facets"]["columnLineage"] or event)
    refused = ask('{ lineageImage(dataset: "1", up: 99) }')
    assert refused["errors"][0]["extensions"]["field"] == "up"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [('dataset: "1", direction: "left"', "direction"), ('dataset: "1", depth: 99', "depth")],
)
def test_wrong_arguments_are_named(arguments: str, field: str) -> None:
    answer = ask(f"{{ lineage({arguments}) {{ sentence }} }}")

    assert answer["errors"][0]["extensions"]["field"] == field


def test_an_unknown_dataset_has_no_lineage() -> None:
    answer = ask('{ lineage(dataset: "987654") { sentence } }')

    assert answer["errors"][0]["extensions"]["code"] == "not_found"
    assert DatasetFactory().pk != 987654

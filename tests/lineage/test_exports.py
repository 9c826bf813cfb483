"""Lineage leaves the service: OpenLineage events, and everything an edge says on every door."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Dataset
from catalog.types import Principal
from lineage.models import ColumnEdge
from lineage.selectors.openlineage import dataset_event, dataset_events
from tests.factories import PersonFactory
from tests.lineage.warehouse import read, table

pytestmark = pytest.mark.django_db

SOMEBODY = Principal.system("test")
SYSTEM = "postgres://warehouse"


@pytest.fixture
def shop() -> dict[str, Dataset]:
    made = {
        "raw": table("shop.public.raw", ("id", "email", "state")),
        "other": table("shop.public.other", ("id",)),
        "clean": table(
            "shop.public.clean",
            ("id", "mail", "token"),
            "SELECT DISTINCT r.id, lower(trim(r.email)) AS mail, md5(r.email) AS token"
            " FROM raw r JOIN other o ON o.id = r.id WHERE r.state = 'new'",
        ),
    }
    read(*made.values())
    return made


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(PersonFactory())
    return browser


def test_preparations_are_kept_shown_and_exported(client: Client, shop: dict[str, Dataset]) -> None:
    # Given SQL that normalizes one value and hashes another
    by_target = {
        edge.target_column.path: edge
        for edge in ColumnEdge.objects.filter(target=shop["clean"], kind="DIRECT")
        if edge.target_column
    }

    # Then the graph keeps what it does, and each door shows it
    assert by_target["mail"].preparations == ["NORMALIZE"]
    assert (by_target["token"].preparations, by_target["token"].masking) == (["ANONYMIZE"], True)
    page = client.get(f"/datasets/{shop['clean'].pk}/lineage/").content.decode()
    assert "computed from it, normalized" in page
    assert "computed from it, masked" in page
    rest = client.get(f"/api/v1/datasets/{shop['clean'].pk}/lineage/?columns=1").json()
    told = {
        edge["target_column"]["path"]: (edge["preparations"], edge["span"])
        for edge in rest["column_edges"]
        if edge["target_column"] and edge["kind"] == "DIRECT"
    }
    sql = shop["clean"].definition_sql
    start, end = told["token"][1]
    assert told["mail"][0] == ["NORMALIZE"]
    assert sql[start:end] == "email"
    assert sql[:start].endswith("md5(r.")
    graph = client.post(
        "/graphql/",
        {"query": f'{{ dataset(id: "{shop["clean"].pk}") {{ columns {{ path upstreamEdges {{'
                  " kind preparations spanStart } } } }"},
        content_type="application/json",
    ).json()  # fmt: skip
    columns = {c["path"]: c["upstreamEdges"] for c in graph["data"]["dataset"]["columns"]}
    assert columns["token"] == [
        {"kind": "DIRECT", "preparations": ["ANONYMIZE"], "spanStart": start}
    ]


def test_a_dataset_as_an_openlineage_event(client: Client, shop: dict[str, Dataset]) -> None:
    # When the lineage of a dataset is asked for in OpenLineage's words
    event = client.get(f"/api/v1/datasets/{shop['clean'].pk}/lineage/openlineage/").json()

    # Then fields have what flows into them, and what decides every row stands in `dataset`
    assert event["schemaURL"] == (
        "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
    )
    dataset = event["dataset"]
    assert (dataset["namespace"], dataset["name"]) == (SYSTEM, "shop.public.clean")
    facet = dataset["facets"]["columnLineage"]
    assert facet["_schemaURL"] == (
        "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
    )
    assert facet["fields"]["token"] == {
        "inputFields": [
            {
                "namespace": SYSTEM,
                "name": "shop.public.raw",
                "field": "email",
                "transformations": [
                    {
                        "type": "DIRECT",
                        "subtype": "TRANSFORMATION",
                        "description": "MD5(r.email)",
                        "masking": True,
                    }
                ],
            }
        ]
    }
    assert {
        (item["name"], item["field"], how["subtype"])
        for item in facet["dataset"]
        for how in item["transformations"]
    } >= {
        ("shop.public.raw", "state", "FILTER"),
        ("shop.public.raw", "id", "JOIN"),
        ("shop.public.other", "id", "JOIN"),
    }
    assert [field["name"] for field in dataset["facets"]["schema"]["fields"]] == [
        "id", "mail", "token",
    ]  # fmt: skip


def test_the_page_exports_every_dataset_that_it_draws(
    client: Client, shop: dict[str, Dataset]
) -> None:
    answer = client.get(f"/datasets/{shop['raw'].pk}/openlineage.json")
    events = json.loads(answer.content)
    assert {event["dataset"]["name"] for event in events} == {
        "shop.public.raw", "shop.public.clean",
    }  # fmt: skip
    assert "openlineage.json" in answer["Content-Disposition"]


def test_the_past_is_exported_as_it_was(shop: dict[str, Dataset]) -> None:
    now = dataset_event(SOMEBODY, shop["clean"].pk, at=timezone.now())
    facet = now["dataset"]["facets"]["columnLineage"]
    assert sorted(facet["fields"]) == ["id", "mail", "token"]


def test_what_is_hidden_is_exported_nowhere(
    shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    hide(shop["raw"])
    ids = [dataset.pk for dataset in shop.values()]
    events = dataset_events(SOMEBODY, ids)
    assert "raw" not in json.dumps(events)
    assert [event["dataset"]["name"] for event in events] == [
        "shop.public.other", "shop.public.clean",
    ]  # fmt: skip

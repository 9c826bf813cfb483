"""Datasets and products in the words of other standards, and back again."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema import Draft201909Validator

from catalog.connectors.odcs.connector import OdcsConnector
from catalog.exports.dcat import dataset_document
from catalog.exports.odcs import contract
from catalog.models import (
    Column,
    DataProduct,
    Dataset,
    Distribution,
    ProductPort,
    Relation,
    System,
)
from catalog.selectors.described import described_dataset
from catalog.selectors.metadata import thirteen_facts
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.types import (
    ColumnRecord,
    DataKind,
    DatasetKind,
    DatasetRecord,
    MetadataField,
    Motion,
    OwnerRecord,
    OwnershipKind,
    Principal,
    ProfileRecord,
    RelationRecord,
    Stage,
)
from tests.catalog.connectors.reading import read_all
from tests.catalog.ingest.sources import PLACE, bring, table
from tests.factories import DatasetFactory, PersonFactory, TeamFactory, administrator, principal

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ADDRESS = "https://concord.example/datasets/1/"

# Required by the published JSON schema of each standard (github.com/bitol-io, schema/), and by
# DCAT 3 section 6.6 and 6.8 for what makes a dataset findable and a distribution usable.
ODCS_REQUIRED = {"version", "apiVersion", "kind", "id", "status"}
ODPS_REQUIRED = {"apiVersion", "kind", "id", "status"}
ODPS_KNOWN = ODPS_REQUIRED | {
    "name", "version", "domain", "tenant", "authoritativeDefinitions", "description",
    "customProperties", "tags", "inputPorts", "outputPorts", "managementPorts", "support", "team",
    "productCreatedTs",
}  # fmt: skip
DCAT_OF_THE_THIRTEEN = {
    "meaning": "dct:description", "owner": "gov:ownerNames", "contents": "gov:contents",
    "published_at": "dct:issued", "relations": "gov:relations",
    "organisation": "dct:conformsTo", "key": "csvw:primaryKey", "sort_order": "gov:sortOrder",
    "created_at": "dct:created", "modified_at": "dct:modified",
    "archived_at": "gov:archivedAt", "access": "dct:accessRights", "size": "gov:size",
}  # fmt: skip


@pytest.fixture
def orders() -> Dataset:
    """A dataset of which all thirteen facts are known, from sources, from people and worked out."""
    TeamFactory(name="Sales", email="sales@example.org")
    bring(
        table("customers", "id"),
        DatasetRecord(
            f"{PLACE}.orders",
            DatasetKind.TABLE,
            display_name="Orders",
            description="Orders as booked.",
            columns=(
                ColumnRecord(("id",), "bigint", False, "The key", None, 1, ("key",)),
                ColumnRecord(("customer",), "bigint", True),
                ColumnRecord(("address",), "struct"),
                ColumnRecord(("address", "city"), "text", classifications=("Personal/Contact",)),
                ColumnRecord(("strange name",), "text", default="'x'"),
            ),
            owners=(
                OwnerRecord("Sales", "sales@example.org", kind=OwnershipKind.BUSINESS_OWNER),
                OwnerRecord("Ada", "ada@example.org", False, OwnershipKind.STEWARD),
            ),
            tags=("gold",),
            classifications=("Internal/Sales",),
            relations=(
                RelationRecord(
                    f"{PLACE}.customers", columns=("customer",), target_columns=("id",), name="fk"
                ),
            ),
            profile=ProfileRecord(NOON, 10, 2048),
            stage=Stage.ANALYSIS,
            data_kind=DataKind.TRANSACTIONAL,
            motion=Motion.AT_REST,
            retention="P7Y",
            source_created_at=NOON - dt.timedelta(days=9),
            metadata={"sort_order": "id"},
            custom={"cost_center": "42"},
            url="https://example.org/orders",
        ),
    )
    dataset = Dataset.objects.get(name="orders")
    curation.change_dataset(
        acting=administrator(),
        dataset_id=dataset.pk,
        changes={
            "archived_at": "2036-01-01", "organisation": "One row for each order.",
            "expected_latency": "PT15M", "finality_lag": "P3D", "consistency": "eventual",
        },
    )  # fmt: skip
    dataset.refresh_from_db()
    return dataset


def facts(who: Principal, dataset: Dataset) -> dict[str, str]:
    """The thirteen as text, moments in one form."""
    return {
        fact.field.value: fact.value.isoformat()
        if isinstance(fact.value, dt.datetime)
        else str(fact.value or "")
        for fact in thirteen_facts(who, dataset)
    }


def bring_back(tmp_path: Path, document: dict[str, Any]) -> list[Any]:
    """What an import of the document as a file yields."""
    file = tmp_path / "contract.odcs.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    found = read_all(OdcsConnector(), path=str(file))
    assert found.problems == []
    return [found, *found.datasets.values()]


def test_a_contract_brings_the_same_thirteen_facts_back(orders: Dataset, tmp_path: Path) -> None:
    # given a dataset of which all thirteen are known, and its contract
    who = principal()
    before = facts(who, orders)
    assert all(before.values()), before
    described = described_dataset(who, orders.pk)
    document = contract(described)
    columns = list(orders.columns.order_by("ordinal").values_list("path", "physical_type"))
    # when it is imported where the dataset is not known
    Dataset.objects.filter(pk=orders.pk).delete()
    _, *records = bring_back(tmp_path, document)
    bring(*records)
    # then all thirteen are the same, and so is everything that they are told from
    again = Dataset.objects.get(qualified_name=described.qualified_name)
    assert facts(who, again) == before
    assert list(again.columns.order_by("ordinal").values_list("path", "physical_type")) == columns
    city = Column.objects.get(dataset=again, name="city")
    assert city.labels.get().label.path == "Personal / Contact"
    assert Column.objects.get(dataset=again, name="strange name").default == "'x'"
    relation = Relation.objects.get(source=again)
    assert (relation.source_columns, relation.target_columns, relation.name) == (
        ["customer"], ["id"], "fk")  # fmt: skip
    assert (again.data_kind, again.stage, again.retention, again.latest_rows) == (
        "transactional", "analysis", "P7Y", 10)  # fmt: skip
    assert again.harvested_metadata["custom"] == {"cost_center": "42"}
    # and its own contract tells the same, but for what only people declare here
    second = contract(described_dataset(who, again.pk))
    assert second["schema"] == document["schema"]
    assert second["team"] == document["team"]
    values = {p["property"]: p["value"] for p in document["customProperties"]}
    assert {p["property"]: p["value"] for p in second["customProperties"]} == values


def test_a_contract_holds_to_the_standard(orders: Dataset) -> None:
    document = contract(described_dataset(principal(), orders.pk))

    assert document.keys() >= ODCS_REQUIRED
    assert (document["apiVersion"], document["kind"], document["status"]) == (
        "v3.1.0", "DataContract", "active")  # fmt: skip
    assert document["description"] == {"purpose": "Orders as booked."}
    (schema,) = document["schema"]
    assert [entry["name"] for entry in schema["properties"]] == [
        "id", "customer", "address", "strange name"]  # fmt: skip
    assert schema["properties"][0]["primaryKeyPosition"] == 1
    assert schema["properties"][2]["properties"][0]["name"] == "city"
    assert schema["relationships"][0]["from"] == "orders.customer"
    assert schema["relationships"][0]["to"] == "customers.id"
    assert {"property": "endOfLife", "value": "2036-01-01"} in document["slaProperties"]
    assert {"property": "latency", "value": "PT15M"} in document["slaProperties"]


@pytest.mark.fixtures
def test_contracts_are_valid_by_the_published_schema(
    orders: Dataset, fixtures_folder: Path
) -> None:
    text = (fixtures_folder / "odcs" / "odcs-json-schema-v3.1.0.json").read_text()
    validator = Draft201909Validator(json.loads(text))
    topic = DatasetFactory(kind="topic", motion="in_motion", topic="orders.v1", retention="P7D")

    for dataset in (orders, topic, DatasetFactory(name="Größe [1]", lifecycle="archived")):
        document = contract(described_dataset(principal(), dataset.pk))
        assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.fixtures
def test_contracts_of_others_become_datasets(fixtures_folder: Path) -> None:
    columns: dict[str, int] = {}
    without_schema = []
    for file in sorted((fixtures_folder / "odcs").glob("*.odcs.yaml")):
        found = read_all(OdcsConnector(), path=str(file))
        without_schema += [problem.location for problem in found.problems]
        for name, record in found.datasets.items():
            columns[name] = max(columns.get(name, 0), len(record.columns or ()))

    # Of 18 contracts four describe servers, roles and service levels only.
    assert len(without_schema) == 4
    assert (len(columns), sum(columns.values())) == (78, 488)
    full = read_all(OdcsConnector(), path=str(fixtures_folder / "odcs/full-example.odcs.yaml"))
    payments = full.dataset("postgres://localhost/pypl-edw.pp_access_views.tbl_1")
    receivers = "postgres://localhost/pypl-edw.pp_access_views.receivers_master"
    assert [(one.target, one.columns) for one in payments.relations] == [
        (receivers, ("rcvr_id", "rcvr_cntry_code")), (receivers, ("rcvr_id",))]  # fmt: skip
    assert {owner.name for owner in payments.owners} == {"mhopper", "daustin"}


def test_dcat_tells_all_thirteen_and_every_physical_instance(orders: Dataset) -> None:
    # given a dataset with two more physical instances
    vault = System.objects.create(
        platform="s3", instance="vault", qualified_name="s3://vault", lookup_name="s3://vault"
    )
    for location, size, media_type in (
        ("s3://vault/orders.parquet", 4096, "application/vnd.apache.parquet"),
        ("/mnt/orders.csv", 512, "text/csv"),
    ):
        Distribution.objects.create(
            dataset=orders, system=vault, location=location, size_bytes=size,
            media_type=media_type, fresh_at=NOON,
        )  # fmt: skip
    # when it is told in DCAT
    who = principal()
    document = dataset_document(described_dataset(who, orders.pk), ADDRESS)
    # then each of the thirteen facts stands in its term
    known = facts(who, orders)
    assert DCAT_OF_THE_THIRTEEN.keys() == {field.value for field in MetadataField}
    for field, term in DCAT_OF_THE_THIRTEEN.items():
        value = document[term]
        told = (value.get("@value") or value["rdfs:label"]) if isinstance(value, dict) else value
        assert told == known[field], field
    # and each instance is a distribution with its own place, size and freshness
    source, csv, parquet = document["dcat:distribution"]
    assert source["dcat:accessURL"] == {"@id": "https://example.org/orders"}
    assert source["dcat:byteSize"]["@value"] == "2048"
    assert (csv["dcat:accessURL"], csv["dct:title"]) == ({"@id": ADDRESS}, "/mnt/orders.csv")
    assert parquet["dcat:accessURL"] == {"@id": "s3://vault/orders.parquet"}
    assert parquet["dcat:byteSize"] == {"@type": "xsd:nonNegativeInteger", "@value": "4096"}
    assert parquet["dct:modified"]["@value"] == NOON.isoformat()
    # and every prefix that is used is declared
    used = set(re.findall(r'"([a-z]+):[A-Za-z]+":', json.dumps(document)))
    assert used <= document["@context"].keys()


def test_a_product_is_told_with_its_ports(orders: Dataset) -> None:
    # given a product that offers orders and reads customers
    product = DataProduct.objects.create(
        name="Sales figures", slug="sales-figures", purpose="To know what was sold.",
        owner=PersonFactory(display_name="Ada"), owner_team=TeamFactory(name="Figures"),
        service_level="By eight.",
    )  # fmt: skip
    customers = Dataset.objects.get(name="customers")
    ProductPort.objects.create(product=product, dataset=orders, contract="Daily")
    ProductPort.objects.create(product=product, dataset=customers, is_output=False)
    client = Client()
    client.force_login(PersonFactory())
    # when its file is fetched
    response = client.get("/products/sales-figures/product.yaml")
    document = yaml.safe_load(response.content)
    # then it holds to the Open Data Product Standard 1.0.0
    assert ODPS_REQUIRED <= document.keys() <= ODPS_KNOWN
    assert (document["apiVersion"], document["kind"]) == ("v1.0.0", "DataProduct")
    assert document["inputPorts"] == [
        {"name": "customers", "version": "1.0.0", "contractId": customers.qualified_name}
    ]
    (offered,) = document["outputPorts"]
    assert (offered["name"], offered["contractId"]) == ("Orders", orders.qualified_name)
    assert offered["inputContracts"] == [{"id": customers.qualified_name, "version": "1.0.0"}]
    assert [member["role"] for member in document["team"]] == ["owner", "owning team"]
    # and REST says the same
    assert client.get(f"/api/v1/products/{product.pk}/document/").json() == document


def test_files_rest_and_graphql_tell_the_same(orders: Dataset) -> None:
    person = PersonFactory()
    client = Client()
    client.force_login(person)
    expected = contract(described_dataset(principal_of(person), orders.pk))

    file = client.get(f"/datasets/{orders.pk}/contract.yaml")
    rest = client.get(f"/api/v1/datasets/{orders.pk}/contract/").json()
    asked = f'{{ dataset(id: "{orders.pk}") {{ contract }} }}'
    graph = client.post("/graphql/", {"query": asked}, content_type="application/json").json()
    linked = client.get(f"/datasets/{orders.pk}/dcat.jsonld")

    assert yaml.safe_load(file.content) == rest == graph["data"]["dataset"]["contract"] == expected
    assert file["Content-Disposition"] == 'attachment; filename="orders.odcs.yaml"'
    assert linked["Content-Type"] == "application/ld+json"
    assert linked.json() == client.get(f"/api/v1/datasets/{orders.pk}/dcat/").json()


def test_a_contract_costs_the_same_for_few_and_many_columns(
    orders: Dataset, django_assert_max_num_queries: Any
) -> None:
    Column.objects.bulk_create(
        Column(dataset=orders, path=f"c{n}", name=f"c{n}", ordinal=10 + n) for n in range(300)
    )

    with django_assert_max_num_queries(20):
        document = contract(described_dataset(principal(), orders.pk))

    assert len(document["schema"][0]["properties"]) == 304


def aliases_of_aliases(holding: str) -> str:
    """Six levels of ten aliases each: a million values in a few hundred bytes."""
    lines = ["l0: &l0 {x: 1}"]
    for level in range(1, 7):
        held = holding.format(", ".join([f"*l{level - 1}"] * 10))
        lines.append(f"l{level}: &l{level}{held}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: Service\nschema: []", "its kind is not DataContract"),
        ("kind: DataContract", "It has no schema"),
        ("- 1", "It is no data contract"),
        ("kind: [", "left out"),
        ("kind: DataContract\nschema: [{name: t, properties: [{physicalType: int}]}]", "no name"),
        ("a: &a [1]\nb: [" + ", ".join(["*a"] * 101) + "]", "100 YAML aliases"),
        (aliases_of_aliases(" [{}]"), "more than 200,000 values: write out"),
        (aliases_of_aliases(" {{<<: [{}]}}"), "more than 200,000 values: write out"),
        ("a: &a [*a]", "*a stands for what it is a part of: write it out"),
        ("[" * 100_000, "nested more than 200 deep"),
        ("!!python/object/apply:os.system ['true']", "left out"),
    ],
)
def test_what_is_no_contract_is_told_and_left_out(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    (tmp_path / "good.yaml").write_text("kind: DataContract\nschema: [{name: orders}]\n")

    found = read_all(OdcsConnector(), path=str(tmp_path))

    assert [problem.location for problem in found.problems] == ["bad.yaml"]
    assert says in found.problems[0].message
    assert list(found.datasets) == ["contract://contracts/orders"]

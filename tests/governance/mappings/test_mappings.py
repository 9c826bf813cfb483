"""How the fields of two systems map (R-096), and what a record is made of (R-042)."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.errors import InvalidInput, NotFound
from catalog.models import Column, ColumnLabel, Label, Relation
from catalog.types import LabelKind, Origin, Principal, RelationKind
from governance.mappings.selectors.mapping import field_mapping
from governance.mappings.selectors.pairs import mapped_pairs
from governance.mappings.selectors.records import composed_record
from governance.types import ChangeOp, ChangeSpec
from lineage.models import ColumnEdge, Statement
from lineage.types import ConfidenceReason, EdgeKind, EdgeSubtype, StatementStatus
from tests.factories import ColumnFactory, DatasetFactory, SystemFactory
from tests.governance.api.conftest import cost_of, secret_of
from tests.governance.proposals.world import MONDAY, World, adopted, at, make_world

ASKING = Principal.system("test")


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.STORY_CLOCK = True
    at(MONDAY)
    return make_world()


class Two:
    """A customer in the CRM and in the billing system, and the warehouse that both feed."""

    def __init__(self) -> None:
        self.crm, self.billing = SystemFactory(instance="crm"), SystemFactory(instance="billing")
        self.warehouse = SystemFactory(instance="warehouse")
        self.account = DatasetFactory(system=self.crm, name="account")
        self.customer = DatasetFactory(system=self.billing, name="customer")
        self.staging = DatasetFactory(system=self.warehouse, name="staging")
        self.dimension = DatasetFactory(system=self.warehouse, name="dim_customer")
        for dataset, fields in (
            (self.account, {"id": "bigint", "name": "varchar(80)", "status": "varchar(10)",
                            "region": "text"}),
            (self.customer, {"account": "bigint", "legal_name": "varchar(40)", "state": "int",
                             "Region": "text"}),
            (self.staging, {"name": "text"}),
            (self.dimension, {"name": "text", "status": "text", "loaded": "timestamp"}),
        ):  # fmt: skip
            for ordinal, (name, kind) in enumerate(fields.items()):
                ColumnFactory(dataset=dataset, name=name, physical_type=kind, ordinal=ordinal)

    def column(self, dataset: Any, name: str) -> Column:
        return Column.objects.get(dataset=dataset, path=name)

    def flows(self, source: Any, one: str, target: Any, other: str) -> None:
        statement, _ = Statement.objects.get_or_create(
            dataset=target, defaults={"status": StatementStatus.PARSED, "read_at": MONDAY}
        )
        ColumnEdge.objects.create(
            source=source, source_column=self.column(source, one), target=target,
            target_column=self.column(target, other), statement=statement,
            kind=EdgeKind.DIRECT, subtype=EdgeSubtype.IDENTITY, confidence=1.0,
            reason=ConfidenceReason.BY_SCHEMA,
        )  # fmt: skip

    def agree(self, world: World) -> None:
        """On what an account's state is, in both systems."""
        for dataset, domain in ((self.account, "Sales"), (self.customer, "Finance")):
            dataset.domain = world.council.domains[domain]
            dataset.save()
        bound = [
            {"dataset": self.account.qualified_name, "column": "status"},
            {"dataset": self.customer.qualified_name, "column": "state"},
        ]
        document = {
            "label": "Account state", "definition": "Where an account stands.",
            "domain": "sales", "bound_to": bound,
        }  # fmt: skip
        adopted(world, ChangeSpec(ChangeOp.CREATE, "term", "", document))

    def relate(self) -> None:
        Relation.objects.create(
            source=self.customer, target=self.account, kind=RelationKind.FOREIGN_KEY,
            source_columns=["account"], target_columns=["id"],
        )  # fmt: skip


def test_fields_map_by_lineage_relations_and_agreements(world: World) -> None:
    two = Two()
    two.relate()
    two.agree(world)
    two.flows(two.account, "name", two.dimension, "name")
    two.flows(two.customer, "legal_name", two.dimension, "name")
    label = Label.objects.create(
        kind=LabelKind.CLASSIFICATION, name="pii", path="pii", description=""
    )
    ColumnLabel.objects.create(
        column=two.column(two.customer, "legal_name"), label=label, origin=Origin.DECLARED
    )
    Column.objects.filter(dataset=two.account, path="id").update(nullable=True)
    Column.objects.filter(dataset=two.customer, path="account").update(nullable=False)

    [pair] = mapped_pairs(ASKING, two.crm.pk, two.billing.pk)
    found = field_mapping(ASKING, two.account.pk, two.customer.pk)

    assert (pair.left, pair.right) == (two.account, two.customer)
    assert (pair.by_lineage, pair.by_relation, pair.by_agreement) == (1, 1, 1)
    assert [(one.left.path, one.right.path, one.grounds) for one in found.fields] == [
        ("id", "account", ("Declared: foreign key.",)),
        ("name", "legal_name", ("Lineage: both arrive in name of dim_customer.",)),
        ("status", "state", ("Agreed: both are “Account state” (term:account-state).",)),
    ]
    said = [[one.sentence for one in field.mismatches] for field in found.fields]
    assert said == [
        ["It may be empty on the left and never on the right."],
        ["It holds 80 characters on the left and 40 on the right.",
         "Classified pii on the right only."],
        ["varchar(10) on the left is a text, int on the right an integer."],
    ]  # fmt: skip
    assert found.mismatch_count == 4
    assert [(one.field.path, one.alike) for one in found.missing_right] == [("region", "Region")]
    assert [(one.field.path, one.alike) for one in found.missing_left] == [("Region", "region")]


def test_values_that_flow_map_in_either_direction(world: World) -> None:
    two = Two()
    two.flows(two.account, "name", two.customer, "legal_name")
    two.flows(two.customer, "state", two.account, "status")

    found = field_mapping(ASKING, two.account.pk, two.customer.pk)
    turned = field_mapping(ASKING, two.customer.pk, two.account.pk)

    assert [(one.left.path, one.grounds) for one in found.fields] == [
        ("name", ("Lineage: its values flow from left to right.",)),
        ("status", ("Lineage: its values flow from right to left.",)),
    ]
    assert [(one.left.path, one.grounds) for one in turned.fields] == [
        ("legal_name", ("Lineage: its values flow from right to left.",)),
        ("state", ("Lineage: its values flow from left to right.",)),
    ]
    assert [pair.by_lineage for pair in mapped_pairs(ASKING, two.crm.pk, two.billing.pk)] == [2]


def test_what_is_not_there_or_hidden_maps_to_nothing(world: World) -> None:
    two = Two()
    two.relate()

    assert mapped_pairs(Principal.anonymous(), two.crm.pk, two.billing.pk) == []
    assert mapped_pairs(ASKING, two.crm.pk, two.warehouse.pk) == []
    with pytest.raises(InvalidInput, match="two different systems"):
        mapped_pairs(ASKING, two.crm.pk, two.crm.pk)
    for left, right in ((two.account.pk, 0), (0, two.customer.pk)):
        with pytest.raises(NotFound):
            field_mapping(ASKING, left, right)
    with pytest.raises(NotFound):
        field_mapping(Principal.anonymous(), two.account.pk, two.customer.pk)
    with pytest.raises(InvalidInput, match="not mapped to itself"):
        field_mapping(ASKING, two.account.pk, two.account.pk)


def test_a_record_is_read_back_to_the_systems_that_it_is_made_of(world: World) -> None:
    two = Two()
    two.flows(two.account, "name", two.staging, "name")
    two.flows(two.staging, "name", two.dimension, "name")
    two.flows(two.customer, "legal_name", two.dimension, "name")
    two.flows(two.customer, "state", two.dimension, "status")
    two.flows(two.dimension, "name", two.staging, "name")  # a circle ends

    found = composed_record(ASKING, two.dimension.pk)

    assert [
        (one.column.path, [(origin.dataset, origin.path) for origin in one.origins])
        for one in found.fields
    ] == [
        ("name", [(two.customer, "legal_name"), (two.account, "name")]),
        ("status", [(two.customer, "state")]),
        ("loaded", []),
    ]
    assert found.systems == ("postgres://billing", "postgres://crm")
    with pytest.raises(NotFound):
        composed_record(Principal.anonymous(), two.dimension.pk)


def test_every_door_tells_the_same_and_the_file_too(world: World, client: Any) -> None:
    two = Two()
    two.relate()
    two.flows(two.account, "name", two.customer, "legal_name")
    two.flows(two.account, "name", two.dimension, "name")
    rest = APIClient()
    rest.credentials(HTTP_AUTHORIZATION=f"Bearer {secret_of(world.author)}")
    ids, systems = (two.account.pk, two.customer.pk), (two.crm.pk, two.billing.pk)

    pairs = rest.get(f"/api/v1/mappings/?left={systems[0]}&right={systems[1]}").json()["results"]
    whole = rest.get(f"/api/v1/mappings/{ids[0]}/{ids[1]}/").json()
    made = rest.get(f"/api/v1/mappings/record/{two.dimension.pk}/").json()
    asked = rest.post(
        "/graphql/",
        {"query": f"""{{
            mappings(left: {systems[0]}, right: {systems[1]}) {{ left right byLineage byRelation
                byAgreement leftName rightName }}
            mapping(left: {ids[0]}, right: {ids[1]}) {{ left mismatchCount
                mapped {{ left {{ path }} right {{ path physicalType nullable classifications }}
                    grounds mismatches {{ kind sentence }} }}
                missingRight {{ field {{ path }} alike }} missingLeft {{ field {{ path }} }} }}
            composedRecord(dataset: {two.dimension.pk}) {{ dataset systems
                composed {{ path origins {{ dataset column }} }} }} }}"""},
        format="json",
    ).json()["data"]  # fmt: skip

    assert (pairs[0]["left"], pairs[0]["right"], pairs[0]["by_relation"]) == (*ids, 1)
    assert asked["mappings"][0]["byRelation"] == 1
    assert whole["mismatch_count"] == asked["mapping"]["mismatchCount"] == 1
    assert [one["grounds"] for one in whole["mapped"]] == [
        one["grounds"] for one in asked["mapping"]["mapped"]
    ]
    assert asked["mapping"]["mapped"][1]["mismatches"][0]["kind"] == "type"
    assert whole["mapped"][1]["mismatches"][0]["kind"] == "type"
    assert asked["composedRecord"]["composed"] == made["composed"]
    assert made["systems"] == ["postgres://crm"]
    client.force_login(world.author)
    page = client.get(f"/mappings/?left={systems[0]}&right={systems[1]}").content.decode()
    assert f"/mappings/{ids[0]}/{ids[1]}/" in page
    page = client.get(f"/mappings/{ids[0]}/{ids[1]}/?only=mismatches").content.decode()
    assert "It holds 80 characters on the left and 40 on the right." in page
    assert "Declared: foreign key." not in page
    lines = client.get(f"/mappings/{ids[0]}/{ids[1]}.csv").content.decode().splitlines()
    assert lines[1] == "id,account,bigint,bigint,Declared: foreign key.,"
    assert lines[3] == "status,,varchar(10),,,Missing on the right."
    page = client.get(f"/mappings/record/{two.dimension.pk}/").content.decode()
    assert "postgres://crm" in page
    assert client.get("/mappings/").status_code == 200


def test_a_mapping_costs_the_same_for_few_fields_and_for_many(world: World) -> None:
    two = Two()
    two.relate()

    def cost() -> tuple[int, int]:
        return (
            cost_of(lambda: mapped_pairs(ASKING, two.crm.pk, two.billing.pk)),
            cost_of(lambda: field_mapping(ASKING, two.account.pk, two.customer.pk)),
        )

    few = cost()
    for number in range(20):
        for dataset in (two.account, two.customer):
            ColumnFactory(dataset=dataset, name=f"more{number}", ordinal=10 + number)
        two.flows(two.account, f"more{number}", two.customer, f"more{number}")

    assert cost() == few
    assert len(field_mapping(ASKING, two.account.pk, two.customer.pk).fields) == 21

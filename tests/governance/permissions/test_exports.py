"""Documents tell nobody what a confidential opt-out hides."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from catalog.models import DataProduct, Dataset, Person, ProductPort, Relation
from tests.factories import PersonFactory, TeamFactory
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> dict[str, Dataset]:
    """Employees with a relation to pay, which a product offers beside them."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    made = larkfield("hr.compensation", "hr.employee")
    pay, staff = made["hr.compensation"], made["hr.employee"]
    Relation.objects.create(source=staff, target=pay, kind="same_as", name="paid as")
    product = DataProduct.objects.create(name="People", slug="people", purpose="To know us.")
    for dataset in (pay, staff):
        ProductPort.objects.create(product=product, dataset=dataset)
    return made


@pytest.mark.parametrize("path", ["contract.yaml", "dcat.jsonld"])
def test_a_hidden_dataset_has_no_document_and_stands_in_none(
    company: dict[str, Dataset], client: Client, path: str
) -> None:
    # given pay that is hidden from all but payroll
    pay, staff = company["hr.compensation"], company["hr.employee"]
    in_force(opt_out(1, confidential_metadata=True))
    # when Ann, who may not even see it, asks for documents
    client.force_login(Person.objects.get(username="ann"))
    hidden = client.get(f"/datasets/{pay.pk}/{path}")
    told = client.get(f"/datasets/{staff.pk}/{path}").content.decode()
    product = client.get("/products/people/product.yaml").content.decode()
    facts = client.get(f"/api/v1/datasets/{staff.pk}/facts/").json()["facts"]
    # then there is none of it, and no other names it or counts it
    assert hidden.status_code == 404
    assert "compensation" not in told
    assert "compensation" not in product
    assert "compensation" not in json.dumps(facts)
    related = next(fact["value"] for fact in facts if fact["field"] == "relations")
    # and Paul of payroll has all of it
    client.force_login(Person.objects.get(username="paul"))
    assert client.get(f"/datasets/{pay.pk}/{path}").status_code == 200
    assert "compensation" in client.get(f"/datasets/{staff.pk}/{path}").content.decode()
    assert "compensation" in client.get("/products/people/product.yaml").content.decode()
    more = client.get(f"/api/v1/datasets/{staff.pk}/facts/").json()["facts"]
    assert related != next(fact["value"] for fact in more if fact["field"] == "relations")

"""Values of another shape than a fact has, and changes by who looks at an older state."""

import json
from typing import Any

import pytest
from django.test import Client

from catalog.errors import InvalidInput
from catalog.models import Dataset
from catalog.services import curation
from catalog.services.curation.facts import version_of
from tests.catalog.admin.test_admin import dataset_form, url_of
from tests.factories import AdministratorFactory, DatasetFactory, administrator

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [
        {"operations": 5},
        {"operations": ["runbook"]},
        {"operations": None},
        {"boosted_fields": 5},
        {"boosted_fields": "name"},
        {"hidden_fields": {"name": 1}},
        {"hidden_fields": [["name"]]},
    ],
    ids=str,
)
def test_a_value_of_another_shape_is_refused_by_its_field(changes: dict[str, Any]) -> None:
    dataset = DatasetFactory()

    with pytest.raises(InvalidInput) as refused:
        curation.change_dataset(acting=administrator(), dataset_id=dataset.pk, changes=changes)
    assert refused.value.field == next(iter(changes))


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(AdministratorFactory())
    return client


def change(dataset: Dataset, **facts: Any) -> str:
    curation.change_dataset(acting=administrator(), dataset_id=dataset.pk, changes=facts)
    return version_of(dataset)


def test_a_revert_over_rest_and_graphql_minds_what_came_since(client: Client) -> None:
    # given somebody who looks at the second version of three
    dataset = DatasetFactory()
    first = change(dataset, description="One")
    second = change(dataset, description="Two")
    change(dataset, description="Three")
    rest = f"/api/v1/datasets/{dataset.pk}/revert/"
    body = json.dumps({"history_id": int(first)})
    query = (
        f'mutation {{ revertDataset(dataset: "{dataset.pk}", historyId: {first},'
        f' expectedVersion: "{second}") {{ dataset {{ id }} }} }}'
    )

    # when they go back to the first one
    answer = client.post(rest, body, content_type="application/json", headers={"If-Match": second})
    told = client.post("/graphql/", {"query": query}, content_type="application/json")

    # then they hear of the third and it stays
    assert answer.status_code == 409
    assert "Somebody changed this dataset meanwhile" in told.content.decode()
    dataset.refresh_from_db()
    assert dataset.declared_description == "Three"
    # and a tag that a proxy made a weak one names the same version
    weak = {"If-Match": f'W/"{version_of(dataset)}"'}
    answer = client.post(rest, body, content_type="application/json", headers=weak)
    assert answer.status_code == 200


def test_a_form_of_the_admin_brings_back_nothing_that_was_changed_since(client: Client) -> None:
    # given a form that was opened before somebody described the dataset
    dataset = DatasetFactory()
    version = version_of(dataset)
    change(dataset, description="Orders of the shop")

    answer = client.post(
        url_of(Dataset, "change", dataset.pk),
        dataset_form(dataset, residency="EU", version=version),
        follow=True,
    )

    assert "Somebody changed this dataset meanwhile" in answer.content.decode()
    dataset.refresh_from_db()
    assert (dataset.declared_description, dataset.residency) == ("Orders of the shop", "")

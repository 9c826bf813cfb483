"""The table of columns: filter, sort, nested fields, editing in place."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog.models import Column, ColumnLabel, Dataset, Relation
from catalog.selectors.history import history_model
from tests.factories import ColumnFactory, DatasetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def nested(dataset: Dataset) -> Dataset:
    for ordinal, (path, parent, type_) in enumerate(
        [
            ("id", "", "bigint"),
            ("address", "", "struct"),
            ("address.city", "address", "text"),
            ("address.geo", "address", "struct"),
            ("address.geo.lat", "address.geo", "double"),
            ("total", "", "numeric"),
        ]
    ):
        ColumnFactory(
            dataset=dataset,
            path=path,
            name=path.rpartition(".")[2],
            parent_path=parent,
            ordinal=ordinal,
            physical_type=type_,
        )
    return dataset


def shown(client: Client, dataset: Dataset, query: str = "") -> list[str]:
    page = client.get(f"/datasets/{dataset.pk}/columns/{query}").content.decode()
    return re.findall(r'<span class="name" title="([^"]+)"', page)


def test_nested_fields_unfold_one_level_at_a_time(reader: Client, nested: Dataset) -> None:
    assert shown(reader, nested) == ["id", "address", "total"]
    assert shown(reader, nested, "?open=address") == [
        "id",
        "address",
        "address.city",
        "address.geo",
        "total",
    ]
    assert "address.geo.lat" in shown(reader, nested, "?open=address&open=address.geo")
    assert "address.geo.lat" not in shown(reader, nested, "?open=address.geo")


def test_a_link_to_a_nested_field_unfolds_to_it(reader: Client, nested: Dataset) -> None:
    assert "address.geo.lat" in shown(reader, nested, "?column=address.geo.lat")


def test_the_table_filters_and_sorts(reader: Client, nested: Dataset) -> None:
    assert shown(reader, nested, "?q=geo") == ["address.geo", "address.geo.lat"]
    assert shown(reader, nested, "?q=BIGINT") == ["id"]
    assert shown(reader, nested, "?sort=-name")[0] == "total"
    assert shown(reader, nested, "?q=nothing-like-it") == []


def test_nonsense_in_the_address_shows_the_table(reader: Client, nested: Dataset) -> None:
    for query in ("?page=x", "?page=99", '?column="open', "?sort=drop+table", "?open=" + "a" * 999):
        assert shown(reader, nested, query)[0] == "id"


def test_a_foreign_key_leads_to_what_it_names(reader: Client, nested: Dataset) -> None:
    customers = DatasetFactory(name="customers")
    Relation.objects.create(
        source=nested,
        target=customers,
        kind="foreign_key",
        source_columns=["id"],
        target_columns=["id"],
    )

    page = reader.get(f"/datasets/{nested.pk}/columns/").content.decode()

    assert f'href="/datasets/{customers.pk}/columns/"' in page


def test_a_column_is_described_in_place_and_taken_back(reader: Client, nested: Dataset) -> None:
    address = f"/datasets/{nested.pk}/columns/edit/"

    form = reader.get(address, {"path": "total"}, headers={"HX-Request": "true"})
    saved = reader.post(
        address,
        {"path": "total", "description": "Sum of the lines"},
        headers={"HX-Request": "true"},
    )

    assert b"<tr" in form.content
    assert b"total: saved." in saved.content
    column = Column.objects.get(dataset=nested, path="total")
    assert column.declared_description == "Sum of the lines"
    first = history_model(Column).objects.filter(pgh_obj_id=column.pk).order_by("pgh_id").first()

    undone = reader.post(
        f"/datasets/{nested.pk}/columns/revert/", {"history_id": first.pgh_id, "path": "total"}
    )

    assert undone.status_code == 302
    column.refresh_from_db()
    assert column.declared_description == ""


def test_two_people_do_not_overwrite_each_other(reader: Client, nested: Dataset) -> None:
    address = f"/datasets/{nested.pk}/columns/edit/"
    form = reader.get(address, {"path": "id"}).content.decode()
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    reader.post(address, {"path": "id", "description": "First", "version": version[1]})

    second = reader.post(address, {"path": "id", "description": "Second", "version": version[1]})

    assert second.status_code == 409
    assert "Somebody changed this column meanwhile" in second.content.decode()
    assert Column.objects.get(dataset=nested, path="id").declared_description == "First"


def test_large_keys_stay_plain_numbers(reader: Client, dataset: Dataset) -> None:
    ColumnFactory(dataset=dataset, pk=1234567, name="late", path="late")

    page = reader.get(f"/datasets/{dataset.pk}/columns/").content.decode()
    form = reader.get(f"/datasets/{dataset.pk}/columns/edit/?path=late").content.decode()

    assert 'id="column-1234567"' in page
    assert "1,234,567" not in page + form


def test_a_classification_of_a_column_belongs_to_stewards(
    reader: Client, steward: Client, nested: Dataset
) -> None:
    label = {"kind": "classification", "path": "Personal / Contact", "column": "address.city"}

    refused = reader.post(f"/datasets/{nested.pk}/labels/put/", label)
    allowed = steward.post(f"/datasets/{nested.pk}/labels/put/", label)

    assert refused.status_code == 403
    assert allowed.status_code == 302
    assert list(ColumnLabel.objects.values_list("label__path", flat=True)) == ["Personal / Contact"]


def test_the_columns_come_as_csv_without_formulas(reader: Client, dataset: Dataset) -> None:
    ColumnFactory(dataset=dataset, name="=1+1", path='"=1+1"', declared_description="@SUM(A1)")

    response = reader.get(f"/datasets/{dataset.pk}/columns.csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    row = response.content.decode().splitlines()[1]
    assert "'@SUM(A1)" in row
    assert ",@SUM" not in row

"""Rows read live from a source: bounded, permitted, and honest where they cannot be read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from catalog.access import AccessRefused
from catalog.models import Dataset, SourceRecord
from catalog.selectors.samples import NoSample, sample_rows
from catalog.types import EmploymentKind
from tests.factories import (
    ColumnFactory,
    ConnectionFactory,
    DatasetFactory,
    SystemFactory,
    principal,
)

pytestmark = pytest.mark.django_db

MAKE = (
    "create table orders (id integer, name text, paid boolean)",
    "insert into orders values (1, 'first', true), (2, NULL, false)",
)


def connected(connector: str, settings: dict[str, object], qualified_name: str) -> Dataset:
    """A dataset with the columns `id` and `name` that a connection brought."""
    platform = qualified_name.partition("://")[0]
    system = SystemFactory(platform=platform)
    dataset = DatasetFactory(
        system=system, name=qualified_name.rpartition(".")[2], qualified_name=qualified_name
    )
    for ordinal, name in enumerate(("id", "name")):
        ColumnFactory(dataset=dataset, name=name, path=name, ordinal=ordinal)
    connection = ConnectionFactory(connector=connector, settings=settings)
    SourceRecord.objects.create(connection=connection, dataset=dataset)
    return dataset


@pytest.fixture
def duckdb_orders(tmp_path: Path) -> Dataset:
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        for statement in MAKE:
            connection.execute(statement)
    return connected("sql", {"url": f"duckdb:///{file}"}, "duckdb://shop/shop.main.orders")


def test_rows_of_a_duckdb_file(duckdb_orders: Dataset) -> None:
    sample = sample_rows(principal(), duckdb_orders)

    assert sample.columns == ("id", "name")
    assert sample.rows == (("1", "first"), ("2", None))
    assert not sample.is_cut


def test_rows_of_a_sqlite_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        for statement in MAKE:
            connection.execute(statement)
    dataset = connected("sql", {"url": f"sqlite:///{file}"}, "sqlite://shop/main.orders")

    assert sample_rows(principal(), dataset).rows == (("1", "first"), ("2", None))


def test_rows_of_a_file_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,name\n1,first\n2,second\n")
    dataset = connected("files", {"path": str(tmp_path)}, 'file://shop/"orders.csv"')

    assert sample_rows(principal(), dataset).rows == (("1", "first"), ("2", "second"))


def test_at_most_twenty_rows_and_fifty_columns(tmp_path: Path) -> None:
    file = tmp_path / "wide.duckdb"
    names = [f"c{n}" for n in range(60)]
    with duckdb.connect(str(file)) as connection:
        columns = ", ".join(f"i as {name}" for name in names)
        connection.execute(f"create table wide as select {columns} from range(100) t(i)")
    dataset = connected("sql", {"url": f"duckdb:///{file}"}, "duckdb://wide/wide.main.wide")
    dataset.columns.all().delete()
    for ordinal, name in enumerate(names):
        ColumnFactory(dataset=dataset, name=name, path=name, ordinal=ordinal)

    sample = sample_rows(principal(), dataset)

    assert (len(sample.columns), len(sample.rows), sample.is_cut) == (50, 20, True)


def test_a_name_that_is_sql_is_only_a_name(tmp_path: Path, duckdb_orders: Dataset) -> None:
    ColumnFactory(dataset=duckdb_orders, name='x" FROM orders; DROP TABLE orders --', ordinal=9)

    with pytest.raises(NoSample, match="could not be read just now"):
        sample_rows(principal(), duckdb_orders)

    duckdb_orders.columns.filter(ordinal=9).delete()
    assert len(sample_rows(principal(), duckdb_orders).rows) == 2


def test_who_may_not_read_gets_no_rows(duckdb_orders: Dataset) -> None:
    outsider = principal(employment_kind=EmploymentKind.EXTERNAL)

    with pytest.raises(AccessRefused, match="open to employees"):
        sample_rows(outsider, duckdb_orders)


@pytest.mark.parametrize(
    ("connector", "settings", "sentence"),
    [
        ("sql", {"url": "duckdb:////nowhere/shop.duckdb"}, "There is no file"),
        ("sql", {"url": "postgresql://reader@127.0.0.1:1/shop"}, "Nothing answers at"),
        ("sql", {}, "has to be set up again by an administrator"),
        ("dbt", {}, "imported from a description of the data"),
        ("unheard-of", {}, "imported from a description of the data"),
    ],
)
def test_a_source_that_cannot_be_asked_is_said_so(
    connector: str, settings: dict[str, object], sentence: str
) -> None:
    dataset = connected(connector, settings, "duckdb://shop/shop.main.orders")

    with pytest.raises(NoSample, match=sentence):
        sample_rows(principal(), dataset)


def test_the_page_shows_rows_and_the_honest_sentence(
    reader: Client, duckdb_orders: Dataset, dataset: Dataset
) -> None:
    rows = reader.get(f"/datasets/{duckdb_orders.pk}/quality/sample/").content.decode()
    fragment = reader.get(
        f"/datasets/{duckdb_orders.pk}/quality/sample/", headers={"HX-Request": "true"}
    ).content.decode()
    nothing = reader.get(f"/datasets/{dataset.pk}/quality/sample/").content.decode()

    assert "<td>first</td>" in rows
    assert "<html" in rows
    assert "<html" not in fragment
    assert "No connection brings this dataset" in nothing

"""Layers often call a table by one name: which statement fills which is told apart."""

from __future__ import annotations

import pytest

from lineage.models import DatasetEdge
from tests.lineage.warehouse import column_edges, dataset_edges, read, table

pytestmark = pytest.mark.django_db

SCRIPT = """
    INSERT INTO stg.orders (id, total) SELECT id, amount FROM raw.orders_in;
    INSERT INTO mart.orders (id, total) SELECT id, total FROM stg.orders WHERE total > 0
"""


def test_a_script_that_fills_two_tables_of_one_name() -> None:
    # Given the script of a job that fills both
    table("shop.raw.orders_in", ["id", "amount"])
    staged = table("shop.stg.orders", ["id", "total"], SCRIPT)
    served = table("shop.mart.orders", ["id", "total"], SCRIPT)
    read(staged, served)
    # Then each is made of what its own statement reads
    edges = DatasetEdge.objects.values_list("source__qualified_name", "target__qualified_name")
    at = "postgres://warehouse/shop."
    assert set(edges) == {
        (f"{at}raw.orders_in", f"{at}stg.orders"),
        (f"{at}stg.orders", f"{at}mart.orders"),
    }
    assert column_edges() == {
        ("orders_in.id", "orders.id", "IDENTITY"),
        ("orders_in.amount", "orders.total", "IDENTITY"),
        ("orders.id", "orders.id", "IDENTITY"),
        ("orders.total", "orders.total", "IDENTITY"),
        ("orders.total", "orders", "FILTER"),
    }


def test_a_table_that_the_catalog_has_as_files_is_known_by_its_own_name() -> None:
    # Given the files of a table, whose place the statement does not name
    table("shop.raw.orders_in", ["id", "amount"])
    files = table("lake.db.orders", ["id", "total"], SCRIPT.partition(";")[0])
    read(files)
    assert dataset_edges() == {("orders_in", "orders", True)}

"""Data contracts of others: where their datasets lie, and what is odd in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.connectors.odcs.connector import OdcsConnector
from tests.catalog.connectors.reading import Read, read_all


def read(folder: Path, *contracts: dict[str, Any]) -> Read:
    for number, contract in enumerate(contracts):
        (folder / f"{number}.json").write_text(json.dumps(contract))
    return read_all(OdcsConnector(), path=str(folder))


@pytest.mark.parametrize(
    ("server", "name"),
    [
        (
            {"type": "postgres", "host": "db", "port": 5433, "database": "d", "schema": "s"},
            'postgres://"db:5433"/d.s.orders',
        ),
        (
            {"type": "postgres", "host": "db", "port": 5432, "database": "d", "schema": "s"},
            "postgres://db/d.s.orders",
        ),
        (
            {"type": "bigquery", "project": "shop", "dataset": "sales"},
            "bigquery://default/shop.sales.orders",
        ),
        (
            {"type": "snowflake", "account": "ab12", "database": "d", "schema": "s"},
            "snowflake://ab12/d.s.orders",
        ),
        ({"type": "local", "path": "x"}, "local://production/orders"),
    ],
)
def test_a_dataset_is_called_by_what_sets_its_server_apart(
    tmp_path: Path, server: dict[str, Any], name: str
) -> None:
    contract = {"servers": [{"server": "production", **server}], "schema": [{"name": "orders"}]}
    assert list(read(tmp_path, contract).datasets) == [name]


def test_columns_of_a_key_count_on_where_a_contract_gives_no_positions(tmp_path: Path) -> None:
    # given a key of three columns in the order of the contract, and one with positions
    plain = [{"name": name, "primaryKey": True} for name in ("a", "b", "c")]
    placed = [
        {"name": "a", "primaryKey": True, "primaryKeyPosition": 2},
        {"name": "b", "primaryKey": True, "primaryKeyPosition": 1},
        {"name": "c", "primaryKey": False, "primaryKeyPosition": -1},
    ]
    found = read(
        tmp_path,
        {"schema": [{"name": "plain", "properties": plain}]},
        {"schema": [{"name": "placed", "properties": placed}]},
    )
    # then each column has a place of its own
    keys = {
        name.rpartition("/")[2]: [column.key_position for column in record.columns or ()]
        for name, record in found.datasets.items()
    }
    assert keys == {"plain": [1, 2, 3], "placed": [2, 1, None]}


@pytest.mark.parametrize("items", ["string", ["string"], 3, None])
def test_an_array_with_odd_items_loses_no_contract(tmp_path: Path, items: object) -> None:
    # given a contract that says what an array holds in a way of its own, and a plain one
    odd = {"name": "tags", "logicalType": "array", "items": items}
    found = read(
        tmp_path,
        {"schema": [{"name": "odd", "properties": [odd]}]},
        {"schema": [{"name": "plain"}]},
    )
    # then both are read
    assert set(found.datasets) == {"contract://contracts/odd", "contract://contracts/plain"}
    assert found.columns("contract://contracts/odd") == ["tags"]

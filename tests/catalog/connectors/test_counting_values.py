"""Counts of what values are, from databases as from files; no value is kept (R-112)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.connectors.sql_database import counting
from catalog.connectors.sql_database.connector import SqlDatabaseConnector
from catalog.registries.connectors import ReadContext
from tests.catalog.connectors.reading import Read, read_all
from tests.catalog.connectors.test_sql_database import connected, postgres, postgres_url

DATABASE = f"counted_{os.getpid()}"  # a database of our own beside the service's


@pytest.fixture
def database() -> Iterator[None]:
    """Empty, and gone afterwards."""
    with connected(postgres()["NAME"]) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    yield
    with connected(postgres()["NAME"]) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


MAILS = ("ann@example.org", "bob@example.org", "no address")


def looked_at(read: Read, name: str) -> Mapping[str, Any]:
    profile = read.dataset(name).profile
    assert profile is not None
    return {column: dict(found) for column, found in profile.columns.items()}


def test_a_postgres_is_counted_where_it_may_be_read(database: None) -> None:
    with connected(DATABASE) as connection:
        connection.execute("""
            CREATE SCHEMA looked; SET search_path TO looked;
            CREATE TABLE person (mail text, token varchar(80), card bigint, amount numeric,
                                 note text);
            INSERT INTO person SELECT 'p' || n || '@example.org', 'ghp_abcdefghij' || n,
                4111111111111111, n, NULL FROM generate_series(1, 500) n;
            CREATE TABLE closed (mail text);
            CREATE VIEW seen AS SELECT mail FROM person;
            INSERT INTO closed VALUES ('ann@example.org');
            CREATE POLICY never ON closed USING (1 / (length(mail) - length(mail)) = 1);
            ALTER TABLE closed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        """)
    read = read_all(
        SqlDatabaseConnector(),
        ReadContext(secret=postgres()["PASSWORD"]),
        url=postgres_url(NAME=DATABASE),
        instance="test",
        include_schemas=("looked",),
        look_at_values=True,
    )

    name = f"postgres://test/{DATABASE}.looked"
    assert read.problems == []
    assert looked_at(read, f"{name}.person") == {
        "mail": {"formats": {"values": 200, "email": 200}},
        "token": {"formats": {"values": 200, "secret": 200}},
        "card": {"formats": {"values": 200, "card": 200}},
    }
    closed, seen = read.dataset(f"{name}.closed"), read.dataset(f"{name}.seen")
    assert closed.profile is None or closed.profile.columns == {}
    assert seen.profile is None or seen.profile.columns == {}


def test_files_of_sqlite_and_duckdb_are_counted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('CREATE TABLE person ("e ""mail" TEXT, size INTEGER)')
        rows = [(mail, 1) for mail in MAILS]
        connection.executemany("INSERT INTO person VALUES (?, ?)", rows)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute('CREATE TABLE person ("e ""mail" VARCHAR, size BIGINT)')
        connection.executemany("INSERT INTO person VALUES (?, ?)", rows)

    for backend, schema in (("sqlite", "main"), ("duckdb", "shop.main")):
        path = tmp_path / ("shop.db" if backend == "sqlite" else "shop.duckdb")
        read = read_all(SqlDatabaseConnector(), url=f"{backend}:///{path}", look_at_values=True)
        assert looked_at(read, f"{backend}://shop/{schema}.person") == {
            '"e ""mail"': {"formats": {"values": 3, "email": 2}}
        }


def test_without_being_told_no_row_is_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE person (mail TEXT)")
        connection.execute("INSERT INTO person VALUES ('ann@example.org')")

    read = read_all(SqlDatabaseConnector(), url=f"sqlite:///{tmp_path / 'shop.db'}")

    assert looked_at(read, "sqlite://shop/main.person") == {}


def test_what_there_is_no_time_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_SECONDS", -1.0)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE person (mail TEXT)")

    read = read_all(
        SqlDatabaseConnector(), url=f"sqlite:///{tmp_path / 'shop.db'}", look_at_values=True
    )

    assert [(one.location, one.severity) for one in read.problems] == [("values", "notice")]
    assert "1 tables have no counts" in read.problems[0].message

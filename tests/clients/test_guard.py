"""Whole statements of a real DuckDB and a real PostgreSQL: what is left of them for who asks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from django.db import connection as django_connection

from concord_client import Client, StatementRefused
from concord_client.sql import Guard, guarded_duckdb, guarded_postgres
from governance.permissions.engine import Rule, World
from governance.permissions.gateways.registered import mapped
from governance.permissions.types import DataAction, Effect, Mask
from tests.clients.service import RECORD as GATEWAY
from tests.clients.service import Service, narrowed, serving
from tests.governance.permissions.gateways.asking import person, rule

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [(1, "Ann Archer", 100, "eu"), (2, "Bob Baker", 200, "us"), (3, "Cy Cole", 300, "eu")]
READ = frozenset({DataAction.READ, DataAction.EXPORT})


def rules() -> tuple[Rule, ...]:
    """Amounts are denied, names masked, rows filtered, one table closed, another hidden."""
    return (
        rule("pay", "hr.salary", columns=("amount",), actions=READ),
        rule("name", "hr.salary", columns=("name",), effect=Effect.MASK, mask=Mask.LAST4),
        rule("rows", "hr.salary", effect=Effect.ROW_FILTER, rows="region = 'eu'", actions=READ),
        rule("plan", "hr.plan"),
        rule("secret", "hr.secret", confidential=True),
    )


TABLES = """
CREATE SCHEMA hr;
CREATE TABLE hr.salary (id integer, name varchar, amount integer, region varchar);
CREATE TABLE hr.plan (id integer);
CREATE TABLE hr.secret (id integer);
CREATE TABLE hr.free (id integer, "Note" varchar);
CREATE VIEW hr.seen AS SELECT id, name FROM hr.salary;
INSERT INTO hr.free VALUES (1, 'one'), (2, 'two');
"""


@pytest.fixture
def lake() -> Iterator[Any]:
    """A DuckDB with salaries."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit='500MB'")
        connection.execute(TABLES)
        connection.executemany("INSERT INTO hr.salary VALUES (?, ?, ?, ?)", ROWS)
        yield connection


@pytest.fixture
def warehouse() -> Iterator[Any]:
    """A PostgreSQL with salaries: the tests' own database."""
    given = django_connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{k: v for k, v in given.items() if k in names and v}) as connection:
        connection.execute(TABLES)
        connection.cursor().executemany("INSERT INTO hr.salary VALUES (%s, %s, %s, %s)", ROWS)
        yield connection
        connection.rollback()


@pytest.fixture
def service() -> Iterator[Service]:
    """A service whose gateway serves the session's database."""
    gateway = narrowed(GATEWAY, elsewhere=mapped("duckdb://lake"))
    people = (person(1, "ann"), person(2, "boss", "admins"))
    with serving(World(10, people, (), rules()), gateways=(gateway,)) as found:
        yield found


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[Client]:
    """A client of it."""
    with service.client(tmp_path).started() as found:
        yield found


def refused(guard: Guard, sql: str) -> str:
    """Why a statement may not run."""
    with pytest.raises(StatementRefused) as caught:
        guard.execute(sql)
    return str(caught.value)


def obeys(guard: Guard, boss: Guard) -> None:
    """What holds in every session."""
    # masks and filters are part of the SQL that runs
    found = guard.execute("SELECT id, name, region FROM hr.salary ORDER BY id").fetchall()
    assert found == [(1, "cher", "eu"), (3, "Cole", "eu")]
    assert guard.execute("SELECT count(*) FROM hr.salary").fetchall() == [(2,)]
    assert guard.execute("SELECT max(name) FROM hr.seen").fetchall() == [("cher",)]
    # what is denied is refused with the reason and whom to ask, wherever it is used
    assert "PAY: Need to know." in refused(guard, "SELECT amount FROM hr.salary")
    assert "Ask the owner." in refused(guard, "SELECT id FROM hr.salary WHERE amount > 1")
    assert "PLAN" in refused(guard, "SELECT * FROM hr.plan")
    # what is confidential is not there
    assert "no table hr.secret" in refused(guard, "SELECT * FROM hr.secret")
    # what nothing covers runs as it is, parameters included
    assert guard.execute("SELECT id FROM hr.free WHERE id > $1", [1]).fetchall() == [(2,)]
    assert guard.execute('SELECT "Note" FROM hr.free WHERE id = 1').fetchall() == [("one",)]
    # and whoever is exempt sees everything
    assert boss.execute("SELECT sum(amount) FROM hr.salary").fetchall() == [(600,)]
    assert boss.execute("SELECT count(*) FROM hr.secret").fetchall() == [(0,)]


def test_a_duckdb_session_obeys(lake: Any, client: Client, service: Service) -> None:
    guard, boss = (guarded_duckdb(lake, client, user=user) for user in ("ann", "boss"))
    obeys(guard, boss)
    # and files are no tables
    assert "read any" in refused(guard, "SELECT * FROM read_csv('/etc/passwd')")
    assert "no table" in refused(guard, "SELECT * FROM 'people.csv'")
    assert "knows nobody" in refused(guarded_duckdb(lake, client, user="x"), "SELECT 1")
    # and names are looked up as DuckDB does
    assert guard.execute("SELECT count(*) FROM memory.hr.salary").fetchall() == [(2,)]
    lake.execute("USE hr")
    assert guard.execute("SELECT count(*) FROM salary").fetchall() == [(2,)]
    lake.execute("CREATE TEMP TABLE salary AS SELECT 1 AS id")
    assert guard.execute("SELECT count(*) FROM salary").fetchall() == [(1,)]
    # and each table that was read is a record
    assert client.flush()
    plan = [one for one in service.recorded if one.resources == ("duckdb://lake/memory.hr.plan",)]
    assert {(one.username, one.outcome) for one in plan} == {("ann", "refused")}


def test_a_postgres_session_obeys(warehouse: Any, client: Client) -> None:
    guard, boss = (guarded_postgres(warehouse, client, user=user) for user in ("ann", "boss"))
    obeys(guard, boss)
    # and names are looked up along the path
    assert "no table salary" in refused(guard, "SELECT * FROM salary")
    warehouse.execute("SET LOCAL search_path = hr, public")
    assert guard.execute("SELECT count(*) FROM salary").fetchall() == [(2,)]
    assert guard.execute("SELECT max(name) FROM seen").fetchall() == [("cher",)]


def test_a_check_says_what_it_would_change(lake: Any, client: Client) -> None:
    verdict = guarded_duckdb(lake, client, user="ann").check("SELECT name FROM hr.salary")
    assert verdict.answer == "rewrite"
    assert "only rows where region = 'eu'" in verdict.changes[0].sentence
    assert [(one.column, one.mask) for one in verdict.masks] == [("name", Mask.LAST4)]


def test_a_session_closes_with_its_client(lake: Any, service: Service, tmp_path: Path) -> None:
    client = service.client(tmp_path, stale_seconds=0.6, open_seconds=0.6, wait_seconds=0.2)
    with client.started():
        guard = guarded_duckdb(lake, client, user="ann")
        assert guard.execute("SELECT count(*) FROM hr.free").fetchall() == [(2,)]
        service.stop()
        time.sleep(1.0)
        assert "too long" in refused(guard, "SELECT count(*) FROM hr.free")
        assert "too long" in refused(
            guarded_duckdb(lake, client, user="boss"), "SELECT count(*) FROM hr.free"
        )

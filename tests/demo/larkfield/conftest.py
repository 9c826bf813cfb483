"""Larkfield loaded once for all files of tests that read it, as `load_demo` does it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from catalog.models import Dataset
from catalog.types import Principal, RunState
from config.demo.larkfield import company, connector, examples
from config.demo.larkfield.datasets import datasets
from config.demo.sources import DemoSource, import_source
from lineage.services.reading import read_definitions
from tests.factories import PersonFactory

ACTING = Principal.system("demonstration")


def load(name: str = "Larkfield", scale: int = 1) -> None:
    """Everything but the story, through the doors of every other source."""
    connector.register()
    company.make_company(ACTING)
    source = DemoSource(name, "larkfield", {"scale": scale})
    run = import_source(source, acting=ACTING, watch=lambda report: None)
    assert run.state == RunState.SUCCEEDED, run.error
    company.settle_company(ACTING)
    examples.keep_examples()
    read_definitions(Dataset.objects.values_list("pk", flat=True), acting=ACTING)


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Larkfield, loaded once for all tests of this folder, which a worker runs one after another.

    It is committed and flushed away after them: a transaction of minutes would keep the consumers
    of tests that run beside these from reading on.
    """
    with django_db_blocker.unblock():
        try:
            # Without an administrator nobody can be made: the demonstration makes its own first.
            PersonFactory.create(username="demo", is_superuser=True)
            load()
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # or some questions take half a minute until it is done
            yield
        finally:
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.fixture
def larkfield(loaded: None, db: None) -> None:
    """Each test changes its own copy of what was loaded."""


@pytest.fixture(scope="module")
def warehouse() -> duckdb.DuckDBPyConnection:
    """DuckDB with all sixty datasets, empty, and the variables that the models read."""
    database = duckdb.connect()
    for dataset in datasets():
        columns = ", ".join(f'"{column.name}" {column.type}' for column in dataset.columns)
        schema, _ = dataset.name.split(".")
        database.execute(f"create schema if not exists {schema}")
        database.execute(f"create table {dataset.name} ({columns})")
    for name, value in (("as_of", "2026-09-07"), ("first_day", "2025-09-01")):
        database.execute(f"set variable {name} = date '{value}'")
    database.execute("set variable loaded_at = timestamp '2026-09-07 05:00:00'")
    return database

"""The first migrations stay fast: they are part of every first start and of every test run."""

import pytest
from django.db.migrations import CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from catalog.models.making import MakeTables

FIRST = [("catalog", "0001_initial"), ("governance", "0001_tables"), ("lineage", "0001_tables")]


def _operations(app: str, name: str) -> list[Operation]:
    return MigrationLoader(None).disk_migrations[app, name].operations


@pytest.mark.parametrize(("app", "name"), FIRST)
def test_first_migration_makes_its_tables_at_once(app: str, name: str) -> None:
    # given the migration that makes the tables of a package
    (made,) = _operations(app, name)
    # then one operation makes all, since each further one would render all related models again
    assert isinstance(made, MakeTables)
    assert any(isinstance(operation, CreateModel) for operation in made.operations)


def test_first_migration_brings_the_triggers_of_history() -> None:
    # given a tracked model in the first migration
    (made,) = _operations("catalog", "0001_initial")
    assert isinstance(made, MakeTables)
    dataset = next(
        operation
        for operation in made.operations
        if isinstance(operation, CreateModel) and operation.name == "Dataset"
    )
    # then its table is made together with what writes its history
    assert {trigger.name for trigger in dataset.options["triggers"]} == {
        "insert_insert",
        "update_update",
        "delete_delete",
    }


@pytest.mark.parametrize(
    ("app", "last"), [("governance", "0006_openness"), ("lineage", "0004_graph")]
)
def test_a_database_of_the_migrations_before_is_taken_as_it_is(app: str, last: str) -> None:
    # given the migrations that were put together into one
    replaced = MigrationLoader(None).disk_migrations[app, "0001_tables"].replaces
    # then a database that has them all, the last one too, counts as having the one
    assert (app, last) in replaced
    assert (app, "0001_initial") in replaced
    assert len(replaced) == int(last[:4])

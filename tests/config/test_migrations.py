"""The first migration stays fast: it is part of every first start and of every test run."""

import pytest
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader


@pytest.mark.parametrize("app", ["catalog", "lineage"])
def test_first_migration_makes_each_table_whole(app: str) -> None:
    # given the migration that makes the tables
    operations = MigrationLoader(None).get_migration(app, "0001_initial").operations
    # then there is one operation for each table, since every further one renders all related
    # models again; only a relation through a table that comes later has one of its own
    made = {operation.name for operation in operations if isinstance(operation, CreateModel)}
    others = [operation for operation in operations if not isinstance(operation, CreateModel)]
    assert made
    assert [type(operation) for operation in others] == [AddField] * len(others)
    assert all(operation.field.many_to_many for operation in others)


def test_first_migration_brings_the_triggers_of_history() -> None:
    # given a tracked model in the first migration
    operations = MigrationLoader(None).get_migration("catalog", "0001_initial").operations
    dataset = next(
        operation
        for operation in operations
        if isinstance(operation, CreateModel) and operation.name == "Dataset"
    )
    # then its table is made together with what writes its history
    assert {trigger.name for trigger in dataset.options["triggers"]} == {
        "insert_insert",
        "update_update",
        "delete_delete",
    }

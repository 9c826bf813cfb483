"""A table of overdue payments whose schema is about to change, and who reads it."""

from typing import Any

import pytest

from catalog.models import Column, Dataset
from governance.agreements.kinds.schema_change.document import SchemaChangeDocument
from lineage.models import ColumnEdge, DatasetEdge, Statement
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    SystemFactory,
)
from tests.governance.kinds.setting import NOW


@pytest.fixture
def aging() -> Dataset:
    """mart.delinquency_aging with two columns and one that is gone."""
    system = SystemFactory(platform="duckdb", instance="warehouse")
    dataset = DatasetFactory(
        system=system,
        name="delinquency_aging",
        qualified_name="duckdb://warehouse/warehouse.mart.delinquency_aging",
        domain=DomainFactory(slug="finance"),
    )
    ColumnFactory(dataset=dataset, name="bucket", physical_type="VARCHAR", ordinal=1)
    ColumnFactory(dataset=dataset, name="amount", physical_type="DECIMAL(12,2)", ordinal=2)
    ColumnFactory(dataset=dataset, name="was", ordinal=3, disappeared_at=NOW)
    return dataset


def change(target: Dataset, action: str, **fields: Any) -> SchemaChangeDocument:
    base = {"action": action, "dataset": target.qualified_name, "column": "bucket"}
    return SchemaChangeDocument.model_validate(base | fields)


def reader(source: Dataset, sql: str, name: str = "aging_report") -> Dataset:
    """A view that reads a dataset's column `bucket`, with its lineage."""
    made = DatasetFactory(
        system=source.system,
        name=name,
        qualified_name=f"duckdb://warehouse/warehouse.mart.{name}",
        definition_sql=sql,
        definition_platform="duckdb",
    )
    statement = Statement.objects.create(
        dataset=made, kind="view", status="PARSED", sql=sql, digest="0", read_at=NOW
    )
    DatasetEdge.objects.create(
        source=source, target=made, statement=statement, confidence=1, reason="PARSED"
    )
    ColumnEdge.objects.create(
        source=source,
        source_column=Column.objects.get(dataset=source, path="bucket"),
        target=made,
        statement=statement,
        kind="INDIRECT",
        subtype="FILTER",
        confidence=1,
        reason="PARSED",
    )
    return made

"""What the resolver reads in Larkfield's SQL, given the columns as the text states them."""

from __future__ import annotations

from functools import cache

from config.demo.larkfield.datasets import datasets
from config.demo.larkfield.queries import QueryText
from lineage.sql import analyze
from lineage.types import StatementLineage, TableName

BY_NAME = {dataset.name: dataset for dataset in datasets()}


class Columns:
    """What the resolver may ask; dialects differ in how they write a name."""

    def columns_of(self, table: TableName) -> list[str] | None:
        found = BY_NAME.get(".".join(table.parts[-2:]).lower())
        return [column.name for column in found.columns] if found else None


@cache
def lineage_of(query: QueryText, dialect: str = "duckdb") -> StatementLineage:
    """The lineage of the query's only statement."""
    (only,) = analyze(query.sql, dialect=dialect, schema=Columns()).statements
    return only

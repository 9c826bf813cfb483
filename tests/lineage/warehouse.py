"""A small warehouse for lineage tests: datasets with columns and the SQL that makes them."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.models import Column, Dataset, System
from catalog.names import lookup_key, parse_name
from catalog.types import DatasetKind, Principal
from lineage.models import ColumnEdge, DatasetEdge
from lineage.services.reading import read_definitions

SYSTEM = "postgres://warehouse"
READER = Principal.system("test")


def system(name: str = SYSTEM) -> System:
    """The system of that name, made when it is missing."""
    parsed = parse_name(name)
    return System.objects.get_or_create(
        qualified_name=name,
        defaults={
            "lookup_name": lookup_key(name),
            "platform": parsed.platform,
            "instance": parsed.instance,
        },
    )[0]


def table(
    path: str,
    columns: Sequence[str] = (),
    sql: str = "",
    *,
    source_sql: str = "",
    at: str = SYSTEM,
) -> Dataset:
    """A table, or with `sql` the view (with `source_sql` the model) of that path."""
    name = f"{at}/{path}"
    dataset = Dataset.objects.create(
        system=system(at),
        kind=DatasetKind.VIEW if sql else DatasetKind.TABLE,
        name=parse_name(name).name,
        qualified_name=name,
        lookup_name=lookup_key(name),
        definition_sql=sql,
        definition_source=source_sql,
        definition_platform=parse_name(name).platform if sql else "",
        definition_defaults={"database": "shop", "schema": "public"} if sql else {},
    )
    add_columns(dataset, columns)
    return dataset


def add_columns(dataset: Dataset, columns: Sequence[str]) -> None:
    """Columns after those that are there."""
    start = dataset.columns.count()
    Column.objects.bulk_create(
        Column(dataset=dataset, path=name, name=name, ordinal=start + position)
        for position, name in enumerate(columns)
    )


def read(*datasets: Dataset) -> None:
    """Read the definitions of these datasets."""
    read_definitions([dataset.pk for dataset in datasets], acting=READER)


def dataset_edges() -> set[tuple[str, str, bool]]:
    """(source, target, is direct) of every current edge, by short name."""
    return set(DatasetEdge.objects.values_list("source__name", "target__name", "is_direct"))


def column_edges() -> set[tuple[str, str, str]]:
    """("table.column", "table.column" or "table", subtype) of every current edge."""
    rows = ColumnEdge.objects.values_list(
        "source__name", "source_column__name", "target__name", "target_column__name", "subtype"
    )
    return {
        (f"{source}.{column}", f"{target}.{filled}" if filled else target, subtype)
        for source, column, target, filled, subtype in rows
    }

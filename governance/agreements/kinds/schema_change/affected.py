"""The SQL that a change reaches directly, and how it would read afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Column, Dataset
from catalog.names import parse_name, split_parts
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.rewriting import (
    CannotRewriteError,
    HasColumn,
    rename_column,
    rename_table,
)
from governance.agreements.kinds.schema_change.target import Target, target_of
from lineage.models import ColumnEdge, DatasetEdge

MOST_STATEMENTS = 500


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The SQL of one dataset that names what changes. `after` is empty where it has to be changed
    by hand; `reason` then says why."""

    dataset_id: int
    qualified_name: str
    before: str
    after: str
    reason: str = ""


def rewrites(principal: Principal, document: SchemaChangeDocument) -> list[Rewrite]:
    """For each dataset whose SQL reads what changes: how it would read (at most 500 of them).

    A rename, and a deprecation or drop with another column of the same dataset in its place, are
    rewritten; everything else is left to people. Empty when the target does not exist.
    """
    target = target_of(principal, document)
    if target is None or (document.column and target.column is None):
        return []
    return [_rewrite(document, target, reader) for reader in _readers(principal, target)]


def _readers(principal: Principal, target: Target) -> Sequence[Dataset]:
    """Datasets one step down whose own SQL is known."""
    if target.column is not None:
        by_column = ColumnEdge.objects.filter(source_column=target.column)
        ids = set(by_column.values_list("target", flat=True))
    else:
        by_dataset = DatasetEdge.objects.filter(source=target.dataset)
        ids = set(by_dataset.values_list("target", flat=True))
    readers = visible_datasets(principal).filter(pk__in=ids, disappeared_at__isnull=True)
    return list(readers.exclude(definition_sql="").select_related("system")[:MOST_STATEMENTS])


def _rewrite(document: SchemaChangeDocument, target: Target, reader: Dataset) -> Rewrite:
    sql = reader.definition_sql
    try:
        after = _after(document, target, reader)
    except CannotRewriteError as refused:
        return Rewrite(reader.pk, reader.qualified_name, sql, "", str(refused))
    return Rewrite(reader.pk, reader.qualified_name, sql, after)


def _after(document: SchemaChangeDocument, target: Target, reader: Dataset) -> str:
    table = parse_name(target.dataset.qualified_name).parts
    platform = reader.definition_platform or reader.system.platform
    if target.column is None:
        if document.action is not SchemaAction.RENAME:
            raise CannotRewriteError("What takes its place is for its owner to say.")
        return rename_table(
            reader.definition_sql, platform=platform, table=table, new=document.new_name
        )
    new = document.new_name
    if document.action is not SchemaAction.RENAME and not document.replacement_dataset:
        new = document.replacement_column
    if not new:
        raise CannotRewriteError("What takes its place is for its owner to say.")
    if len(split_parts(document.column)) > 1 or len(split_parts(new)) > 1:
        raise CannotRewriteError("It is a field inside a column.")
    return rename_column(
        reader.definition_sql,
        platform=platform,
        table=table,
        old=target.column.name,
        new=new,
        has_column=_columns_beside(reader),
    )


def _columns_beside(reader: Dataset) -> HasColumn:
    """Whether the tables that a dataset is made from have a column, by the catalog."""
    known: dict[tuple[str, ...], set[str]] = {}
    sources = DatasetEdge.objects.filter(target=reader).values("source")
    for name, column in Column.objects.filter(
        dataset__in=sources, disappeared_at__isnull=True
    ).values_list("dataset__qualified_name", "name"):
        parts = tuple(part.casefold() for part in parse_name(name).parts)
        known.setdefault(parts, set()).add(column.casefold())

    def has_column(table: Sequence[str], column: str) -> bool | None:
        wanted = tuple(part.casefold() for part in table)
        found = [columns for parts, columns in known.items() if parts[-len(wanted) :] == wanted]
        return column.casefold() in found[0] if len(found) == 1 else None

    return has_column

"""The SQL that a change reaches directly, and how it would read afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Dataset
from catalog.names import parse_name, split_parts
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import WITHHELD, withheld_definitions
from catalog.types import Principal
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.target import Target, target_of
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.column_change import readers_with
from lineage.sql.rewriting.tables import CannotRewriteError, rename_table

MOST_STATEMENTS = 500
_FOR_ITS_OWNER = "What takes its place is for its owner to say."


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
    named = _readers(principal, target)
    withheld = withheld_definitions(principal, [reader.pk for reader in named])
    readers = [reader for reader in named if reader.pk not in withheld]
    unseen = [
        Rewrite(reader.pk, reader.qualified_name, "", "", WITHHELD)
        for reader in named
        if reader.pk in withheld
    ]
    return [*_rewritten(document, target, readers, principal), *unseen]


def _rewritten(
    document: SchemaChangeDocument,
    target: Target,
    readers: Sequence[Dataset],
    principal: Principal,
) -> list[Rewrite]:
    if target.column is None:
        return [_of_table(document, target, reader) for reader in readers]
    new = document.new_name
    if document.action is not SchemaAction.RENAME and not document.replacement_dataset:
        new = document.replacement_column
    if not new:
        return [_left(reader, _FOR_ITS_OWNER) for reader in readers]
    if len(split_parts(document.column)) > 1 or len(split_parts(new)) > 1:
        return [_left(reader, "It is a field inside a column.") for reader in readers]
    return [
        _left(reader, " ".join(found.doubts))
        if found.doubts
        else Rewrite(reader.pk, reader.qualified_name, reader.definition_sql, found.sql)
        for reader, found in readers_with(principal, target.column, new, readers)
    ]


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


def _of_table(document: SchemaChangeDocument, target: Target, reader: Dataset) -> Rewrite:
    if document.action is not SchemaAction.RENAME:
        return _left(reader, _FOR_ITS_OWNER)
    sql = reader.definition_sql
    try:
        after = rename_table(
            sql,
            platform=reader.definition_platform or reader.system.platform,
            table=parse_name(target.dataset.qualified_name).parts,
            new=document.new_name,
        )
    except CannotRewriteError as refused:
        return _left(reader, str(refused))
    return Rewrite(reader.pk, reader.qualified_name, sql, after)


def _left(reader: Dataset, reason: str) -> Rewrite:
    return Rewrite(reader.pk, reader.qualified_name, reader.definition_sql, "", reason)

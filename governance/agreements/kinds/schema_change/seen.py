"""Whether an agreed change has arrived: the source makes it, ingestion sees it.

Concord records what was agreed and does not change a source. Whether it happened is derived from
the catalog whenever it is asked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalog.models import Dataset
from catalog.selectors.datasets import resolve_names, visible_datasets
from catalog.types import Lifecycle, Principal
from governance.agreements.kinds.schema_change.document import SchemaAction, SchemaChangeDocument
from governance.agreements.kinds.schema_change.target import (
    Target,
    column_at,
    renamed_dataset,
    renamed_path,
    target_of,
)
from governance.agreements.kinds.schema_change.types import UnknownTypeError, same_type

NOT_YET = "Agreed, not yet seen at the source"


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether the source shows the change, in words; `since` where the catalog knows it."""

    is_seen: bool
    sentence: str
    since: dt.datetime | None = None


def seen_at_source(principal: Principal, document: SchemaChangeDocument) -> Seen:
    """What the catalog shows of an agreed change now."""
    target = target_of(principal, document)
    if target is None:
        # A dataset that was renamed and is gone from the catalog altogether.
        return _gone(None) if document.action is SchemaAction.DROP else Seen(False, NOT_YET)
    match document.action:
        case SchemaAction.DROP:
            return _dropped(document, target)
        case SchemaAction.RENAME:
            return _renamed(principal, document, target)
        case SchemaAction.RETYPE:
            return _retyped(document, target)
        case SchemaAction.DEPRECATE:
            return _deprecated(document, target)


def _dropped(document: SchemaChangeDocument, target: Target) -> Seen:
    if target.dataset.disappeared_at is not None:
        return _gone(target.dataset.disappeared_at)
    if not document.column:
        return Seen(False, NOT_YET)
    if target.column is None:
        return _gone(None)
    if target.column.disappeared_at is not None:
        return _gone(target.column.disappeared_at)
    return Seen(False, NOT_YET)


def _renamed(principal: Principal, document: SchemaChangeDocument, target: Target) -> Seen:
    if document.column:
        new = column_at(principal, target.dataset, renamed_path(document.column, document.new_name))
        old_is_there = target.column is not None and target.column.disappeared_at is None
        arrived = new is not None and new.disappeared_at is None
        since = target.column.disappeared_at if target.column else None
    else:
        found = _renamed_dataset(principal, document, target.dataset)
        arrived = found is not None
        old_is_there = (
            target.dataset.disappeared_at is None
            and found is not None
            and found.pk != target.dataset.pk
        )
        since = target.dataset.disappeared_at
    if arrived and old_is_there:
        return Seen(False, f"{document.new_name} is there, and the old name still is as well.")
    if arrived:
        return Seen(True, f"Seen at the source: it is called {document.new_name}", since)
    return Seen(False, NOT_YET)


def _renamed_dataset(
    principal: Principal, document: SchemaChangeDocument, old: Dataset
) -> Dataset | None:
    """The dataset under its new name; ingestion may have kept it as the same one (law 6)."""
    name = renamed_dataset(old.qualified_name, document.new_name)
    found = resolve_names(principal, [name]).get(name)
    if found is None:
        return None
    return visible_datasets(principal).filter(pk=found, disappeared_at__isnull=True).first()


def _retyped(document: SchemaChangeDocument, target: Target) -> Seen:
    if target.column is None:
        return Seen(False, NOT_YET)
    try:
        arrived = same_type(
            target.column.physical_type, document.new_type, target.dataset.system.platform
        )
    except UnknownTypeError:
        arrived = False
    if not arrived:
        return Seen(False, NOT_YET)
    return Seen(True, f"Seen at the source: its type is {target.column.physical_type}")


def _deprecated(document: SchemaChangeDocument, target: Target) -> Seen:
    if not document.column and target.dataset.lifecycle != Lifecycle.DEPRECATED:
        return Seen(False, "Agreed, and not marked in the catalog")
    return Seen(True, "Marked as deprecated in the catalog")


def _gone(since: dt.datetime | None) -> Seen:
    return Seen(True, "Seen at the source: it is gone", since)

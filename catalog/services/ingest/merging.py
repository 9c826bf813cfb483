"""What a row becomes when a source speaks: None keeps, people's words stay (law 5). Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.diff import ColumnsDiff, Fields, changed_fields
from catalog.names import lookup_key
from catalog.services.ingest.checking import Checked, CheckedColumn
from catalog.types import Motion

# What ingestion may write of a dataset; everything else belongs to people or is derived.
DATASET_FIELDS = (
    "system_id",
    "container_id",
    "kind",
    "name",
    "display_name",
    "qualified_name",
    "lookup_name",
    "harvested_description",
    "harvested_metadata",
    "data_kind",
    "motion",
    "topic",
    "retention",
    "lateness",
    "watermark",
    "stage",
    "capture_kind",
    "definition_sql",
    "definition_source",
    "definition_platform",
    "definition_defaults",
    "url",
    "source_created_at",
    "source_modified_at",
    "disappeared_at",
    "latest_rows",
    "latest_bytes",
    "profiled_at",
)
JSON_FIELDS = frozenset({"harvested_metadata", "definition_defaults"})
COLUMN_FIELDS = (
    "path",
    "name",
    "parent_path",
    "ordinal",
    "physical_type",
    "nullable",
    "default",
    "key_position",
    "harvested_description",
    "disappeared_at",
)
# People may set these too, in the same place: a source writes one only over its own word.
SHARED_FACTS = (
    *("display_name", "data_kind", "motion", "capture_kind"),
    *("topic", "retention", "lateness"),
)

# Followed from the name, or told by other words.
_NOT_SHOWN = frozenset({"system_id", "container_id", "lookup_name", "name", "profiled_at"})
_EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(DATASET_FIELDS, ""),
    **dict.fromkeys(
        ("system_id", "container_id", "source_created_at", "source_modified_at",
         "disappeared_at", "watermark", "latest_rows", "latest_bytes", "profiled_at"),
    ),
    "harvested_metadata": {},
    "definition_defaults": {},
    "motion": Motion.AT_REST.value,
}  # fmt: skip

Row = dict[str, Any]


def merge_dataset(
    before: Row | None,
    checked: Checked,
    *,
    place: tuple[int, int | None],
    stated_before: Mapping[str, Any],
    keeps_name: bool,
) -> Row:
    """The dataset's row after the source spoke; `place` is (system, container).

    `keeps_name` is True when the record named the dataset by one of its aliases.
    """
    record = checked.record
    row = dict(before) if before is not None else dict(_EMPTY)
    row["kind"] = record.kind.value
    row["disappeared_at"] = None
    if not keeps_name:
        row.update(
            system_id=place[0],
            container_id=place[1],
            name=checked.name.name,
            qualified_name=checked.text,
            lookup_name=lookup_key(checked.text),
        )
    said: dict[str, Any] = {
        "harvested_description": record.description,
        "stage": record.stage and record.stage.value,
        "url": record.url,
        "watermark": record.watermark,
        "source_created_at": record.source_created_at,
        "source_modified_at": record.source_modified_at,
    }
    if record.definition is not None:
        definition = record.definition
        said["definition_sql"] = definition.sql
        said["definition_source"] = definition.source_sql
        said["definition_platform"] = definition.platform
        defaults = {
            "database": definition.default_database,
            "schema": definition.default_schema,
        }
        said["definition_defaults"] = {k: v for k, v in defaults.items() if v is not None}
    row.update({name: value for name, value in said.items() if value is not None})
    _merge_shared(row, record, stated_before.get("facts", {}))
    row["harvested_metadata"] = _merge_metadata(row["harvested_metadata"], checked, stated_before)
    profile = record.profile
    if profile is not None and (
        row["profiled_at"] is None or profile.taken_at >= row["profiled_at"]
    ):
        row["profiled_at"] = profile.taken_at
        if profile.rows is not None:
            row["latest_rows"] = profile.rows
        if profile.size_bytes is not None:
            row["latest_bytes"] = profile.size_bytes
    return row


def describe_dataset(before: Row, checked: Checked, said_before: Mapping[str, str]) -> Row:
    """The row after a source spoke that only describes; `said_before` are its words by path."""
    return _described(before, checked.record.description, said_before.get(""))


def describe_columns(
    before: Mapping[str, tuple[int, Row]],
    columns: Sequence[CheckedColumn],
    said_before: Mapping[str, str],
) -> ColumnWrites:
    """What to write for descriptions of the columns `before`; all of `columns` are among them."""
    writes = ColumnWrites()
    for column in columns:
        key, row = before[column.path]
        words = column.record.description
        _note(writes, key, row, _described(row, words, said_before.get(column.path)))
    return writes


def _described(row: Row, words: str | None, own_before: str | None) -> Row:
    """Words fill what is empty or the source's own; what another source said stays."""
    if words is None or row["harvested_description"] not in ("", own_before):
        return row
    return {**row, "harvested_description": words}


def _merge_shared(row: Row, record: Any, own_before: Mapping[str, str]) -> None:
    """A fact that a person changed or emptied after the source had stated it stays as it is."""
    for name in SHARED_FACTS:
        value = getattr(record, name)
        if value is not None and row[name] == own_before.get(name, _EMPTY[name]):
            row[name] = str(value)


def _merge_metadata(
    before: Mapping[str, Any], checked: Checked, stated_before: Mapping[str, Any]
) -> dict[str, Any]:
    merged = {**before, **{k: v for k, v in checked.record.metadata.items() if v is not None}}
    taken_back = set(stated_before.get("custom", ())) - set(checked.record.custom)
    custom = {k: v for k, v in before.get("custom", {}).items() if k not in taken_back}
    custom.update(checked.record.custom)
    merged.pop("custom", None)
    return {**merged, "custom": custom} if custom else merged


def shown_fields(before: Row | None, after: Row) -> Fields:
    """The differences that a person is told, by the names that a person knows."""
    changed = changed_fields(_EMPTY if before is None else before, after)
    return {
        name.removeprefix("harvested_"): (None if before is None else pair[0], pair[1])
        for name, pair in changed.items()
        if name not in _NOT_SHOWN
    }


@dataclass(slots=True)
class ColumnWrites:
    """Rows to write: `new` in the order of COLUMN_FIELDS, `updates` with the key in front."""

    new: list[tuple[Any, ...]] = field(default_factory=list)
    updates: list[tuple[Any, ...]] = field(default_factory=list)
    diff: ColumnsDiff = field(default_factory=ColumnsDiff)


def new_columns(columns: Sequence[CheckedColumn], *, from_ordinal: int = 0) -> ColumnWrites:
    """Rows of columns that the catalog has never seen."""
    rows = [
        (
            column.path,
            column.name,
            column.parent_path,
            from_ordinal + number,
            column.record.physical_type or "",
            column.record.nullable,
            column.record.default or "",
            column.record.key_position,
            column.record.description or "",
            None,
        )
        for number, column in enumerate(columns)
    ]
    return ColumnWrites(rows, [], ColumnsDiff(added=[column.path for column in columns]))


def merge_columns(
    before: Mapping[str, tuple[int, Row]],
    columns: Sequence[CheckedColumn],
    *,
    is_complete: bool,
    now: dt.datetime,
) -> ColumnWrites:
    """What to write so that the columns `before` (path -> key, row) follow the source.

    An incomplete list neither reorders nor removes; its new columns go to the end.
    """
    unseen = [column for column in columns if column.path not in before]
    end = 1 + max((row["ordinal"] for _, row in before.values()), default=-1)
    if is_complete:
        numbers = {column.path: number for number, column in enumerate(columns)}
        writes = new_columns(unseen)
        writes.new = [(*row[:3], numbers[row[0]], *row[4:]) for row in writes.new]
    else:
        writes = new_columns(unseen, from_ordinal=end)
    named = set()
    for number, column in enumerate(columns):
        named.add(column.path)
        if column.path in before:
            key, row = before[column.path]
            after = _merge_column(row, column, number if is_complete else row["ordinal"])
            _note(writes, key, row, after)
    if is_complete:
        for path, (key, row) in before.items():
            if path not in named and row["disappeared_at"] is None:
                _note(writes, key, row, {**row, "disappeared_at": now})
    return writes


def _merge_column(row: Row, column: CheckedColumn, ordinal: int) -> Row:
    record = column.record
    said = {
        "physical_type": record.physical_type,
        "nullable": record.nullable,
        "default": record.default,
        "key_position": record.key_position,
        "harvested_description": record.description,
    }
    after = {**row, **{name: value for name, value in said.items() if value is not None}}
    after["ordinal"] = ordinal
    after["disappeared_at"] = None
    return after


def _note(writes: ColumnWrites, key: int, before: Row, after: Row) -> None:
    changed = changed_fields(before, after)
    if not changed:
        return
    writes.updates.append((key, *(after[name] for name in COLUMN_FIELDS)))
    path = after["path"]
    if "disappeared_at" in changed:
        gone = after["disappeared_at"] is not None
        (writes.diff.disappeared if gone else writes.diff.returned).append(path)
        del changed["disappeared_at"]
    if changed:
        writes.diff.changed[path] = {
            name.removeprefix("harvested_"): pair for name, pair in changed.items()
        }

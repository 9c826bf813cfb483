"""The door through which the resolver asks for columns, and a schema that is simply given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from lineage.sql.fields import fields_in
from lineage.types import TableName

_OF_DAYS = re.compile(r"(.+_)(?:\d{8}|\d{0,7}\*)")
"""A table for each day, or a wildcard over some of them."""
_DAY = re.compile(r"\d{8}|yyyymmdd|\*")


class SchemaProvider(Protocol):
    """Knows the columns of tables. Asked once per table that a statement names, never more."""

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """The table's column names in order, as stored; None when the table is not known."""
        ...


class MappingSchema:
    """Columns by table name, from a mapping such as ``{"shop.orders": ["id", "total"]}``.

    Names may have more or fewer leading parts than the statement's, and another case, as long as
    only one table fits. A table's columns may be a list, or a mapping of names to types. A name
    that ends in ``*`` (BigQuery's wildcard) means any table that begins so, and a day's table
    (``events_20240131``) has the columns of another day's, as far as all of them agree.
    """

    def __init__(self, tables: Mapping[str, Sequence[str] | Mapping[str, object]]) -> None:
        self._columns: dict[tuple[str, ...], Sequence[str] | Mapping[str, object]] = {}
        self._by_last: dict[str, list[tuple[str, ...]]] = {}
        for name, columns in tables.items():
            parts = tuple(part.strip('`"[]').lower() for part in name.split("."))
            if not isinstance(columns, list | tuple | Mapping):
                raise TypeError(f"The columns of {name} are neither a list nor a mapping.")
            self._columns[parts] = columns
            self._by_last.setdefault(parts[-1], []).append(parts)

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """See SchemaProvider."""
        found = self._found(table)
        if found is None:
            return None
        roots = [str(column) for column in found]
        if any("." in column for column in roots):
            roots = list(dict.fromkeys(column.partition(".")[0] for column in roots))
        return roots

    def fields_of(self, table: TableName, column: str) -> list[str] | None:
        """The fields of a struct column, or of the field at a path such as ``payload.user``.

        They are told by the column's type, or by columns that are named as paths.
        """
        found = self._found(table)
        root, *path = column.lower().split(".")
        start = f"{column.lower()}."
        listed = [str(c)[len(start) :] for c in found or () if str(c).lower().startswith(start)]
        if listed:
            return list(dict.fromkeys(name.partition(".")[0] for name in listed))
        if not isinstance(found, Mapping):
            return None
        declared = next((d for name, d in found.items() if str(name).lower() == root), None)
        return fields_in(declared, tuple(path)) if isinstance(declared, str) else None

    def _found(self, table: TableName) -> Sequence[str] | Mapping[str, object] | None:
        parts = tuple(part.lower() for part in table.parts)
        found = self._columns.get(parts)
        if found is not None or not parts:
            return found
        candidates = self._by_last.get(parts[-1], [])
        if parts[-1].endswith("*"):
            start = parts[-1].rstrip("*")
            candidates = [key for key in self._columns if key[-1].startswith(start)]
        if not candidates and (day := _OF_DAYS.fullmatch(parts[-1])) is not None:
            candidates = [key for key in self._columns if _is_day(key[-1], day.group(1))]
        fitting = [key for key in candidates if _fits(key, parts)]
        if len({tuple(self._columns[key]) for key in fitting}) > 1:
            return None
        return self._columns[fitting[0]] if fitting else None


def _is_day(name: str, start: str) -> bool:
    """Whether a table is one of those, a day's each, whose names begin so."""
    return name.startswith(start) and _DAY.fullmatch(name, len(start)) is not None


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter name's leading parts are the end of the longer one's."""
    shared = min(len(one), len(other)) - 1
    return shared == 0 or one[-shared - 1 : -1] == other[-shared - 1 : -1]

"""Column types as DuckDB writes them, unfolded into the paths of nested fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
from duckdb.sqltypes import DuckDBPyType

from catalog.connectors.source_values import column_path
from catalog.types import ColumnRecord

_MAX_NESTING = 30


def nested_columns(column: ColumnRecord) -> Iterator[ColumnRecord]:
    """The column and every field nested in it; raises NameRefused for a field without a name.

    Elements of a list are reached over the list itself, so `items STRUCT(sku TEXT)[]` has the
    field `items.sku`; a map has `key` and `value`.
    """
    yield column
    if "(" not in (column.physical_type or ""):
        return
    try:
        parsed = duckdb.sqltype(column.physical_type or "")
    except duckdb.Error:
        return  # a type that only its own database knows, such as an enum
    for path, type_text in _fields(parsed, column.path, 0):
        yield replace(ColumnRecord(path), physical_type=type_text, nullable=None)


def _fields(
    parsed: DuckDBPyType, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], str]]:
    if depth > _MAX_NESTING or parsed.id not in {"struct", "list", "array", "map", "union"}:
        return
    for name, child in parsed.children:
        if not isinstance(child, DuckDBPyType):
            continue  # the length of an array
        if parsed.id in {"list", "array"}:
            yield from _fields(child, path, depth + 1)
        elif name:  # without one it is the tag of a union
            inner = (*path, *column_path(name))
            yield inner, str(child)
            yield from _fields(child, inner, depth + 1)

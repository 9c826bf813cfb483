"""A struct of which fields are protected, as an expression that shows the others as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlglot import exp

from catalog.names import lookup_key, quote_part
from governance.permissions.engine import Decision
from governance.permissions.native.seen.masks import masked, nothing, type_of
from governance.permissions.native.types import KnownColumn

_ROWS = frozenset({"trino", "presto", "athena"})
_NAMED = frozenset({"spark", "databricks"})
_DIALECTS = _ROWS | _NAMED | {"duckdb", "bigquery"}


@lru_cache(maxsize=4096)
def paths_within(written: str, dialect: str) -> tuple[str, ...]:
    """Every field within a type, as the catalog calls it after the column: in lists and maps, too.
    Nothing where the type has none or is not understood."""
    if not any(sign in written for sign in "(<"):
        return ()
    return tuple(lookup_key(path) for path in _within(type_of(written, dialect)))


def _within(found: exp.DataType | None) -> Iterator[str]:
    inside = found.expressions if found is not None else []
    is_map = found is not None and found.this is exp.DataType.Type.MAP
    for place, one in enumerate(inside):
        kind = one.args.get("kind") if isinstance(one, exp.ColumnDef) else one
        below = list(_within(kind)) if isinstance(kind, exp.DataType) else []
        name = quote_part(one.name) if isinstance(one, exp.ColumnDef) else ""
        if is_map:
            name = ("key", "value")[min(place, 1)]
        yield from (name, *(f"{name}.{path}" for path in below)) if name else below


def field_paths(column: KnownColumn, dialect: str) -> list[str]:
    """Every field within a column, as the opt-outs call it. A decision has to be asked for all of
    them before `shown_fields`: what it was not asked for reads as open."""
    return _paths(column.key, type_of(column.type, dialect) if dialect in _DIALECTS else None)


def _paths(path: str, found: exp.DataType | None) -> list[str]:
    inside = [(f"{path}.{name.lower()}", kind) for name, kind in _fields(found)]
    return [one for below, kind in inside for one in (below, *_paths(below, kind))]


def shown_fields(column: KnownColumn, value: str, decision: Decision, dialect: str) -> str | None:
    """The column, read as `value`, field by field; None where it is protected as a whole, or its
    fields cannot be told apart."""
    found = type_of(column.type, dialect) if dialect in _DIALECTS else None
    paths = [f"{column.key}.{name.lower()}" for name, _ in _fields(found)]
    # What covers a column covers all of its fields; what covers a field counts for the column.
    for rule in decision.effect_on(column.key).rules:
        if all(rule in decision.effect_on(path).rules for path in paths):
            return None
    return _shown(column.key, value, found, decision, dialect)


def _shown(
    path: str, value: str, found: exp.DataType | None, decision: Decision, dialect: str
) -> str | None:
    fields = _fields(found)
    known = {name.lower() for name, _ in fields}
    inside = [
        one[len(path) + 1 :]
        for one, effect in decision.columns.items()
        if one.startswith(f"{path}.") and not effect.is_open
    ]
    if len(known) < len(fields) or any(one.partition(".")[0] not in known for one in inside):
        return None
    parts = []
    for name, kind in fields:
        below = f"{path}.{name.lower()}"
        label = exp.to_identifier(name, quoted=True).sql(dialect=dialect)
        part = f"{value}.{label}"
        if dialect == "duckdb":
            part = f"STRUCT_EXTRACT({value}, {exp.Literal.string(name).sql(dialect=dialect)})"
        effect = decision.effect_on(below)
        written = kind.sql(dialect=dialect)
        deeper = None
        if any(one.startswith(f"{name.lower()}.") for one in inside):
            deeper = shown_fields(KnownColumn(name, written, below), part, decision, dialect)
        if deeper is not None:
            part = deeper
        elif effect.denied or effect.min_group:
            part = nothing(written, dialect)
        elif effect.mask is not None:
            part = masked(effect.mask, part, written, dialect)
        parts.append((name, label, part))
    if not parts or found is None:
        return None
    made = _made(parts, found, dialect)
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE {made} END"


def _made(parts: list[tuple[str, str, str]], found: exp.DataType, dialect: str) -> str:
    """A struct of fields, each with its name, its name as the dialect writes it, and its value."""
    if dialect == "duckdb":
        return f"STRUCT_PACK({', '.join(f'{label} := {part}' for _, label, part in parts)})"
    if dialect in _ROWS:
        return f"CAST(ROW({', '.join(part for *_, part in parts)}) AS {found.sql(dialect=dialect)})"
    if dialect in _NAMED:
        named = (f"{exp.Literal.string(n).sql(dialect=dialect)}, {part}" for n, _, part in parts)
        return f"NAMED_STRUCT({', '.join(named)})"
    return f"STRUCT({', '.join(f'{part} AS {label}' for _, label, part in parts)})"


def _fields(found: exp.DataType | None) -> list[tuple[str, exp.DataType]]:
    """The fields of a struct with their types; nothing where it is none."""
    if found is None or found.this is not exp.DataType.Type.STRUCT:
        return []
    fields = []
    for one in found.expressions:
        kind = one.args.get("kind") if isinstance(one, exp.ColumnDef) else None
        if not isinstance(kind, exp.DataType):
            return []
        fields.append((one.name, kind))
    return fields

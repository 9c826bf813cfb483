"""Values built of named fields: which stored columns each field comes from.

Engines nest rows into arrays and unfold them again: ``ARRAY_AGG(STRUCT(a, b))``,
``ARRAY_AGG(t)[OFFSET(0)]``, ``ARRAY(SELECT AS STRUCT ...)``, ``MAX(STRUCT(at, a)).a``. A field
taken out later has only its own inputs, and a stored struct has each field's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from lineage.sql.fields import fields_in
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.expressions import children_of, is_field
from lineage.sql.resolving.inputs import (
    Inputs,
    OpenFields,
    StructInputs,
    add_fields,
    compose,
    decided,
    declared_fields,
    each_field,
    field_inputs,
    merge,
    own_copy,
)
from lineage.sql.resolving.items import made_of_item
from lineage.sql.resolving.projections import is_star, output_names
from lineage.sql.resolving.references import field_of_column
from lineage.sql.resolving.relations import Certainty, OutputColumn, all_rows
from lineage.sql.resolving.scopes import Scope
from lineage.sql.resolving.usage import IDENTITY, Usage

if TYPE_CHECKING:
    from lineage.sql.resolving.references import Aliases
    from lineage.sql.resolving.resolve import Resolver

Fields: TypeAlias = dict[str, Inputs]

_WORDS = re.compile(
    r"\{|\b(?:STRUCT|NAMED_STRUCT|STRUCT_PACK|ROW|TUPLE|RECORD|FROM_JSON|FROM_CSV)\s*[(<]"
    r"|\bAS\s+STRUCT\b",
    re.IGNORECASE,
)

_WHOLE_TYPE = re.compile(r"\s*(?:STRUCT|ARRAY|MAP)\s*<", re.IGNORECASE)

_DEEP = ("recursive", "max_depth")
"""Arguments by which DuckDB's UNNEST unfolds what is inside as well."""


def may_build(sql: str) -> bool:
    """Whether a text can build a value of fields at all."""
    return _WORDS.search(sql) is not None


def fields_of_value(
    resolver: Resolver, node: exp.Expr, scope: Scope, usage: Usage, aliases: Aliases
) -> Fields:
    """The fields of a value with what each comes from; none where it has no known ones."""
    kind = type(node)
    find = _FIELDS.get(kind) or (_RARE.get(kind) if resolver.builds else None)
    if find is None:
        return {}
    fields = find(resolver, node, scope, aliases)
    return _composed(fields, usage, node) if usage is not IDENTITY else fields


def unfolded_fields(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """The columns that DuckDB's ``UNNEST(struct)`` and ClickHouse's ``untuple(tuple)`` make in a
    select list, one for each field."""
    if type(node) is exp.Anonymous and str(node.this).lower() == "untuple" and node.expressions:
        inner = node.expressions[0]
        find = _tuple if isinstance(inner, exp.Tuple) else fields_of_plain
        return _listed(find(resolver, inner, scope, aliases))
    if type(node) is not exp.Explode or resolver.rules.name != "duckdb":
        return {}
    deep = any(e.this.name.lower() in _DEEP for e in node.expressions if e.this is not None)
    if isinstance(node.this, exp.Array | exp.ArrayAgg) and not deep:  # its items stay structs
        return {}
    fields = fields_of_value(resolver, node.this, scope, IDENTITY, aliases)
    return _spread(fields) if deep else _listed(fields)


def _listed(fields: Fields) -> Fields:
    """The fields where all of them are known, else none."""
    return {} if isinstance(fields, OpenFields) else fields


def _spread(fields: Fields) -> Fields:
    """The fields inside fields, in their place."""
    spread: Fields = {}
    for name, inputs in fields.items():
        spread |= _spread(inputs.fields) if isinstance(inputs, StructInputs) else {name: inputs}
    return spread


def fields_shown(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """All that ``node.*`` may show of an expression, with the fields that are known of it."""
    builds, resolver.builds = resolver.builds, True
    value = resolver.evaluate(node, scope)
    resolver.builds = builds
    return value


def named_fields(inputs: Inputs) -> Mapping[str, Inputs]:
    """The fields of a value that have a name of their own, not only a place."""
    if not isinstance(inputs, StructInputs):
        return {}
    return {name: value for name, value in inputs.fields.items() if name and not name.isdigit()}


def _composed(fields: Fields, usage: Usage, text: exp.Expr) -> Fields:
    def used(inputs: Inputs) -> Inputs:
        whole: Inputs = {}
        compose(whole, inputs, usage, text)
        inner = inputs.fields if isinstance(inputs, StructInputs) else {}
        return StructInputs(whole, _composed(inner, usage, text)) if inner else whole

    return each_field(fields, used)


def _united(fields: Fields, values: Sequence[Inputs]) -> Fields:
    """The fields of one of several values, of which the first has these."""
    made = each_field(fields, own_copy)
    for value in values:
        add_fields(made, value)
    return made


def _built(resolver: Resolver, struct: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """The fields of a struct that is built here; a column gives its field its own name."""
    if resolver.rules.name == "snowflake":
        return {}  # an object's keys are values inside it, no fields
    fields: Fields = {}
    names_columns = resolver.rules.name not in ("trino", "presto", "athena", "clickhouse")
    for place, entry in enumerate(struct.expressions, start=1):
        name, value = str(place), entry
        if isinstance(entry, exp.PropertyEQ | exp.Alias):
            is_alias = isinstance(entry, exp.Alias)
            named = entry.args["alias"] if is_alias else entry.this
            name = resolver.identifier(named) if named is not None else ""
            value = entry.this if is_alias else entry.expression
        elif is_star(entry):
            parts = resolver.star(entry, scope)
            fields |= {p.name: p.inputs for p in parts if isinstance(p, OutputColumn)}
            continue
        elif type(entry) is exp.Column and names_columns:
            name = resolver.identifier(entry.this)
        fields[name] = resolver.evaluate(value, scope, IDENTITY, aliases)
    return fields


def _row(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """``ROW(a, b)``, whose fields have places; PostgreSQL calls them f1, f2 and so on."""
    if str(node.this).upper() != "ROW":
        return {}
    mark = "f" if resolver.rules.postgres_names else ""
    return {
        f"{mark}{place}": resolver.evaluate(entry, scope, IDENTITY, aliases)
        for place, entry in enumerate(node.expressions, start=1)
    }


def _tuple(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    return {
        str(place): resolver.evaluate(entry, scope, IDENTITY, aliases)
        for place, entry in enumerate(node.expressions, start=1)
    }


def _cast(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """``CAST(ROW(a, b) AS ROW(x INT, y VARCHAR))``, which names the fields by position."""
    type_ = node.args["to"]
    value = node.this
    while isinstance(value, exp.Paren):
        value = value.this
    if not isinstance(type_, exp.DataType) or not type_.expressions:
        return {}
    find = _tuple if isinstance(value, exp.Tuple) else fields_of_plain
    fields = _typed(resolver, find(resolver, value, scope, aliases), type_)
    return _composed(fields, use.NORMALIZATION, node)


def fields_of_plain(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """As ``fields_of_value``, of a value that is not changed."""
    return fields_of_value(resolver, node, scope, IDENTITY, aliases)


def _typed(resolver: Resolver, fields: Fields, type_: exp.Expr) -> Fields:
    """Fields under the names that a struct type, or an array of one, gives them."""
    listed = type_.expressions
    if len(listed) == 1 and isinstance(listed[0], exp.DataType):
        return _typed(resolver, fields, listed[0])
    parts = [part for part in listed if isinstance(part, exp.ColumnDef)]
    names = [resolver.identifier(part.this) for part in parts]
    if not fields or not parts:
        return {}
    by_name = set(names) == fields.keys()
    made: Fields = {}
    for part, name, inputs in zip(parts, names, fields.values(), strict=False):
        value = fields[name] if by_name else inputs
        kind = part.args.get("kind")
        if isinstance(value, StructInputs) and isinstance(kind, exp.DataType) and kind.expressions:
            value = StructInputs(value, _typed(resolver, value.fields, kind))
        made[name] = value
    return made


def _of_column(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """A column that holds a struct, or the name of a source, which is its whole row."""
    name = resolver.identifier(node.this)
    if node.args.get("table") is None and scope.here(name)[0] is not Certainty.YES:
        sources = scope.qualified((name,))
        if len(sources) == 1 and sources[0].relation.known:
            columns = sources[0].relation.expanded()
            if columns:
                return {c.name: c.inputs for c in columns if c.name}
    inputs = resolver.evaluate(node, scope, IDENTITY, aliases)
    if isinstance(inputs, StructInputs):
        return inputs.fields
    declared = declared_fields(resolver, inputs) or ()
    return {name: field_inputs(inputs, [name], node) for name in declared}


def _path(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    if not is_field(node):
        return {}
    inputs = field_of_column(resolver, node, scope, aliases)
    return inputs.fields if isinstance(inputs, StructInputs) else {}


def _item(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """One item of an array; a computed index is part of the value."""
    fields = fields_of_plain(resolver, node.this, scope, aliases)
    deciding: Inputs = {}
    for index in node.expressions if fields else ():
        if not isinstance(index, exp.Literal):
            merge(deciding, resolver.evaluate(index, scope, use.TRANSFORMATION))
    return decided(fields, deciding)


def _array(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """``[STRUCT(a), STRUCT(b)]`` and ``ARRAY(SELECT ...)``."""
    entries = node.expressions
    if len(entries) == 1 and isinstance(entries[0], exp.Query):
        return _selected(resolver, entries[0], scope)
    if not resolver.builds or not entries or isinstance(entries[0], exp.Literal):
        return {}
    fields = fields_of_plain(resolver, entries[0], scope, aliases)
    others: list[Inputs] = []
    for entry in entries[1:] if fields else ():
        inner = fields_of_plain(resolver, entry, scope, aliases)
        others.append(
            StructInputs({}, inner) if inner else resolver.evaluate(entry, scope, IDENTITY, aliases)
        )
    return _united(fields, others) if others else fields


def _subquery(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    return _selected(resolver, node, scope)


def _selected(resolver: Resolver, node: exp.Expr, scope: Scope) -> Fields:
    """The fields of ``SELECT AS STRUCT a, b ...``, or of the one struct that a query selects,
    under the query's conditions."""
    relation = resolver.nested.pop(id(node), None)
    query = node.this if isinstance(node, exp.Subquery) else node
    kind = str(query.args.get("kind") or "").upper()
    if relation is None:
        return {}
    columns = relation.expanded()
    fields = {column.name: column.inputs for column in columns if column.name}
    own = output_names(query.expressions[0], 0, resolver.rules) if kind == "VALUE" else []
    if kind != "STRUCT" and (kind != "VALUE" or list(fields) == own):
        only = columns[0].inputs if len(columns) == 1 else {}
        fields = only.fields if isinstance(only, StructInputs) else {}
    return decided(fields, all_rows(relation)) if fields else {}


def _passed(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """An expression whose value is one of its arguments, or an array of them."""
    steps = children_of(node, IDENTITY, scope.windows)
    fields: Fields = {}
    others: list[Inputs] = []
    unknown: list[tuple[exp.Expr, Usage]] = []
    for child, how in steps:
        if not how.direct:
            continue
        inner = fields_of_plain(resolver, child, scope, aliases)
        if not inner:
            unknown.append((child, how))
            continue
        inner = _composed(inner, how, node) if how is not IDENTITY else inner
        if fields:
            others.append(StructInputs({}, inner))
        fields = fields or inner
    if not fields:
        return {}
    others += [resolver.evaluate(child, scope, how, aliases) for child, how in unknown]
    fields = _united(fields, others) if others else fields
    deciding: Inputs = {}
    for child, how in steps:
        if not how.direct:
            merge(deciding, resolver.evaluate(child, scope, how))
    return decided(fields, deciding)


def _distinct(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    first = node.expressions[0] if node.expressions else None
    return fields_of_plain(resolver, first, scope, aliases) if first is not None else {}


def _greatest(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """``MAX(STRUCT(at, a))``: the fields of the one that is greatest, which all of them decide."""
    inner = fields_of_plain(resolver, node.this, scope, aliases)
    fields = _composed(inner, use.AGGREGATION, node)
    deciding: Inputs = {}
    for inputs in list(inner.values())[:-1]:
        compose(deciding, inputs, use.SORT, node)
    return decided(fields, deciding)


def _changed(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """DuckDB's STRUCT_INSERT and STRUCT_UPDATE, Spark's ``value.withField``; ROW elsewhere."""
    if str(node.this).upper() not in ("STRUCT_INSERT", "STRUCT_UPDATE"):
        return _row(resolver, node, scope, aliases)
    first, *rest = node.expressions or [None]
    fields = fields_of_plain(resolver, first, scope, aliases) if first is not None else {}
    if not fields:
        return {}
    return {
        **fields,
        **{
            resolver.identifier(entry.this): resolver.evaluate(entry.expression, scope)
            for entry in rest
            if isinstance(entry, exp.PropertyEQ)
        },
    }


def _each_made(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """``TRANSFORM(items, i -> STRUCT(i.sku AS k))``: the fields of what is made of each item."""
    made = made_of_item(node)
    return fields_of_plain(resolver, made, scope, aliases) if made is not None else {}


def _read_text(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Fields:
    """Spark's ``from_json(text, 'a INT, b STRING')``: the fields that the schema names."""
    schema = node.expression.name if isinstance(node.expression, exp.Literal) else ""
    names = fields_in(schema if _WHOLE_TYPE.match(schema) else f"struct<{schema}>") or ()
    inputs = resolver.evaluate(node.this, scope, use.TRANSFORMATION, aliases)
    return {name.lower(): own_copy(inputs) for name in names}


_Finder: TypeAlias = Callable[["Resolver", exp.Expr, Scope, "Aliases"], Fields]


def _all(kinds: Sequence[type], find: _Finder) -> dict[type, _Finder]:
    return dict.fromkeys(kinds, find)


_FIELDS: dict[type, _Finder] = {
    exp.Struct: _built,
    exp.Column: _of_column,
    exp.Array: _array,
    exp.Subquery: _subquery,
    exp.Bracket: _item,
    exp.Distinct: _distinct,
    **_all((exp.Cast, exp.TryCast), _cast),
    **_all(
        (exp.Paren, exp.ArrayAgg, exp.AnyValue, exp.IgnoreNulls, exp.RespectNulls, exp.HavingMax),
        _passed,
    ),
}
_RARE: dict[type, _Finder] = {
    exp.Anonymous: _changed,
    exp.Dot: _path,
    exp.FromJson: _read_text,
    exp.Transform: _each_made,
    **_all((exp.Max, exp.Min), _greatest),
    **_all(
        (
            exp.ArgMax,
            exp.ArgMin,
            exp.ArrayConcat,
            exp.ArrayConcatAgg,
            exp.ArrayDistinct,
            exp.ArrayFilter,
            exp.ArrayFirst,
            exp.ArrayLast,
            exp.ArrayReverse,
            exp.ArrayUniqueAgg,
            exp.Case,
            exp.Coalesce,
            exp.Explode,
            exp.Filter,
            exp.First,
            exp.FirstValue,
            exp.If,
            exp.Lag,
            exp.Last,
            exp.LastValue,
            exp.Lead,
            exp.Nullif,
            exp.ArraySlice,
            exp.ArraySort,
            exp.Window,
        ),
        _passed,
    ),
}
"""What is looked into only where the text builds structs."""
BUILDERS = frozenset(_FIELDS) - {exp.Column}
"""Expressions whose value may have fields."""
RARE_BUILDERS = frozenset(_RARE)

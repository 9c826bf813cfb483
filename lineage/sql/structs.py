"""Values built of named fields: which stored columns each field comes from.

BigQuery nests rows into arrays and unfolds them again: ``ARRAY_AGG(STRUCT(a, b))``,
``ARRAY_AGG(t)[OFFSET(0)]``, ``ARRAY(SELECT AS STRUCT ...)``. A field taken out later has only its
own inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql import usage as use
from lineage.sql.relations import (
    Certainty,
    Inputs,
    Relation,
    StructInputs,
    all_rows,
    compose,
    merge,
)
from lineage.sql.scopes import Scope
from lineage.sql.usage import IDENTITY, Usage

if TYPE_CHECKING:
    from lineage.sql.references import Aliases
    from lineage.sql.resolve import Resolver

_WRAPPERS = (
    exp.Paren,
    exp.Bracket,
    exp.Order,
    exp.Limit,
    exp.Distinct,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.HavingMax,
)
BUILDERS = frozenset(
    {
        exp.Struct,
        exp.Paren,
        exp.Bracket,
        exp.ArrayAgg,
        exp.AnyValue,
        exp.Array,
        exp.Cast,
        exp.Subquery,
    }
)
"""Expressions whose value may have fields."""


def fields_of_value(
    resolver: Resolver, node: exp.Expr, scope: Scope, usage: Usage, aliases: Aliases
) -> dict[str, Inputs]:
    """The fields of a value with what each comes from; none where it has no known ones."""
    if isinstance(node, exp.Struct):
        return _built(resolver, node, scope, usage, aliases)
    if isinstance(node, exp.Cast):
        return _cast(resolver, node, scope, usage, aliases)
    if isinstance(node, exp.Column):
        return _of_column(resolver, node, scope, aliases)
    if isinstance(node, exp.Array):
        query = node.expressions[0] if len(node.expressions) == 1 else None
        if isinstance(query, exp.Select) and str(query.args.get("kind") or "").upper() == "STRUCT":
            return _selected(resolver, query, scope)
        if isinstance(query, exp.Struct):  # [STRUCT(a, b)]
            return _built(resolver, query, scope, usage, aliases)
        return {}
    if isinstance(node, exp.Subquery):
        query = node.this
        if isinstance(query, exp.Select) and str(query.args.get("kind") or "").upper() == "STRUCT":
            return _selected(resolver, query, scope)
        return {}
    if isinstance(node, exp.ArrayAgg | exp.AnyValue):
        fields = fields_of_value(resolver, node.this, scope, IDENTITY, aliases)
        return _composed(fields, use.AGGREGATION, node)
    if isinstance(node, _WRAPPERS):
        inner = node.this
        if isinstance(node, exp.Distinct):
            inner = node.expressions[0] if node.expressions else None
        if isinstance(inner, exp.Expr):
            fields = fields_of_value(resolver, inner, scope, usage, aliases)
            return _decided(resolver, fields, node, scope)
    return {}


def unfolded_fields(
    resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases
) -> dict[str, Inputs]:
    """The columns that DuckDB's ``UNNEST(struct)`` makes in a select list, one for each field."""
    if type(node) is not exp.Explode or resolver.rules.name != "duckdb":
        return {}
    return fields_of_value(resolver, node.this, scope, IDENTITY, aliases)


def _decided(
    resolver: Resolver, fields: dict[str, Inputs], node: exp.Expr, scope: Scope
) -> dict[str, Inputs]:
    """The fields together with what a sort, an index or HAVING MAX decides about them."""
    how = use.SORT if isinstance(node, exp.Order) else use.TRANSFORMATION
    beside = [] if isinstance(node, exp.Distinct) else list(node.expressions)
    if isinstance(node, exp.HavingMax):
        beside, how = [node.expression], use.SORT
    made = {name: dict(inputs) for name, inputs in fields.items()}
    for expression in beside if fields else ():
        if isinstance(expression, exp.Expr) and not isinstance(expression, exp.Literal):
            deciding = resolver.evaluate(expression, scope, how)
            for inputs in made.values():
                merge(inputs, deciding)
    return made


def _composed(fields: dict[str, Inputs], usage: Usage, text: exp.Expr) -> dict[str, Inputs]:
    made: dict[str, Inputs] = {}
    for name, inputs in fields.items():
        made[name] = {}
        compose(made[name], inputs, usage, text)
    return made


def _built(
    resolver: Resolver, struct: exp.Expr, scope: Scope, usage: Usage, aliases: Aliases
) -> dict[str, Inputs]:
    """The fields of a struct that is built here; a column gives its field its own name."""
    fields: dict[str, Inputs] = {}
    for entry in struct.expressions:
        if isinstance(entry, exp.PropertyEQ | exp.Alias):
            named = entry.args.get("alias") or entry.this
            value = entry.this if isinstance(entry, exp.Alias) else entry.expression
            fields[resolver.identifier(named)] = resolver.evaluate(value, scope, usage, aliases)
        elif type(entry) is exp.Column:
            name = resolver.identifier(entry.this)
            fields[name] = resolver.evaluate(entry, scope, usage, aliases)
    return fields


def _cast(
    resolver: Resolver, node: exp.Expr, scope: Scope, usage: Usage, aliases: Aliases
) -> dict[str, Inputs]:
    """``CAST(ROW(a, b) AS ROW(x INT, y VARCHAR))``, which names the fields by position."""
    value, type_ = node.this, node.args["to"]
    listed = type_.expressions if isinstance(type_, exp.DataType) else []
    names = [part.this for part in listed if isinstance(part, exp.ColumnDef)]
    while isinstance(value, exp.Paren):
        value = value.this
    if not names or not isinstance(value, exp.Struct | exp.Tuple):
        return {}
    how = use.combine(usage, use.NORMALIZATION)
    return {
        resolver.identifier(name): resolver.evaluate(
            entry.expression if isinstance(entry, exp.PropertyEQ) else entry, scope, how, aliases
        )
        for name, entry in zip(names, value.expressions, strict=False)
    }


def _of_column(
    resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases
) -> dict[str, Inputs]:
    """A column that holds a struct, or the name of a source, which is its whole row."""
    name = resolver.identifier(node.this)
    if node.args.get("table") is None and scope.here(name)[0] is not Certainty.YES:
        sources = scope.qualified((name,))
        if len(sources) == 1 and sources[0].relation.known:
            return {c.name: c.inputs for c in sources[0].relation.expanded() if c.name}
    inputs = resolver.evaluate(node, scope, IDENTITY, aliases)
    return inputs.fields if isinstance(inputs, StructInputs) else {}


def _selected(resolver: Resolver, query: exp.Expr, scope: Scope) -> dict[str, Inputs]:
    """The fields of ``ARRAY(SELECT AS STRUCT a, b ...)``, under the query's conditions."""
    relation: Relation = resolver.query(query, scope, scope.ctes)
    fields: dict[str, Inputs] = {}
    for column in relation.expanded():
        if column.name:
            fields[column.name] = dict(column.inputs)
            merge(fields[column.name], all_rows(relation))
    return fields

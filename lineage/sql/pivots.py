"""PIVOT and UNPIVOT: which columns they consume, which they make of them, which pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql import usage as use
from lineage.sql.relations import AnyColumn, Inputs, OutputColumn, Relation, merge
from lineage.sql.scopes import Scope, Source

if TYPE_CHECKING:
    from lineage.sql.resolve import Resolver


def pivoted(resolver: Resolver, pivot: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    """The relation after one PIVOT or UNPIVOT clause."""
    inner = Scope(scope.ctes, scope.parent, [Source("", relation)])
    make = _unpivot if pivot.args.get("unpivot") else _pivot
    made, consumed = make(resolver, pivot, inner)
    anything: Inputs = {}
    for column in made:
        merge(anything, column.inputs)
    passing = [column for column in relation.expanded() if column.name not in consumed]
    return AnyColumn(
        columns=passing + made,
        known=relation.known,
        source=anything,
        upstream=[relation],
        beside=inner.beside,
    )


def _names(resolver: Resolver, expression: exp.Expr) -> set[str]:
    return {resolver.identifier(column.this) for column in expression.find_all(exp.Column)}


def _pivot(
    resolver: Resolver, pivot: exp.Expr, scope: Scope
) -> tuple[list[OutputColumn], set[str]]:
    """Every made column is one of the aggregates, where the FOR columns have some value."""
    condition: Inputs = {}
    consumed: set[str] = set()
    for field in pivot.args.get("fields") or ():
        key = field.this if isinstance(field, exp.In) else field
        merge(condition, resolver.evaluate(key, scope, use.CONDITIONAL))
        consumed |= _names(resolver, key)
    aggregates: list[Inputs] = []
    for expression in pivot.expressions:
        aggregates.append({**resolver.evaluate(expression, scope), **condition})
        consumed |= _names(resolver, expression)
    made = pivot.args.get("columns") or ()
    return [
        OutputColumn(resolver.identifier(name), aggregates[index % len(aggregates)])
        for index, name in enumerate(made)
        if aggregates
    ], consumed


def _unpivot(
    resolver: Resolver, pivot: exp.Expr, scope: Scope
) -> tuple[list[OutputColumn], set[str]]:
    """The value columns come from every listed column; the name column from none."""
    made: list[OutputColumn] = []
    consumed: set[str] = set()
    values = [
        identifier
        for value in pivot.expressions
        for identifier in (value.expressions if isinstance(value, exp.Tuple) else [value])
    ]
    inputs: list[Inputs] = [{} for _ in values]
    for field in pivot.args.get("fields") or ():
        if not isinstance(field, exp.In):
            continue
        made.append(OutputColumn(_label(resolver, field.this), {}))
        for listed in field.expressions:
            group = listed.this if isinstance(listed, exp.PivotAlias) else listed
            columns = group.expressions if isinstance(group, exp.Tuple) else [group]
            consumed |= _names(resolver, group)
            for into, column in zip(inputs, columns, strict=False):
                merge(into, resolver.evaluate(column, scope))
    made.extend(
        OutputColumn(_label(resolver, value), found)
        for value, found in zip(values, inputs, strict=True)
    )
    return made, consumed


def _label(resolver: Resolver, node: exp.Expr) -> str:
    return resolver.identifier(node.this if isinstance(node, exp.Column) else node)

"""PIVOT and UNPIVOT: which columns they consume, which they make of them, which pass."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.whole_numbers import whole
from lineage.sql.parsing.pivot_columns import XML
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import Inputs, compose, merge
from lineage.sql.resolving.relations import AnyColumn, OpenRelation, OutputColumn, Relation
from lineage.sql.resolving.scopes import Scope, Source

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver


def stacked(node: exp.Expr) -> list[list[exp.Expr]]:
    """``STACK(2, 'a', a, 'b', b)``: the values that each column of its rows can have."""
    if not isinstance(node, exp.Stack) or not isinstance(node.this, exp.Literal):
        return []
    rows = whole(node.this.name) or 0
    values = node.expressions
    width = -(-len(values) // rows) if rows else 0
    return [values[place::width] for place in range(width)]


def pivoted(
    resolver: Resolver, pivot: exp.Expr, relation: Relation, scope: Scope, name: str
) -> Relation:
    """The relation after one PIVOT or UNPIVOT clause, in which it may be called by its name."""
    inner = Scope(scope.ctes, scope.parent, [Source(name, relation)])
    make = _unpivot if pivot.args.get("unpivot") else _pivot
    made, consumed, anything = make(resolver, pivot, inner)
    is_dynamic = _is_dynamic(pivot)
    if is_dynamic:
        resolver.unresolved["pivot.*"] = None
    passing = _grouped(resolver, pivot, inner)
    if passing is None:
        passing = [
            OutputColumn(column.name, column.inputs)
            for column in relation.expanded()
            if column.name not in consumed
        ]
    resolver.budget.spend(len(passing) + len(made))
    rows: Inputs = {}
    if make is _pivot:
        for column in passing:  # one row is left for each of their values
            compose(rows, column.inputs, use.GROUP_BY, None)
    elif not pivot.args.get("include_nulls"):
        compose(rows, anything, use.FILTER, None)
    if (made or is_dynamic) and not relation.known:  # any other name passes
        return OpenRelation(
            columns=passing + made,
            known=False,
            rows=rows,
            upstream=[relation],
            beside=inner.beside,
            behind=[relation],
            hidden=frozenset(consumed),
        )
    return AnyColumn(
        columns=passing + made,
        known=relation.known and not is_dynamic,
        source=anything,
        rows=rows,
        upstream=[relation],
        beside=inner.beside,
    )


def _is_dynamic(pivot: exp.Expr) -> bool:
    """Whether the data say which columns there will be: ``FOR a IN (ANY)``, ``IN (SELECT ...)``."""
    return not pivot.meta.get(XML) and any(
        isinstance(value, exp.PivotAny | exp.Query)
        for field in pivot.args.get("fields") or ()
        if isinstance(field, exp.In)
        for value in field.expressions
    )


def recognized(resolver: Resolver, node: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    """MATCH_RECOGNIZE: one row per match has what it is partitioned by and the measures."""
    inner = Scope(scope.ctes, scope.parent, [Source("", relation)])
    for definition in node.args.get("define") or ():
        for column in definition.find_all(exp.Column):
            column.set("table", None)  # the pattern's variables are rows of the same source
        resolver.decide_rows(definition.this, inner, use.FILTER)
    for key in ("partition_by", "order"):
        clause = node.args.get(key)
        listed = clause.expressions if isinstance(clause, exp.Expr) else clause or ()
        for expression in listed:
            resolver.decide_rows(expression, inner, use.WINDOW)
    every = "ALL ROWS" in str(node.args.get("rows") or "").upper()
    columns = list(relation.expanded())
    if not every:
        columns = [
            OutputColumn(resolver.identifier(column.this), resolver.evaluate(column, inner))
            for column in node.args.get("partition_by") or ()
            if isinstance(column, exp.Column)
        ]
    for measure in node.args.get("measures") or ():
        named = measure.this if isinstance(measure, exp.MatchRecognizeMeasure) else measure
        for column in named.find_all(exp.Column):
            column.set("table", None)
        name = resolver.identifier(named.args["alias"]) if isinstance(named, exp.Alias) else ""
        columns.append(OutputColumn(name, resolver.evaluate(named, inner)))
    known = relation.known or not every
    return Relation(columns, known, inner.rows, [relation], inner.beside)


def pivot_statement(resolver: Resolver, node: exp.Expr, scope: Scope) -> Relation:
    """DuckDB's ``PIVOT t ON a USING sum(b) GROUP BY c`` and ``UNPIVOT t ON a, b INTO ...``."""
    add = Scope(scope.ctes, scope.parent)
    resolver.add_source(node.this, add)
    relation = resolver.project(exp.Select(expressions=[exp.Star()]), add)
    inner = Scope(scope.ctes, scope.parent, [Source("", relation)])
    into = node.args.get("into")
    if node.args.get("unpivot"):
        values: Inputs = {}
        consumed: set[str] = set()
        for listed in node.expressions:
            for name, inputs in _unpivoted(resolver, listed, inner):
                merge(values, inputs)
                consumed.add(name)
        passing = [column for column in relation.expanded() if column.name not in consumed]
        labels = [into.this, *into.expressions] if into is not None else []
        names = [_label(resolver, label) for label in labels] or ["name", "value"]
        made = [OutputColumn(names[0], {}), *(OutputColumn(name, values) for name in names[1:])]
        rows: Inputs = {}
        compose(rows, values, use.FILTER, None)
        if not relation.known:
            return OpenRelation(
                [*passing, *made],
                False,
                rows,
                [relation],
                behind=[relation],
                hidden=frozenset(consumed),
            )
        return AnyColumn([*passing, *made], relation.known, rows, [relation], source=values)
    return _pivot_statement(resolver, node, relation, inner)


def _unpivoted(resolver: Resolver, listed: exp.Expr, inner: Scope) -> list[tuple[str, Inputs]]:
    """The columns that become rows: those named, or chosen by a star or COLUMNS."""
    if isinstance(listed, exp.Columns | exp.Star):
        chosen = resolver.project(exp.Select(expressions=[listed]), inner)
        return [(column.name, column.inputs) for column in chosen.expanded()]
    inputs = resolver.evaluate(listed, inner)
    return [(name, inputs) for name in _names(resolver, listed)]


def _pivot_statement(
    resolver: Resolver, node: exp.Expr, relation: Relation, inner: Scope
) -> Relation:
    """What it makes depends on the data; without GROUP BY every other column groups."""
    condition: Inputs = {}
    consumed: set[str] = set()
    for expression in node.expressions:
        key = expression.this if isinstance(expression, exp.In) else expression
        merge(condition, resolver.evaluate(key, inner, use.CONDITIONAL))
        consumed |= _names(resolver, key)
    anything: Inputs = dict(condition)
    for aggregate in node.args.get("using") or ():
        merge(anything, resolver.evaluate(aggregate, inner))
        consumed |= _names(resolver, aggregate)
    passing = _grouped(resolver, node, inner)
    if passing is None:
        passing = [column for column in relation.expanded() if column.name not in consumed]
    rows: Inputs = {}
    for column in passing:
        compose(rows, column.inputs, use.GROUP_BY, None)
    made = _made_of_lists(resolver, node, condition, inner)
    if not made:  # its values are the names of the columns
        resolver.unresolved["pivot.*"] = None
        compose(rows, condition, use.GROUP_BY, None)
    return AnyColumn([*passing, *made], bool(made), rows, [relation], inner.beside, source=anything)


def _grouped(resolver: Resolver, pivot: exp.Expr, inner: Scope) -> list[OutputColumn] | None:
    """The columns of DuckDB's GROUP BY inside a pivot, None where every other column groups."""
    group = pivot.args.get("group")
    if group is None:
        return None
    return [
        OutputColumn(_label(resolver, key), resolver.evaluate(key, inner))
        for key in group.expressions
    ]


_MOST_MADE = 2_000
"""Columns of a pivot beyond which nobody will ask for one."""


def _made_of_lists(
    resolver: Resolver, node: exp.Expr, condition: Inputs, inner: Scope
) -> list[OutputColumn]:
    """A column for each combination of listed values and each aggregate, as DuckDB names them."""
    lists = [e.expressions for e in node.expressions if isinstance(e, exp.In)]
    aggregates = node.args.get("using") or []
    count = prod(map(len, lists)) * len(aggregates)
    if len(lists) < len(node.expressions) or not 0 < count <= _MOST_MADE:
        return []
    made: list[OutputColumn] = []
    for values in product(*lists):
        for aggregate in aggregates:
            names = [value.alias_or_name for value in values]
            if len(aggregates) > 1 or aggregate.alias:
                names.append(aggregate.alias or aggregate.sql("duckdb").lower())
            inputs = {**resolver.evaluate(aggregate, inner), **condition}
            made.append(OutputColumn("_".join(names), inputs))
    return made


def _names(resolver: Resolver, expression: exp.Expr) -> set[str]:
    return {resolver.identifier(column.this) for column in expression.find_all(exp.Column)}


def _pivot(
    resolver: Resolver, pivot: exp.Expr, scope: Scope
) -> tuple[list[OutputColumn], set[str], Inputs]:
    """Every made column is one of the aggregates, where the FOR columns have some value. The last
    part is what any of them comes from."""
    condition: Inputs = {}
    consumed: set[str] = set()
    for field in pivot.args.get("fields") or ():
        key = field.this if isinstance(field, exp.In) else field
        merge(condition, resolver.evaluate(key, scope, use.CONDITIONAL))
        consumed |= _names(resolver, key)
        for value in field.expressions if isinstance(field, exp.In) else ():
            if isinstance(value, exp.Query):
                listed = resolver.query(value, None, scope.ctes)
                compose(condition, listed.everything(), use.CONDITIONAL, None)
                scope.beside.append(listed)
    aggregates: list[Inputs] = []
    for expression in pivot.expressions:
        aggregates.append({**resolver.evaluate(expression, scope), **condition})
        consumed |= _names(resolver, expression)
    anything: Inputs = {}
    for inputs in aggregates:
        merge(anything, inputs)
    if pivot.meta.get(XML):  # all of them in one column
        aggregates = [anything]
    named = () if _is_dynamic(pivot) else pivot.args.get("columns") or ()
    made = [
        OutputColumn(resolver.identifier(name), aggregates[index % len(aggregates)])
        for index, name in enumerate(named)
        if aggregates
    ]
    return made, consumed, anything


def _unpivot(
    resolver: Resolver, pivot: exp.Expr, scope: Scope
) -> tuple[list[OutputColumn], set[str], Inputs]:
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
    anything: Inputs = {}
    for column in made:
        merge(anything, column.inputs)
    return made, consumed, anything


def _label(resolver: Resolver, node: exp.Expr) -> str:
    return resolver.identifier(node.this if isinstance(node, exp.Column) else node)

"""FROM items: tables, derived tables, joins, laterals, table functions, VALUES, UNNEST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql import usage as use
from lineage.sql.pivots import pivoted
from lineage.sql.relations import (
    AnyColumn,
    Certainty,
    Inputs,
    OutputColumn,
    Relation,
    compose,
    find_among,
    merge,
)
from lineage.sql.scopes import Scope, Source
from lineage.sql.set_operations import renamed, with_clause

if TYPE_CHECKING:
    from lineage.sql.resolve import Resolver


def add_source(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """Adds one FROM item, and the joins written inside its brackets, to the scope."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        _add_table(resolver, node, scope)
    elif isinstance(node, exp.Subquery):
        _add_subquery(resolver, node, scope)
    elif isinstance(node, exp.Lateral):
        _add_lateral(resolver, node, scope)
    elif isinstance(node, exp.Values):
        _append(resolver, node, values(resolver, node, scope), scope)
    elif isinstance(node, exp.Query):
        _append(resolver, node, resolver.query(node, scope.parent, scope.ctes), scope)
    else:
        _add_function(resolver, node, scope)
    add_joins(resolver, node, scope)


def add_joins(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """The joins and lateral views that follow a FROM item."""
    for lateral in node.args.get("laterals") or ():
        _add_lateral(resolver, lateral, scope)
    for join in node.args.get("joins") or ():
        _add_join(resolver, join, scope)


def _add_join(resolver: Resolver, join: exp.Join, scope: Scope) -> None:
    before = len(scope.sources)
    add_source(resolver, join.this, scope)
    left, right = scope.sources[:before], scope.sources[before:]
    arguments = join.args
    if arguments.get("method") == "NATURAL":
        _natural(resolver, join, left, right, scope)
    for name in arguments.get("using") or ():
        _merge_column(resolver.identifier(name), join, left, right, scope)
    for key in ("on", "match_condition"):
        if arguments.get(key) is not None:
            resolver.decide_rows(arguments[key], scope, use.JOIN)
    if arguments.get("kind") in ("SEMI", "ANTI"):
        for source in right:
            source.visible = False


def _natural(
    resolver: Resolver, join: exp.Join, left: list[Source], right: list[Source], scope: Scope
) -> None:
    if not all(source.relation.known for source in (*left, *right)):
        resolver.unresolved["natural join"] = None
        return
    names = [column.name for source in right for column in source.relation.expanded()]
    for name in names:
        if find_among([source.relation for source in left], name)[0] is Certainty.YES:
            _merge_column(name, join, left, right, scope)


def _merge_column(
    name: str, join: exp.Join, left: list[Source], right: list[Source], scope: Scope
) -> None:
    """USING leaves one column: the left one, the right one of a right join, both of a full."""
    side = join.args.get("side")
    left_inputs = scope.merged.get(name)
    if left_inputs is None:
        left_inputs = find_among([source.relation for source in left], name)[1]
    right_inputs = find_among([source.relation for source in right], name)[1]
    compose(scope.rows, left_inputs, use.JOIN, "")
    compose(scope.rows, right_inputs, use.JOIN, "")
    if side == "FULL":
        both: Inputs = {}
        compose(both, left_inputs, use.TRANSFORMATION, f"COALESCE({name}, {name})")
        compose(both, right_inputs, use.TRANSFORMATION, f"COALESCE({name}, {name})")
        scope.merged[name] = both
    else:
        scope.merged[name] = right_inputs if side == "RIGHT" else left_inputs


def _append(
    resolver: Resolver,
    node: exp.Expr,
    relation: Relation,
    scope: Scope,
    name: str = "",
    parts: tuple[str, ...] = (),
) -> None:
    alias = node.args.get("alias")
    for pivot in node.args.get("pivots") or ():
        relation = pivoted(resolver, pivot, relation, scope)
        alias = pivot.args.get("alias") or alias
    if alias is not None:
        names = [resolver.identifier(column) for column in alias.args.get("columns") or ()]
        if not isinstance(relation, AnyColumn):
            relation = renamed(relation, names)
        if alias.this is not None:
            name, parts = resolver.identifier(alias.this), ()
    scope.sources.append(Source(name, relation, parts))


def _add_table(resolver: Resolver, node: exp.Table, scope: Scope) -> None:
    name = resolver.identifier(node.this)
    if node.args.get("db") is None:
        shared = scope.ctes.find(name)
        if shared is not None:
            _append(resolver, node, shared, scope, name)
            return
    elif resolver.rules.arrays_are_sources and _add_array(resolver, node, scope):
        return
    table, relation = resolver.read_table(node)
    _append(resolver, node, relation, scope, name, table.parts)


def _add_array(resolver: Resolver, node: exp.Table, scope: Scope) -> bool:
    """BigQuery's ``FROM t, t.items``: the items of a column of a source already in sight."""
    path = [resolver.identifier(part) for part in node.parts]
    sources = scope.qualified((path[0],))
    if not sources:
        return False
    inputs: Inputs = {}
    for source in sources:
        compose(inputs, source.relation.find(path[1])[1], use.TRANSFORMATION, ".".join(path))
    _append(resolver, node, AnyColumn(source=inputs), scope, path[-1])
    return True


def _add_subquery(resolver: Resolver, node: exp.Subquery, scope: Scope) -> None:
    if _brackets_joins(node) and node.args.get("alias") is None:
        add_source(resolver, node.this, scope)
    else:
        ctes = with_clause(resolver, node, scope.parent, scope.ctes)
        _append(resolver, node, resolver.query(node.this, scope.parent, ctes), scope)


def _brackets_joins(node: exp.Subquery) -> bool:
    """``(a JOIN b ON ...)``, whose sources belong to the scope around the brackets."""
    inner = node.this
    while isinstance(inner, exp.Subquery):
        if inner.args.get("alias") is not None or inner.args.get("joins"):
            return True
        inner = inner.this
    return isinstance(inner, exp.Table)


def _add_lateral(resolver: Resolver, node: exp.Lateral, scope: Scope) -> None:
    if isinstance(node.this, exp.Query):
        _append(resolver, node, resolver.query(node.this, scope, scope.ctes), scope)
    else:
        _add_function(resolver, node, scope)


def _add_function(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """UNNEST, EXPLODE, FLATTEN and any other function of rows: every column has its inputs."""
    arguments = node.expressions if isinstance(node, exp.Unnest) else [node.this]
    inputs: Inputs = {}
    for argument in arguments:
        if isinstance(argument, exp.Expr):
            merge(inputs, resolver.evaluate(argument, scope, use.TRANSFORMATION))
    alias = node.args.get("alias")
    names = [
        resolver.identifier(column)
        for column in (alias.args.get("columns") or () if alias is not None else ())
    ]
    relation: Relation = AnyColumn(source=inputs, columns=[OutputColumn(n, inputs) for n in names])
    offset = node.args.get("offset")
    if isinstance(offset, exp.Expr):
        relation.columns.append(OutputColumn(resolver.identifier(offset), {}))
    name = names[0] if names and alias is not None and alias.this is None else ""
    _append(resolver, node, relation, scope, name)


def values(resolver: Resolver, node: exp.Values, scope: Scope) -> Relation:
    """VALUES: column1, column2, ... with what the expressions of all rows read."""
    columns: list[OutputColumn] = []
    for row in node.expressions:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        resolver.budget.spend(len(cells))
        for index, cell in enumerate(cells):
            if index == len(columns):
                columns.append(OutputColumn(f"column{index + 1}", {}))
            if not isinstance(cell, exp.Literal):
                merge(columns[index].inputs, resolver.evaluate(cell, scope))
    return Relation(columns)

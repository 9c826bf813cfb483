"""What each kind of statement writes: the assignments from query columns to target columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from lineage.sql import usage as use
from lineage.sql.relations import (
    Inputs,
    OpenRelation,
    OutputColumn,
    Relation,
    all_rows,
    compose,
    merge,
    share,
    tables_behind,
)
from lineage.sql.resolve import Resolver
from lineage.sql.scopes import Ctes, Scope, Source
from lineage.sql.set_operations import with_clause
from lineage.sql.sources import values
from lineage.types import TableName


@dataclass(slots=True)
class Write:
    """The effect on one target: columns with what they come from, and what decides the rows.

    ``target`` is None for a bare SELECT. Columns may repeat: output names need not be unique.
    """

    target: TableName | None
    columns: list[tuple[str, Inputs]] = field(default_factory=list)
    rows: Inputs = field(default_factory=dict)
    sources: set[TableName] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller knows of a bare SELECT: the view or model that it defines."""

    target: TableName | None = None
    columns: tuple[str, ...] | None = None


Handler = Callable[[Resolver, exp.Expr, Given], list[Write]]


def writes_of(resolver: Resolver, tree: exp.Expr, given: Given) -> list[Write]:
    """The effects of a parsed statement; none for one that moves no data."""
    if isinstance(tree, exp.Query):
        return _query(resolver, tree, given)
    handler = _HANDLERS.get(type(tree))
    return handler(resolver, tree, given) if handler is not None else []


def statement_type(tree: exp.Expr) -> str:
    """SELECT, INSERT, CREATE TABLE, CREATE VIEW, MERGE, ... in upper case."""
    if isinstance(tree, exp.Query):
        return "SELECT"
    if isinstance(tree, exp.Create):
        return f"CREATE {str(tree.args.get('kind') or '').upper()}".strip()
    return tree.key.upper()


def _query(resolver: Resolver, tree: exp.Expr, given: Given) -> list[Write]:
    relation = resolver.query(tree, None, Ctes())
    into = tree.args.get("into")
    if into is not None and isinstance(into.this, exp.Table):
        return [_filled(resolver.table_name(into.this), relation, None)]
    return [_filled(given.target, relation, given.columns)]


def _filled(target: TableName | None, relation: Relation, names: Sequence[str] | None) -> Write:
    """A target whose rows are the relation's; ``names`` are its columns, by position."""
    return Write(target, assigned(relation, names), all_rows(relation), tables_behind(relation))


def assigned(relation: Relation, names: Sequence[str] | None) -> list[tuple[str, Inputs]]:
    """Pairs a query's columns with the target's.

    Columns behind a star that could not be expanded are looked up by the target's names, since
    their positions are not known; such edges are guesses.
    """
    columns = relation.expanded()
    if not names:
        return [(column.name, column.inputs) for column in columns]
    if relation.known:
        return [
            (names[index] if index < len(names) else column.name, column.inputs)
            for index, column in enumerate(columns)
        ]
    before = relation.before if isinstance(relation, OpenRelation) else 0
    after = len(columns) - before
    pairs = [(names[i], columns[i].inputs) for i in range(min(before, len(names)))]
    for name in names[before : max(before, len(names) - after)]:
        pairs.append((name, share(relation.find_beyond(name)[1], 1)))
    for offset in range(max(0, min(after, len(names) - before))):
        pairs.append((names[len(names) - after + offset], columns[before + offset].inputs))
    return pairs


def _create(resolver: Resolver, tree: exp.Expr, given: Given) -> list[Write]:
    query = tree.args.get("expression")
    table, names = _target(resolver, tree.this)
    clone = tree.args.get("clone")
    if table is None:
        return []
    if clone is not None and isinstance(clone.this, exp.Table):
        star = exp.select("*").from_(clone.this.copy())
        return [_filled(table, resolver.query(star, None, Ctes()), None)]
    if not isinstance(query, exp.Query):
        return []
    ctes = with_clause(resolver, tree, None, Ctes())
    relation = resolver.query(query, None, ctes)
    return [_filled(table, relation, names)]


def _target(resolver: Resolver, node: exp.Expr | None) -> tuple[TableName | None, list[str]]:
    """A written table and the column list that follows its name."""
    names: list[str] = []
    if isinstance(node, exp.Schema):
        names = [
            resolver.identifier(column if isinstance(column, exp.Identifier) else column.this)
            for column in node.expressions
            if isinstance(column, exp.Identifier | exp.ColumnDef | exp.Column)
        ]
        node = node.this
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        return None, names
    return resolver.table_name(node), names


def _insert(resolver: Resolver, tree: exp.Expr, given: Given) -> list[Write]:
    table, names = _target(resolver, tree.this)
    if table is None:
        return []
    ctes = with_clause(resolver, tree, None, Ctes())
    query = tree.args.get("expression")
    if isinstance(query, exp.Values):
        relation = values(resolver, query, Scope(ctes))
    elif isinstance(query, exp.Query):
        relation = resolver.query(query, None, ctes)
    else:
        return [Write(table)]
    if tree.args.get("by_name"):
        names = []
    elif not names:
        names = _positions(resolver, tree, table)
    write = _filled(table, relation, names)
    conflict = tree.args.get("conflict")
    if conflict is not None:
        _on_conflict(resolver, conflict, write, Scope(ctes), tree)
    return [write]


def _positions(resolver: Resolver, tree: exp.Expr, table: TableName) -> list[str]:
    """The target's columns without those that PARTITION (name = value) fixes."""
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    partition = tree.args.get("partition") or target.args.get("partition")
    fixed: set[str] = set()
    dynamic: list[str] = []
    for item in partition.expressions if isinstance(partition, exp.Partition) else ():
        column = item.this if isinstance(item, exp.EQ) else item
        name = resolver.identifier(column.this if isinstance(column, exp.Column) else column)
        if isinstance(item, exp.EQ):
            fixed.add(name)
        else:
            dynamic.append(name)
    names = [name for name in resolver.columns_of(table) or () if name not in fixed]
    if not names:
        return []
    return [name for name in names if name not in dynamic] + dynamic


def _on_conflict(
    resolver: Resolver, conflict: exp.Expr, write: Write, scope: Scope, tree: exp.Expr
) -> None:
    """DO UPDATE SET: ``excluded`` is the row that was to be inserted."""
    offered = Relation([OutputColumn(name, inputs) for name, inputs in write.columns])
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    assert write.target is not None
    own = resolver.base_table(write.target)
    name = target.args["alias"].this if target.args.get("alias") else target.this
    scope.sources = [
        Source(resolver.identifier(name), own, write.target.parts),
        Source("excluded", offered),
    ]
    _set_columns(resolver, conflict.expressions, scope, write, write.target)


def _set_columns(
    resolver: Resolver,
    assignments: Sequence[exp.Expr],
    scope: Scope,
    write: Write,
    target: TableName,
    condition: Inputs | None = None,
) -> None:
    """``SET a = x, (b, c) = (SELECT ...)`` as assignments to the target's columns."""
    for assignment in assignments:
        if not isinstance(assignment, exp.EQ | exp.PropertyEQ):
            continue
        left, right = assignment.this, assignment.expression
        names = [
            resolver.identifier(column.this)
            for column in (left.expressions if isinstance(left, exp.Tuple) else [left])
            if isinstance(column, exp.Column)
        ]
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Subquery):
            relation = resolver.query(right, scope, scope.ctes)
            scope.beside.append(relation)
            pairs = assigned(relation, names)
            for _, inputs in pairs:
                compose(inputs, all_rows(relation), use.IDENTITY, "")
        elif isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            cells = [resolver.evaluate(cell, scope) for cell in right.expressions]
            pairs = list(zip(names, cells, strict=False))
        else:
            value = _offered_value(right, scope, resolver)
            pairs = [(name, value) for name in names]
        for name, inputs in pairs:
            column: Inputs = {}
            merge(column, inputs)
            compose(column, condition or {}, use.CONDITIONAL, "")
            write.columns.append((name, column))


def _offered_value(node: exp.Expr, scope: Scope, resolver: Resolver) -> Inputs:
    """MySQL's VALUES(column) inside ON DUPLICATE KEY UPDATE is the offered row's column."""
    inputs = resolver.evaluate(node, scope)
    for call in node.find_all(exp.Anonymous):
        if str(call.this).upper() == "VALUES" and call.expressions:
            offered = scope.qualified(("excluded",))
            for source in offered:
                name = resolver.identifier(call.expressions[0])
                how = use.IDENTITY if call is node else use.TRANSFORMATION
                compose(inputs, source.relation.find(name)[1], how, resolver.text(node))
    return inputs


_HANDLERS: dict[type, Handler] = {
    exp.Create: _create,
    exp.Insert: _insert,
}

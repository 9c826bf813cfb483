"""Which effects each kind of statement has: queries, tables and views made of them, dispatch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from lineage.sql.inserts import insert, multitable_insert
from lineage.sql.modifications import delete, merge_into, update
from lineage.sql.relations import BaseTable, OpenRelation, OutputColumn, Relation
from lineage.sql.resolve import Resolver
from lineage.sql.scopes import Ctes, Scope, Source
from lineage.sql.set_operations import with_clause
from lineage.sql.writes import Write, defined, filled, target_of
from lineage.types import TableName


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller knows of a bare SELECT: the view or model that it defines."""

    target: TableName | None = None
    columns: tuple[str, ...] | None = None


Handler = Callable[[Resolver, exp.Expr, Ctes], list[Write]]


def writes_of(resolver: Resolver, tree: exp.Expr, given: Given) -> list[Write]:
    """The effects of a parsed statement, its own first, then those of its WITH clause.

    None for a statement that moves no data.
    """
    inner: list[Write] = []

    def modify(node: exp.Expr, ctes: Ctes) -> Relation:
        writes = _HANDLERS[type(node)](resolver, node, ctes)
        inner.extend(writes)
        return _returned(resolver, node, writes, ctes)

    resolver.modify = modify
    if isinstance(tree, exp.Query):
        writes = [_query(resolver, tree, given)]
    else:
        handler = _HANDLERS.get(type(tree))
        writes = handler(resolver, tree, Ctes()) if handler is not None else []
    return writes + inner


def is_followed(tree: exp.Expr) -> bool:
    """Whether the columns of such a statement can be told; one without a query has none."""
    return (
        isinstance(tree, exp.Query | exp.Describe)
        or type(tree) in _HANDLERS
        or (tree.find(exp.Query) is None and not isinstance(tree, exp.Pivot))
    )


def statement_type(tree: exp.Expr) -> str:
    """SELECT, INSERT, CREATE TABLE, CREATE VIEW, MERGE, ... in upper case."""
    if isinstance(tree, exp.Query):
        return "SELECT"
    if isinstance(tree, exp.MultitableInserts):
        return "INSERT"
    if isinstance(tree, exp.Create | exp.Drop | exp.Alter):
        return f"{tree.key} {tree.args.get('kind') or ''}".strip().upper()
    return str(tree.key).upper()


def _query(resolver: Resolver, tree: exp.Expr, given: Given) -> Write:
    relation = resolver.query(tree, None, Ctes())
    into = tree.args.get("into")
    if into is not None and isinstance(into.this, exp.Table):
        return filled(resolver.table_name(into.this), relation, None)
    if given.columns is not None:
        return defined(given.target, relation, given.columns)
    return filled(given.target, relation, None)


def _create(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """CREATE TABLE AS, CREATE VIEW, CLONE. A ClickHouse view TO a table fills that table."""
    table, names = target_of(resolver, tree.this)
    query, clone = tree.args.get("expression"), tree.args.get("clone")
    if clone is not None and isinstance(clone.this, exp.Table):
        query = exp.select("*").from_(clone.this.copy())
    properties = tree.args.get("properties")
    filled_table = properties.find(exp.ToTableProperty) if properties is not None else None
    if filled_table is not None:
        table, names = target_of(resolver, filled_table.this)
    if table is None or not isinstance(query, exp.Query):
        return []
    ctes = with_clause(resolver, tree, None, ctes)
    return [filled(table, resolver.query(query, None, ctes), names)]


def _copy(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """COPY from files fills a table; COPY to files reads a table or a query."""
    table, names = target_of(resolver, tree.this)
    if tree.args.get("kind") and table is not None:
        return [Write(table, [(name, {}) for name in names])]
    query = tree.this
    if isinstance(query, exp.Table):
        query = exp.select("*").from_(query.copy())
    if not isinstance(query, exp.Query):
        return []
    return [filled(None, resolver.query(query, None, ctes), None)]


def _returned(resolver: Resolver, node: exp.Expr, writes: list[Write], ctes: Ctes) -> Relation:
    """RETURNING: the columns just written, else those that the target had."""
    returning = node.args.get("returning")
    if returning is None or not writes or writes[0].target is None:
        return Relation()
    write = writes[0]
    assert write.target is not None
    table: BaseTable = resolver.base_table(write.target)
    written = [OutputColumn(name, inputs) for name, inputs in write.columns]
    rows = OpenRelation(
        columns=written,
        known=False,
        rows=write.rows,
        upstream=[table] if isinstance(node, exp.Delete) else [],
        behind=[table],
    )
    rows.upstream.extend(resolver.base_table(source) for source in write.sources)
    scope = Scope(ctes, sources=[Source(write.target.parts[-1], rows, write.target.parts)])
    return resolver.project(exp.Select(expressions=returning.expressions), scope)


_HANDLERS: dict[type, Handler] = {
    exp.Cache: _create,
    exp.Copy: _copy,
    exp.Create: _create,
    exp.Delete: delete,
    exp.Insert: insert,
    exp.Merge: merge_into,
    exp.MultitableInserts: multitable_insert,
    exp.Update: update,
}

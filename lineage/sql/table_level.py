"""Tables of a parsed statement without looking at columns: cheap, flat, hard to break."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.resolving.resolve import Resolver
from lineage.types import TableName


def tables_of(tree: exp.Expr, resolver: Resolver) -> tuple[list[TableName], list[TableName]]:
    """Sources and targets. A name that any WITH clause defines is not a table here."""
    target = _written(tree)
    ctes = {resolver.identifier(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
    sources: dict[TableName, None] = {}
    for table in sorted(tree.find_all(exp.Table), key=_position):
        if table is target or not isinstance(table.this, exp.Identifier):
            continue
        if table.args.get("db") is None and resolver.identifier(table.this) in ctes:
            continue
        sources[resolver.table_name(table)] = None
    return list(sources), [resolver.table_name(target)] if target is not None else []


def into_of(tree: exp.Expr) -> exp.Into | None:
    """The INTO of a query; that of a set operation stands in its first branch."""
    while isinstance(tree, exp.SetOperation):
        tree = tree.this
    found: exp.Into | None = tree.args.get("into")
    return found


def _position(table: exp.Table) -> int:
    return int(table.this.meta.get("start", 0))


def _written(tree: exp.Expr) -> exp.Table | None:
    if isinstance(tree, exp.Query):
        into = into_of(tree)
        node = into.this if into is not None else None
    else:
        node = tree.this if isinstance(tree, exp.DDL | exp.DML | exp.Cache) else None
    if isinstance(node, exp.Schema):
        node = node.this
    is_table = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
    return node if is_table else None

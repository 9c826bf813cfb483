"""RETURNING and OUTPUT: the rows that a modification gives out, shown or put into a table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from lineage.sql.resolving.inputs import Inputs
from lineage.sql.resolving.relations import OpenRelation, OutputColumn, Relation
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.scopes import Ctes, Scope, Source
from lineage.sql.statements.writes import Write, filled, target_of

_AFTER = ("inserted", "new")
_BEFORE = ("deleted", "old")


def given_out(resolver: Resolver, tree: exp.Expr, writes: Sequence[Write]) -> list[Write]:
    """What a statement shows or fills beside its target: RETURNING, ``OUTPUT ... INTO table``."""
    found: list[Write] = []
    for values, node in tree.args.get("outputs") or ():
        relation = _rows(resolver, tree, values, writes, Ctes())
        table, names = target_of(resolver, node)
        if relation is not None and table is not None:
            found.append(filled(table, relation, names or resolver.columns_of(table)))
    shown = returned(resolver, tree, writes, Ctes())
    if shown is not None:
        found.append(filled(None, shown, None))
    for write in found:
        write.unknown = []
        _read_own(resolver, tree, writes[0], write)
    return found


def returned(
    resolver: Resolver, node: exp.Expr, writes: Sequence[Write], ctes: Ctes
) -> Relation | None:
    """The rows of a RETURNING clause; None where there is none."""
    returning = node.args.get("returning")
    if not isinstance(returning, exp.Returning):  # JSON_VALUE has an argument of this name
        return None
    return _rows(resolver, node, returning.expressions, writes, ctes)


def _rows(
    resolver: Resolver,
    node: exp.Expr,
    values: list[exp.Expr],
    writes: Sequence[Write],
    ctes: Ctes,
) -> Relation | None:
    """The columns just written, else those that the target had."""
    if not writes or writes[0].target is None:
        return None
    write = writes[0]
    assert write.target is not None
    table = resolver.base_table(write.target)
    rows = OpenRelation(
        columns=_written(write, table),
        known=False,
        rows=write.rows,
        upstream=[table] if isinstance(node, exp.Delete) else [],
        behind=[table],
    )
    rows.known = len(rows.columns) > 0 and table.names is not None
    rows.upstream.extend(resolver.base_table(source) for source in write.sources)
    named = {column.table.lower() for value in values for column in value.find_all(exp.Column)}
    sources = [Source(name, rows, write.target, visible=False) for name in _AFTER]
    sources += [Source(name, table, visible=False) for name in _BEFORE if name in named]
    if write.scope is None:
        sources.append(Source(_own_name(resolver, node, write), rows, write.target))
    else:
        sources += [
            Source(s.name, rows if s is write.own else s.relation, s.table, s.visible, s.aliased)
            for s in write.scope.sources
        ]
    return resolver.project(exp.Select(expressions=values), Scope(ctes, sources=sources))


def _written(write: Write, table: Relation) -> list[OutputColumn]:
    """The target's columns in its order, as far as they are known, with their new values."""
    values: dict[str, Inputs] = dict(write.columns)
    listed = [OutputColumn(c.name, values.pop(c.name, c.inputs)) for c in table.expanded()]
    return listed + [OutputColumn(name, inputs) for name, inputs in values.items()]


def _own_name(resolver: Resolver, node: exp.Expr, write: Write) -> str:
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    alias = target.args.get("alias") if isinstance(target, exp.Expr) else None
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        return resolver.identifier(alias.this)
    assert write.target is not None
    return write.target.parts[-1]


def _read_own(resolver: Resolver, tree: exp.Expr, write: Write, given: Write) -> None:
    """An UPDATE or DELETE that gives out values of its target reads it; an INSERT made them."""
    own = any(o.table == write.target for _, inputs in given.columns for o in inputs.values())
    if own and write.target is not None and not isinstance(tree, exp.Insert):
        given.sources.add(write.target)
        resolver.mentioned[write.target] = None

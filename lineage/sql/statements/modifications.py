"""UPDATE, DELETE and MERGE. A target counts as a source only where its own values are read."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import (
    Inputs,
    Origin,
    both,
    compose,
    decide,
    guess,
    merge,
    own_copy,
)
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.relations import BaseTable, Relation, all_rows, tables_behind
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.scopes import Ctes, Scope, Source
from lineage.sql.resolving.set_operations import with_clause
from lineage.sql.resolving.sources import add_source
from lineage.sql.statements.writes import Write, assigned, set_columns, values_names
from lineage.types import ConfidenceReason, EdgeSubtype, TableName


def update(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """UPDATE with FROM, with joins (MySQL), or with an alias as its target (T-SQL)."""
    scope = Scope(with_clause(resolver, tree, None, ctes))
    from_ = tree.args.get("from_")
    if from_ is not None:
        add_source(resolver, from_.this, scope)
    own = _own_source(resolver, tree.this, scope)
    if isinstance(own.relation, BaseTable):
        own.relation = replace(own.relation, written=_written(resolver, tree))
    by_source: dict[int, tuple[Source, list[exp.Expr]]] = {}
    for assignment in tree.expressions:
        source = _assigned_source(resolver, assignment, scope) or own
        by_source.setdefault(id(source), (source, []))[1].append(assignment)
    pairs = [
        _through(source, _changed(source, _set(resolver, assignments, scope, source)))
        for source, assignments in by_source.values()
    ]
    _where(resolver, tree, scope)
    return [
        _modified(source, columns, scope)
        for source, columns in pairs
        if _table_behind(source) is not None
    ]


def _written(resolver: Resolver, tree: exp.Expr) -> frozenset[str]:
    """The columns that ``SET column = ...`` names without their table."""
    left = [each.this for each in tree.expressions if isinstance(each, exp.EQ)]
    return frozenset(
        resolver.identifier(column.this)
        for column in left
        if isinstance(column, exp.Column) and not column.table
    )


def _through(
    source: Source, columns: list[tuple[str, Inputs]]
) -> tuple[Source, list[tuple[str, Inputs]]]:
    """An update of a query changes the one table whose columns it sets, under their own names."""
    if source.table is not None:
        return source, columns
    behind: dict[str, Origin] = {}
    for name, _ in columns:
        origins = [o for o in source.relation.find(name)[1].values() if o.usage is use.IDENTITY]
        if len(origins) == 1:
            behind[name] = origins[0]
    tables = {origin.table for origin in behind.values()}
    if len(tables) != 1 or len(behind) < len({name for name, _ in columns}):
        first = _first_table(source.relation)
        if first is None or len(tables_behind(source.relation)) == 1:
            return source, columns
        guessed = Source(source.name, source.relation, first, through=source)
        return guessed, [(name, guess(inputs)) for name, inputs in columns]
    own = Source(source.name, source.relation, tables.pop(), through=source)
    return own, [(behind[name].column, inputs) for name, inputs in columns]


_UNCHANGED = (use.IDENTITY, use.AGGREGATION, use.COLLECTED, use.COLLECTED_SET, use.EXTREME)


def _set(
    resolver: Resolver, assignments: list[exp.Expr], scope: Scope, own: Source
) -> list[tuple[str, Inputs]]:
    """The assignments; a name in ``SET a = (SELECT a FROM s)`` that both tables may have is not
    the one that is set."""
    table = _table_behind(own)
    columns = set_columns(resolver, assignments, scope)
    for name, inputs in columns:
        guesses = [
            (key, origin)
            for key, origin in inputs.items()
            if origin.column == name
            and origin.reason is ConfidenceReason.GUESSED
            and origin.usage in _UNCHANGED
        ]
        if any(origin.table != table for _, origin in guesses):
            for key in [key for key, origin in guesses if origin.table == table]:
                del inputs[key]
    return columns


def _changed(own: Source, columns: list[tuple[str, Inputs]]) -> list[tuple[str, Inputs]]:
    """The assignments without ``SET a = t.a``, which leaves the target's own column as it is."""
    table = _table_behind(own)
    return [
        (name, inputs)
        for name, inputs in columns
        if [(o.table, o.column, o.usage) for o in inputs.values() if o.usage.direct]
        != [(table, name, use.IDENTITY)]
    ]


def _first_table(relation: Relation) -> TableName | None:
    """The table that a query names first: what most updates of a query change."""
    stack = [relation]
    while stack:
        current = stack.pop()
        if isinstance(current, BaseTable):
            return current.table
        stack.extend(reversed(current.upstream))
    return None


def delete(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """DELETE with USING, with joins, or with an alias as its target."""
    scope = Scope(with_clause(resolver, tree, None, ctes))
    named = list(tree.args.get("tables") or [])
    # ``DELETE t WHERE ...`` (T-SQL, BigQuery) has no FROM to tell its table by.
    target = tree.this if isinstance(tree.this, exp.Expr) else named.pop(0)
    own = [_own_source(resolver, target, scope)]
    for source in tree.args.get("using") or ():
        add_source(resolver, source, scope)
    if named:
        own = [_own_source(resolver, table, scope) for table in named]
    _where(resolver, tree, scope)
    return [_modified(source, [], scope) for source in own if _table_behind(source) is not None]


def _own_source(resolver: Resolver, node: exp.Expr, scope: Scope) -> Source:
    """The target among the sources: one that FROM already names, else a new one."""
    if isinstance(node, exp.Table) and node.args.get("db") is None:
        name = resolver.identifier(node.this) if isinstance(node.this, exp.Identifier) else ""
        for source in scope.sources:
            if source.name == name:
                return source
    at = len(scope.sources)
    add_source(resolver, node, scope)
    return scope.sources[at]


def _assigned_source(resolver: Resolver, assignment: exp.Expr, scope: Scope) -> Source | None:
    """The source that ``SET source.column = ...`` names, in updates of several tables."""
    left = assignment.this
    parts = column_parts(left) if isinstance(left, exp.Column) else []
    if len(parts) < 2:
        return None
    names = tuple(resolver.identifier(part) for part in parts)
    for length in (1, len(names) - 1):  # what follows an alias are fields, before a name schemas
        sources = scope.qualified(names[:length])
        if sources:
            return sources[0]
    return None


def _table_behind(source: Source) -> TableName | None:
    if source.table is not None:
        return source.table
    tables = tables_behind(source.relation)
    return next(iter(tables)) if len(tables) == 1 else None


def _where(resolver: Resolver, tree: exp.Expr, scope: Scope) -> None:
    where = tree.args.get("where")
    if where is not None:
        resolver.decide_rows(where.this, scope, use.FILTER)
    order = tree.args.get("order")  # with LIMIT it says which rows
    if isinstance(order, exp.Expr):
        for expression in order.expressions:
            resolver.decide_rows(expression, scope, use.SORT)


def _modified(
    own: Source, columns: list[tuple[str, Inputs]], scope: Scope, *, merges: bool = False
) -> Write:
    """The effect on ``own``: every other source is read, the target if a value of it is.

    What finds the rows of a subquery, or decides which branch of a MERGE is taken, reads no value
    of the target.
    """
    target = _table_behind(own)
    rows: Inputs = {}
    merge(rows, scope.rows)
    sources: set[TableName] = set()
    through = own.through or own
    others = [source.relation for source in scope.sources if source is not through]
    for relation in (*others, *scope.beside):
        sources |= tables_behind(relation)
    for relation in others:
        merge(rows, all_rows(relation))
    if through.table is None:  # a query through which its table is changed
        merge(rows, all_rows(own.relation))
        sources |= tables_behind(own.relation) - {target}
    read = [o for _, inputs in columns for o in inputs.values() if o.table == target]
    matching = (EdgeSubtype.FILTER, EdgeSubtype.JOIN)
    if any(o.usage.direct or not (merges or o.usage.subtype in matching) for o in read):
        assert target is not None
        sources.add(target)
    return Write(target, columns, rows, sources, scope=scope, own=own)


def merge_into(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """MERGE: every branch assigns; ON joins; a branch's condition decides its columns."""
    scope = Scope(with_clause(resolver, tree, None, ctes))
    add_source(resolver, tree.this, scope)
    own = scope.sources[0]
    add_source(resolver, tree.args["using"], scope)
    used = scope.sources[1:]
    if _table_behind(own) is None:
        return []
    if tree.args.get("on"):
        resolver.decide_rows(tree.args["on"], scope, use.JOIN)
    for key in tree.args.get("using_cond") or ():  # DuckDB's USING (a) in the place of ON
        for source in scope.sources:
            same = source.relation.find(resolver.identifier(key))[1]
            compose(scope.rows, same, use.JOIN, None)
    columns: list[tuple[str, Inputs]] = []
    for when in tree.args["whens"].expressions:
        columns.extend(_branch(resolver, when, scope, own, used))
    return [_modified(own, _united(columns), scope, merges=True)]


def _united(columns: list[tuple[str, Inputs]]) -> list[tuple[str, Inputs]]:
    """Two branches may set the same column: it then comes from both."""
    united: dict[str, Inputs] = {}
    for name, inputs in columns:
        united[name] = both(united[name], inputs) if name in united else own_copy(inputs)
    return list(united.items())


def _branch(
    resolver: Resolver, when: exp.Expr, scope: Scope, own: Source, used: list[Source]
) -> list[tuple[str, Inputs]]:
    """What one WHEN sets. Without a match there is no target row to read, and vice versa."""
    matched, by_source = bool(when.args.get("matched")), bool(when.args.get("source"))
    seen = scope.sources if matched else [own] if by_source else used
    inner = Scope(scope.ctes, sources=list(seen), rows=scope.rows, beside=scope.beside)
    condition: Inputs = {}
    if when.args.get("condition") is not None:
        condition = resolver.evaluate(when.args["condition"], inner, use.CONDITIONAL)
    then = when.args.get("then")
    using = used[0].relation
    where = then.args.get("where") if isinstance(then, exp.Update | exp.Insert) else None
    if where is not None:  # Oracle's UPDATE SET ... WHERE
        merge(condition, resolver.evaluate(where.this, inner, use.CONDITIONAL))
    if isinstance(then, exp.Update):
        assignments = then.args.get("expressions") or []
        whole = isinstance(assignments, exp.Star) or not assignments  # DuckDB's bare UPDATE
        if whole or any(i.is_star for i in assignments):
            return _with(_by_name(resolver, own, using), condition)
        return _changed(own, set_columns(resolver, assignments, inner, condition))
    if isinstance(then, exp.Insert):
        return _with(_inserted(resolver, then, inner, own, using), condition)
    merge(scope.rows, condition)
    return []


def _with(columns: list[tuple[str, Inputs]], condition: Inputs) -> list[tuple[str, Inputs]]:
    found = [(name, own_copy(inputs)) for name, inputs in columns]
    for _, inputs in found:
        decide(inputs, condition)
    return found


def _inserted(
    resolver: Resolver, then: exp.Expr, scope: Scope, own: Source, using: Relation
) -> list[tuple[str, Inputs]]:
    table = _table_behind(own)
    assert table is not None
    listed = then.this.expressions if isinstance(then.this, exp.Tuple) else []
    # Oracle and others let the target's name stand before them, though it is no source here.
    names = [resolver.identifier(column_parts(c)[-1]) for c in listed if isinstance(c, exp.Column)]
    names = names or list(resolver.columns_of(table) or ())
    row = then.args.get("expression") or _values_alone(listed)
    if isinstance(row, exp.Tuple):
        cells = [resolver.evaluate(cell, scope) for cell in row.expressions]
        names = names or values_names(resolver, row)
        return list(zip(names, cells, strict=False))
    if isinstance(then.this, exp.Star):
        return _by_name(resolver, own, using)
    return assigned(using, names)


def _values_alone(listed: list[exp.Expr]) -> exp.Tuple | None:
    """BigQuery's ``INSERT VALUES (a, b)``, which its grammar takes for a list of one call."""
    call = listed[0] if len(listed) == 1 else None
    if isinstance(call, exp.Anonymous) and str(call.this).upper() == "VALUES":
        return exp.Tuple(expressions=call.expressions)
    return None


def _by_name(resolver: Resolver, own: Source, using: Relation) -> list[tuple[str, Inputs]]:
    """``UPDATE SET *`` and ``INSERT *``: columns of equal name, as far as either side is known."""
    table = _table_behind(own)
    assert table is not None
    names = resolver.columns_of(table)
    if names is None:
        return [(column.name, column.inputs) for column in using.expanded()]
    return [(name, inputs) for name in names if (inputs := using.find(name)[1])]

"""INSERT in all its shapes: by column list, by position, by name, into several tables."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import Inputs, compose, merge
from lineage.sql.resolving.relations import OutputColumn, Relation, renamed, tables_behind
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.scopes import Ctes, Scope, Source
from lineage.sql.resolving.set_operations import with_clause
from lineage.sql.resolving.sources import add_joins, add_source, values
from lineage.sql.statements.writes import Write, filled, set_columns, target_of, values_names
from lineage.types import TableName


def insert(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """INSERT ... SELECT or VALUES, with what ON CONFLICT or ON DUPLICATE KEY sets."""
    table, names = target_of(resolver, tree.this)
    ctes = with_clause(resolver, tree, None, ctes)
    query = tree.args.get("expression") or _whole_table(tree)
    if table is None:  # named by a variable: what is read is known all the same
        if not isinstance(query, exp.Query):
            return []
        return [Write(None, sources=tables_behind(resolver.query(query, None, ctes)))]
    record = _record(resolver, query)
    if record is not None:
        relation = record
    elif isinstance(query, exp.Values):
        scope = Scope(ctes)
        relation = values(resolver, query, scope)
        relation.rows, relation.beside = scope.rows, scope.beside
    elif isinstance(query, exp.Query):
        relation = resolver.query(query, None, ctes)
    else:
        return [Write(table)]
    if tree.args.get("by_name"):
        names = []
    elif not names:
        names = _positions(resolver, tree, table)
        if not names and record is None and isinstance(query, exp.Values) and query.expressions:
            names = values_names(resolver, query.expressions[0])
    write = filled(table, relation, names or _with_partitions(resolver, tree, relation))
    write.replaces = bool(tree.args.get("overwrite")) and not _partition_of(tree)
    conflict = tree.args.get("conflict")
    if conflict is not None:
        _on_conflict(resolver, conflict, write, tree, ctes)
    return [write]


def _with_partitions(resolver: Resolver, tree: exp.Expr, relation: Relation) -> list[str]:
    """The query's own names, but for the last columns: they fill ``PARTITION (a, b)``."""
    partition = _partition_of(tree)
    if partition is None or not relation.known or tree.args.get("by_name"):
        return []
    dynamic = [
        resolver.identifier(item.this)
        for item in partition.expressions
        if isinstance(item, exp.Column)
    ]
    own = [column.name for column in relation.expanded()]
    return [*own[: -len(dynamic)], *dynamic] if 0 < len(dynamic) < len(own) else []


def _record(resolver: Resolver, query: exp.Expr | None) -> Relation | None:
    """Oracle's ``VALUES r`` and ``VALUES r(i)``: all fields of a variable that holds a row."""
    if not isinstance(query, exp.Values) or len(query.expressions) != 1:
        return None
    row = query.expressions[0]
    if isinstance(row, exp.Tuple) and len(row.expressions) == 1:
        row = row.expressions[0]
    name = row.name if isinstance(row, exp.Column | exp.Identifier) else ""
    if isinstance(row, exp.Anonymous):
        name = str(row.this)
    record = resolver.session.records.get(name.lower())
    if record is None or (record.known and len(record.expanded()) < 2):
        return None
    return record


def _whole_table(tree: exp.Expr) -> exp.Query | None:
    """``INSERT INTO a TABLE b`` (Spark) as a query."""
    source = tree.args.get("source")
    return exp.select("*").from_(source.copy()) if isinstance(source, exp.Table) else None


def _written_table(tree: exp.Expr) -> exp.Expr:
    return tree.this.this if isinstance(tree.this, exp.Schema) else tree.this


def _partition_of(tree: exp.Expr) -> exp.Expr | None:
    partition = tree.args.get("partition") or _written_table(tree).args.get("partition")
    return partition if isinstance(partition, exp.Partition) else None


def _positions(resolver: Resolver, tree: exp.Expr, table: TableName) -> list[str]:
    """The target's columns, without those that PARTITION (name = value) fixes.

    Partition columns without a value come last, as Hive and Spark have it.
    """
    partition = _partition_of(tree)
    fixed: set[str] = set()
    dynamic: list[str] = []
    for item in partition.expressions if partition is not None else ():
        column = item.this if isinstance(item, exp.EQ) else item
        name = resolver.identifier(column.this if isinstance(column, exp.Column) else column)
        if isinstance(item, exp.EQ):
            fixed.add(name)
        else:
            dynamic.append(name)
    names = [name for name in resolver.columns_of(table) or () if name not in fixed]
    return [name for name in names if name not in dynamic] + dynamic if names else []


def _on_conflict(
    resolver: Resolver, conflict: exp.Expr, write: Write, tree: exp.Expr, ctes: Ctes
) -> None:
    """DO UPDATE SET: ``excluded`` is the row that was to be inserted."""
    assert write.target is not None
    offered = Relation([OutputColumn(name, inputs) for name, inputs in write.columns])
    target = _written_table(tree)
    alias = target.args.get("alias")
    name = resolver.identifier(alias.this if alias is not None else target.this)
    own = Source(name, resolver.base_table(write.target), write.target)
    scope = Scope(ctes, sources=[own, _offered_rows(resolver, tree, offered)])
    if conflict.args.get("duplicate"):
        _add_read(resolver, tree, scope)
    write.columns = [(column, dict(inputs)) for column, inputs in write.columns]
    known = dict(write.columns)
    for column, inputs in set_columns(resolver, conflict.expressions, scope):
        if column in known:
            merge(known[column], inputs)
        else:
            write.columns.append((column, inputs))
        if any(origin.table == write.target for origin in inputs.values()):
            write.sources.add(write.target)
            resolver.mentioned[write.target] = None
    where = conflict.args.get("where")
    if where is not None:
        resolver.decide_rows(where.this, scope, use.FILTER)
    merge(write.rows, scope.rows)
    for relation in scope.beside:
        write.sources |= tables_behind(relation)


def _add_read(resolver: Resolver, tree: exp.Expr, scope: Scope) -> None:
    """MySQL may also name the columns of what the INSERT selects from."""
    query = tree.args.get("expression")
    if not isinstance(query, exp.Select) or (from_ := query.args.get("from_")) is None:
        return
    read = Scope(scope.ctes)
    add_source(resolver, from_.this, read)
    add_joins(resolver, query, read)
    scope.sources += [Source(s.name, s.relation, s.table, visible=False) for s in read.sources]


def _offered_rows(resolver: Resolver, tree: exp.Expr, offered: Relation) -> Source:
    """The row that was to be inserted: ``excluded``, or what MySQL's ``VALUES (...) AS new`` and
    ``VALUES (...) AS new(m, n)`` call it."""
    query = tree.args.get("expression")
    alias = query.args.get("alias") if isinstance(query, exp.Values) else None
    if not isinstance(alias, exp.TableAlias) or alias.this is None:
        return Source("excluded", offered, visible=False)
    names = [resolver.identifier(column) for column in alias.args.get("columns") or ()]
    if len(names) == len(offered.expanded()):
        return Source(resolver.identifier(alias.this), renamed(offered, names))
    return Source(resolver.identifier(alias.this), offered, visible=False)


def multitable_insert(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """INSERT ALL and INSERT FIRST (Oracle, Snowflake); FROM ... INSERT ... INSERT (Hive)."""
    ctes = with_clause(resolver, tree, None, ctes)
    source = tree.args["source"]
    if not isinstance(source, exp.Query) or any(
        isinstance(branch, exp.Insert) for branch in tree.expressions
    ):
        return _hive_inserts(resolver, tree, source, ctes)
    relation = resolver.query(source, None, ctes)
    first = str(tree.args.get("kind") or "").upper() == "FIRST"
    conditions: Inputs = {}
    writes: list[Write] = []
    for branch in tree.expressions:
        table, names = target_of(resolver, branch.this.this)
        if table is None:
            continue
        scope = Scope(ctes, sources=[Source("", relation)])
        condition = branch.args.get("expression")
        own: Inputs = {}
        if condition is not None:
            resolver.decide_rows(condition, scope, use.CONDITIONAL)
            own = dict(scope.rows)
            merge(conditions, own)
        offered = relation
        row = branch.this.args.get("expression")
        if isinstance(row, exp.Values):
            offered = values(resolver, row, scope)
            offered.upstream = [relation]
            names = names or list(resolver.columns_of(table) or ())
            names = names or values_names(resolver, row.expressions[0])
        write = filled(table, offered, names or resolver.columns_of(table))
        decided_by_all = first or bool(branch.args.get("else_"))
        compose(write.rows, conditions if decided_by_all else own, use.IDENTITY, None)
        writes.append(write)
    return writes


def _hive_inserts(resolver: Resolver, tree: exp.Expr, source: exp.Expr, ctes: Ctes) -> list[Write]:
    writes: list[Write] = []
    for branch in tree.expressions:
        query = branch.args.get("expression")
        if isinstance(query, exp.Select) and query.args.get("from_") is None:
            query.set("from_", exp.From(this=source.copy()))
        writes.extend(insert(resolver, branch, ctes))
    return writes

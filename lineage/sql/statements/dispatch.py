"""Which effects each kind of statement has: queries, tables and views made of them, dispatch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from lineage.sql.dialects import MYSQL_FAMILY
from lineage.sql.resolving.relations import OutputColumn, Relation
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.scopes import Ctes
from lineage.sql.resolving.set_operations import with_clause
from lineage.sql.statements.declarations import declared, distributed, place_of
from lineage.sql.statements.inserts import insert, multitable_insert
from lineage.sql.statements.modifications import delete, merge_into, update
from lineage.sql.statements.returning import given_out, returned
from lineage.sql.statements.writes import Write, defined, filled, target_of
from lineage.sql.table_level import into_of
from lineage.types import TableKind, TableName


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
        return returned(resolver, node, writes, ctes) or Relation()

    resolver.modify = modify
    if isinstance(tree, exp.Query | exp.Pivot | exp.Summarize):
        writes = [_query(resolver, tree, given)]
    else:
        handler = _HANDLERS.get(type(tree))
        writes = handler(resolver, tree, Ctes()) if handler is not None else []
        writes += given_out(resolver, tree, writes)
    return writes + inner


def is_followed(tree: exp.Expr) -> bool:
    """Whether the columns of such a statement can be told; one without a query has none."""
    return (
        isinstance(tree, exp.Query | exp.Describe)
        or type(tree) in _HANDLERS
        or isinstance(tree, exp.Pivot | exp.Summarize)
        or tree.find(exp.Query) is None
    )


def statement_type(tree: exp.Expr) -> str:
    """SELECT, INSERT, CREATE TABLE, CREATE VIEW, MERGE, ... in upper case."""
    if isinstance(tree, exp.Query | exp.Pivot):
        return "SELECT"
    if isinstance(tree, exp.MultitableInserts):
        return "INSERT"
    if isinstance(tree, exp.Create | exp.Drop | exp.Alter):
        return f"{tree.key} {tree.args.get('kind') or ''}".strip().upper()
    return str(tree.key).upper()


def _query(resolver: Resolver, tree: exp.Expr, given: Given) -> Write:
    assigns = _assigned_variables(tree)
    fills = bool(assigns) and resolver.rules.name in ("tsql", "fabric")
    if fills:
        tree.set("expressions", [value.expression for value in tree.expressions])
    relation = resolver.query(tree, None, Ctes())
    into = into_of(tree)
    if into is not None and isinstance(into.this, exp.Table) and not _fills_variables(resolver):
        table = resolver.table_name(into.this)
        if table.parts:
            write = filled(table, relation, None)
            write.makes = True
            write.temporary = bool(into.args.get("temporary")) or table.parts[-1][0] in "#@"
            return write
    if given.columns is not None:
        return defined(given.target, relation, given.columns)
    write = filled(given.target, relation, None)
    write.assigns = assigns
    if fills:
        write.columns, write.unknown, write.rows = [], [], {}  # nothing is shown
    return write


def _assigned_variables(tree: exp.Expr) -> tuple[str, ...]:
    """``SELECT @v = a`` (T-SQL), ``SELECT @v := a`` (MySQL): the variables, in order."""
    names = [
        f"@{value.this.name.lower()}"
        for value in (tree.expressions if isinstance(tree, exp.Select) else ())
        if isinstance(value, exp.EQ | exp.PropertyEQ) and isinstance(value.this, exp.Parameter)
    ]
    return tuple(names) if len(names) == len(tree.expressions) else ()


def _fills_variables(resolver: Resolver) -> bool:
    """In routines ``SELECT a INTO v`` sets a variable, except in T-SQL; in Oracle always."""
    if resolver.rules.name == "oracle":
        return True
    return resolver.session.procedural and resolver.rules.name not in ("tsql", "fabric")


_STORED_KINDS = (
    "TABLE",
    "VIEW",
    "DICTIONARY",
    "EXTERNAL TABLE",
    "STREAMING TABLE",
    "MODEL",
    "SINK",
)


def _create(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """CREATE of a table or view. A ClickHouse view TO a table fills that table."""
    kind = str(tree.args.get("kind") or "TABLE").upper()
    table, names = target_of(resolver, tree.this)
    properties = tree.args.get("properties")
    listed = properties.expressions if properties is not None else []
    filled_table = next((p for p in listed if isinstance(p, exp.ToTableProperty)), None)
    if filled_table is not None:
        table, names = target_of(resolver, filled_table.this)
    if table is None or kind not in _STORED_KINDS:
        return []
    if isinstance(tree, exp.Cache) and tree.args.get("expression") is None:
        return []
    if kind == "VIEW" and any(isinstance(p, exp.GlobalProperty) for p in listed):
        table = TableName(("global_temp", table.parts[-1]))  # where Spark keeps it
    write = _made(resolver, tree, table, names, ctes)
    write.makes = filled_table is None
    write.temporary = (
        isinstance(tree, exp.Cache)
        or table.parts[-1][0] in "#@"
        or any(_ends_with_session(p) for p in listed)
    )
    return [write]


def _ends_with_session(node: exp.Expr) -> bool:
    if isinstance(node, exp.StabilityProperty):  # Teradata's MULTISET VOLATILE TABLE
        return node.name.upper() == "VOLATILE"
    return isinstance(node, exp.TemporaryProperty | exp.VolatileProperty)


def _made(
    resolver: Resolver, tree: exp.Expr, table: TableName, names: list[str], ctes: Ctes
) -> Write:
    query = tree.args.get("expression")
    clone = tree.args.get("clone")
    if clone is not None and isinstance(clone.this, exp.Table):
        query = clone.this
    if isinstance(query, exp.Subquery) and isinstance(query.this, exp.Table):
        query = query.this
    behind = distributed(resolver, tree)
    if behind is not None:
        relation = resolver.read(behind)
        like = resolver.table_name(query) if isinstance(query, exp.Table) else None
        listed = names or list(resolver.columns_of(like or behind) or ())
        columns = [OutputColumn(name, relation.find(name)[1]) for name in listed]
        return filled(table, Relation(columns, upstream=[relation]), None)
    if isinstance(query, exp.Table) and not resolver.table_name(query).parts:
        query = exp.select("*").from_(query)  # ClickHouse's AS remote(...)
    if isinstance(query, exp.Table):
        write = filled(table, resolver.read_table(query)[1], names or None)
        write.unknown = []
        return write
    if isinstance(query, exp.Query):
        ctes = with_clause(resolver, tree, None, ctes)
        if tree.meta.get("recursive"):
            query = _of_itself(resolver, tree, query, names)
        if resolver.rules.name in MYSQL_FAMILY and _defines_columns(tree):
            names = []  # `CREATE TABLE t (a INT) SELECT b, a` adds b, and pairs equal names
        return filled(table, resolver.query(query, None, ctes), names)
    return declared(resolver, tree, table, names)


def _of_itself(resolver: Resolver, tree: exp.Expr, query: exp.Query, names: list[str]) -> exp.Query:
    """CREATE RECURSIVE VIEW v (n) AS query: the query may read v, as if WITH RECURSIVE held it."""
    named = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    itself = resolver.table_name(named)
    while isinstance(query, exp.Subquery) and isinstance(query.this, exp.Query):
        query = query.this
    for table in query.find_all(exp.Table):
        if table.args.get("db") is not None and resolver.table_name(table) == itself:
            table.set("db", None)
            table.set("catalog", None)
    columns = [exp.to_identifier(name) for name in names]
    alias = exp.TableAlias(this=named.this.copy(), columns=columns)
    view = exp.Table(this=named.this.copy())
    return exp.Select(
        expressions=[exp.Star()],
        from_=exp.From(this=view),
        with_=exp.With(expressions=[exp.CTE(this=query, alias=alias)], recursive=True),
    )


def _defines_columns(tree: exp.Expr) -> bool:
    schema = tree.this
    return isinstance(schema, exp.Schema) and any(
        isinstance(column, exp.ColumnDef) and column.args.get("kind") is not None
        for column in schema.expressions
    )


def _copy(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """COPY from files or a stage fills a table; COPY to files reads a table or a query."""
    files = [place for node in tree.args.get("files") or () if (place := _file(resolver, node))]
    table, names = target_of(resolver, tree.this)
    if tree.args.get("kind"):
        return _loaded(resolver, tree, table, names, files, ctes)
    relation = _rows_of(resolver, tree.this, ctes, names)
    if relation is None:
        return []
    write = filled(files[0] if files else None, relation, None)
    if isinstance(tree.this, exp.Table | exp.Schema):
        write.unknown = []
    return [write]


def _loaded(
    resolver: Resolver,
    tree: exp.Expr,
    table: TableName | None,
    names: list[str],
    files: list[TableName],
    ctes: Ctes,
) -> list[Write]:
    """COPY INTO in either direction: Snowflake writes stages and tables alike."""
    if table is None:
        return []
    for node in tree.args.get("files") or ():
        outward = table.kind is not TableKind.TABLE
        if isinstance(node, exp.Query) or (outward and isinstance(node, exp.Table)):
            relation = _rows_of(resolver, node, ctes, [])
            if relation is not None:
                positions = names or (None if outward else resolver.columns_of(table))
                write = filled(table, relation, positions)
                write.unknown = [] if isinstance(node, exp.Table) else write.unknown
                return [write]
    write = Write(table, [(name, {}) for name in names])
    for file in files:
        resolver.read(file)
        write.sources.add(file)
    return [write]


def _file(resolver: Resolver, node: exp.Expr) -> TableName | None:
    if isinstance(node, exp.Literal):
        return TableName((node.name,), TableKind.FILE)
    if isinstance(node, exp.Var | exp.Parameter) and node.name:
        return place_of(node)
    if isinstance(node, exp.Table):
        table = resolver.table_name(node)
        return table if table.parts else None
    return None


def _rows_of(resolver: Resolver, node: exp.Expr, ctes: Ctes, names: list[str]) -> Relation | None:
    if isinstance(node, exp.Schema):
        node = node.this
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        node = node.this
    if isinstance(node, exp.Table):
        relation = resolver.read_table(node)[1]
        if not names:
            return relation
        columns = [OutputColumn(name, relation.find(name)[1]) for name in names]
        return Relation(columns, upstream=[relation])
    return resolver.query(node, None, ctes) if isinstance(node, exp.Query) else None


def _export(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """BigQuery's EXPORT DATA OPTIONS (uri = '...') AS SELECT."""
    query = tree.this
    if not isinstance(query, exp.Query):
        return []
    options = tree.args.get("options")
    target = None
    for option in options.expressions if options is not None else ():
        if option.name.lower() == "uri" and isinstance(option.args.get("value"), exp.Literal):
            target = TableName((option.args["value"].name,), TableKind.FILE)
    return [filled(target, resolver.query(query, None, ctes), None)]


def _load(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """LOAD DATA of Hive and BigQuery: files fill a table."""
    table, names = target_of(resolver, tree.this)
    if table is None:
        return []
    write = Write(table, [(name, {}) for name in names])
    places = [tree.args.get("inpath")]
    files = tree.args.get("files")
    if isinstance(files, exp.Expr):
        for option in files.expressions:
            value = option.args.get("value")
            if option.name.lower() == "uris" and isinstance(value, exp.Expr):
                places += value.expressions
    for place in places:
        if isinstance(place, exp.Literal):
            file = TableName((place.name,), TableKind.FILE)
            resolver.read(file)
            write.sources.add(file)
    return [write]


def _declare(resolver: Resolver, tree: exp.Expr, ctes: Ctes) -> list[Write]:
    """T-SQL's DECLARE @t TABLE (...): a temporary table."""
    writes: list[Write] = []
    for item in tree.expressions:
        kind = item.args.get("kind")
        if isinstance(kind, exp.Schema):
            for variable in item.this if isinstance(item.this, list) else [item.this]:
                name = TableName((f"@{resolver.rules.table(variable.name, False)}",))
                columns = [c for c in kind.expressions if isinstance(c, exp.ColumnDef)]
                write = Write(name, [(resolver.identifier(c.this), {}) for c in columns])
                write.makes = write.temporary = True
                writes.append(write)
    return writes


_HANDLERS: dict[type, Handler] = {
    exp.Cache: _create,
    exp.Copy: _copy,
    exp.Create: _create,
    exp.Declare: _declare,
    exp.Delete: delete,
    exp.Export: _export,
    exp.Insert: insert,
    exp.LoadData: _load,
    exp.Merge: merge_into,
    exp.MultitableInserts: multitable_insert,
    exp.Update: update,
}

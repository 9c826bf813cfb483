"""FROM items: tables, derived tables, joins, laterals, table functions, VALUES, UNNEST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql.fields import fields_in
from lineage.sql.parsing.grammar import NAME_KEY
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.expressions import function_name
from lineage.sql.resolving.inputs import Inputs, add_branch, compose, own_copy
from lineage.sql.resolving.names import names_stored
from lineage.sql.resolving.pivots import pivot_statement, pivoted, recognized
from lineage.sql.resolving.relations import (
    AnyColumn,
    Certainty,
    Items,
    OutputColumn,
    Relation,
    find_among,
)
from lineage.sql.resolving.scopes import UNITS_PER_SOURCE, Scope, Source
from lineage.sql.resolving.set_operations import renamed, with_clause
from lineage.sql.resolving.table_functions import call_in, table_function
from lineage.sql.resolving.whole_tables import described
from lineage.sql.session import session_table
from lineage.types import TableName

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver


_JOINING = ("kind", "side", "method", "on", "using", "match_condition")
STORED = frozenset(
    {exp.Identifier, exp.Dot, exp.Literal, exp.Var, exp.Parameter, exp.DynamicIdentifier}
)
"""What a FROM item holds where it names something that is stored."""


def add_source(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """Adds one FROM item, and the joins written inside its brackets, to the scope."""
    if type(node) is exp.Table and (type(node.this) in STORED or names_stored(node.this)):
        _add_table(resolver, node, scope)
    elif isinstance(node, exp.AtIndex) or _unfolds_super(node):
        _add_items(resolver, node, scope)
    elif isinstance(node, exp.Pivot):
        append_source(resolver, node, pivot_statement(resolver, node, scope), scope)
        return
    elif isinstance(node, exp.Final | exp.Stream):
        add_source(resolver, node.this, scope)
    elif isinstance(node, exp.Subquery):
        _add_subquery(resolver, node, scope)
    elif isinstance(node, exp.Lateral):
        _add_lateral(resolver, node, scope)
    elif isinstance(node, exp.Values):
        append_source(resolver, node, values(resolver, node, scope), scope)
    elif isinstance(node, exp.Query):
        append_source(resolver, node, resolver.query(node, scope.parent, scope.ctes), scope)
    elif (rows := _rows_held(resolver, node)) is not None:
        append_source(resolver, node, rows, scope)
    elif isinstance(node, exp.Summarize | exp.Describe):
        append_source(resolver, node, described(resolver, node, scope), scope)
    else:
        _add_function(resolver, node, scope)
    add_joins(resolver, node, scope)


def _rows_held(resolver: Resolver, node: exp.Expr) -> Relation | None:
    """The rows that a variable of HANA holds: ``FROM :rows``."""
    if type(node) is not exp.Table or type(node.this) is not exp.Placeholder:
        return None
    held = resolver.session.records.get(node.this.name.lower())
    return None if held is None else session_table(held)


def add_recognized(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """MATCH_RECOGNIZE in the place of the last FROM item."""
    source = scope.sources.pop()
    relation = recognized(resolver, node, source.relation, scope)
    append_source(resolver, node, relation, scope, source.name, source.table)


def add_joins(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """The joins and lateral views that follow a FROM item."""
    for lateral in node.args.get("laterals") or ():
        _add_lateral(resolver, lateral, scope)
    for join in node.args.get("joins") or ():
        _add_join(resolver, join, scope)


def _add_join(resolver: Resolver, join: exp.Join, scope: Scope) -> None:
    before = len(scope.sources)
    if join.args.get("kind") == "ARRAY":
        _array_join(resolver, join, scope)
        return
    is_comma = not any(join.args.get(key) for key in _JOINING)
    if is_comma and resolver.rules.name != "bigquery":  # where commas join from left to right
        scope.begins_at = before  # what is joined from here on is an item of its own
    add_source(resolver, join.this, scope)
    left, right = scope.sources[scope.begins_at : before], scope.sources[before:]
    arguments = join.args
    if arguments.get("method") == "NATURAL":
        _natural(resolver, join, left, right, scope)
    if arguments.get("method") == "POSITIONAL":
        _pair_by_order(left, right, scope)
    for name in arguments.get("using") or ():
        resolver.budget.spend(UNITS_PER_SOURCE * len(left))
        _merge_column(resolver.identifier(name), join, left, right, scope)
    for key in ("on", "match_condition"):
        if arguments.get(key) is not None:
            resolver.decide_rows(arguments[key], scope, use.JOIN)
    if arguments.get("kind") in ("SEMI", "ANTI"):
        scope.hide(right)


def _array_join(resolver: Resolver, join: exp.Join, scope: Scope) -> None:
    """ClickHouse's ARRAY JOIN arr AS x: one row for each item, which has the alias as its name."""
    for node in (join.this, *join.expressions):
        named = node.args.get("alias") if isinstance(node, exp.Alias) else node
        value = node.this if isinstance(node, exp.Alias) else node
        inputs = resolver.evaluate(value, scope, use.ITEM)
        resolver.decide_rows(value, scope, use.JOIN)
        identifier = named.this if isinstance(named, exp.Column) else named
        if isinstance(identifier, exp.Identifier):
            scope.merge(resolver.identifier(identifier), inputs)


def _pair_by_order(left: list[Source], right: list[Source], scope: Scope) -> None:
    """DuckDB's POSITIONAL JOIN: rows of a query come in the order that its windows left them in."""
    for source in (*left, *right):
        for column in source.relation.expanded() if source.table is None else ():
            ordering = {k: o for k, o in column.inputs.items() if not o.usage.direct}
            compose(scope.rows, ordering, use.JOIN, None)


def _natural(
    resolver: Resolver, join: exp.Join, left: list[Source], right: list[Source], scope: Scope
) -> None:
    if not all(source.relation.known for source in (*left, *right)):
        resolver.unresolved["natural join"] = None
        return
    names = [column.name for source in right for column in source.relation.expanded()]
    resolver.budget.spend(UNITS_PER_SOURCE * len(left) * len(names))
    for name in names:
        if find_among([source.relation for source in left], name)[0] is Certainty.YES:
            _merge_column(name, join, left, right, scope)


def _merge_column(
    name: str, join: exp.Join, left: list[Source], right: list[Source], scope: Scope
) -> None:
    """USING leaves one column, the first of both that is not null; only a full join makes it a
    value that neither of the two need have had."""
    left_inputs = scope.merged.get(name)
    if left_inputs is None:
        left_inputs = find_among([source.relation for source in left], name)[1]
    right_inputs = find_among([source.relation for source in right], name)[1]
    compose(scope.rows, left_inputs, use.JOIN, None)
    compose(scope.rows, right_inputs, use.JOIN, None)
    how, text = use.IDENTITY, None
    if join.args.get("side") == "FULL":
        how, text = use.TRANSFORMATION, f"COALESCE({name}, {name})"
    both: Inputs = {}
    compose(both, left_inputs, how, text)
    if join.args.get("kind") not in ("SEMI", "ANTI"):
        compose(both, right_inputs, how, text)
    scope.merge(name, both)


def append_source(
    resolver: Resolver,
    node: exp.Expr,
    relation: Relation,
    scope: Scope,
    name: str = "",
    table: TableName | None = None,
) -> None:
    """Puts a relation into the scope under its alias, after what PIVOT makes of it."""
    alias = node.args.get("alias")
    pivots = node.args.get("pivots") or ()
    if pivots and alias is not None and not isinstance(relation, AnyColumn):
        # What stands before PIVOT names the columns that it turns.
        given = [resolver.identifier(column) for column in alias.args.get("columns") or ()]
        relation = renamed(relation, given)
        alias = exp.TableAlias(this=alias.this)
    for pivot in pivots:
        label = alias.this if alias is not None else None
        called = resolver.identifier(label) if isinstance(label, exp.Expr) else name
        relation = pivoted(resolver, pivot, relation, scope, called)
        alias = pivot.args.get("alias") or alias
    aliased = False
    if alias is not None:
        names = [resolver.identifier(column) for column in alias.args.get("columns") or ()]
        if pivots:
            _rename_pivoted(relation, names)
        elif not isinstance(relation, AnyColumn):
            relation = renamed(relation, names)
        if isinstance(alias.this, exp.Expr):
            name, aliased = resolver.identifier(alias.this), True
    scope.sources.append(Source(name, relation, table, aliased=aliased))


def _rename_pivoted(relation: Relation, names: list[str]) -> None:
    """The columns under an alias's list; what passes unseen stands first."""
    unseen = 0 if relation.known else max(len(names) - len(relation.columns), 0)
    for column, listed in zip(relation.columns, names[unseen:], strict=False):
        column.name = listed
    passing = [OutputColumn(name, relation.find(name)[1]) for name in names[:unseen]]
    relation.columns[:0] = [column for column in passing if column.inputs]


def _add_table(resolver: Resolver, node: exp.Table, scope: Scope) -> None:
    this = node.this
    plain = type(this) is exp.Identifier
    name = resolver.identifier(this) if plain else ""
    if plain and node.args.get("db") is None:
        if not (this.args.get("temporary") or this.args.get("global_")):
            shared = scope.ctes.find(name)
            if shared is not None:
                append_source(resolver, node, shared, scope, name)
                return
    elif plain and resolver.rules.arrays_are_sources:
        path = ".".join(resolver.identifier(part) for part in node.parts)
        shared = scope.ctes.find(path)  # WITH `project.dataset.t` AS ...
        if shared is not None:
            append_source(resolver, node, shared, scope, name)
            return
        if _add_array(resolver, node, scope):
            return
    table, relation = resolver.read_table(node)
    if not table.parts:
        _add_function(resolver, node, scope)
        return
    append_source(resolver, node, relation, scope, name or table.parts[-1], table)


def _add_array(resolver: Resolver, node: exp.Table, scope: Scope) -> bool:
    """BigQuery's ``FROM t, t.items``, which is ``UNNEST(t.items) AS items``: the items of a column
    of a source already in sight."""
    parts = list(node.parts)
    path = [resolver.identifier(part) for part in parts]
    sources = scope.qualified(tuple(path[:-1])) or scope.qualified((path[0],))
    if not sources:
        return False
    alias = node.args.get("alias")
    named = alias.this if alias is not None and alias.this is not None else parts[-1]
    column = exp.Column(
        **dict(zip(("this", "table", "db", "catalog"), reversed(parts[:4]), strict=False))
    )
    value: exp.Expr = column
    for field in parts[4:]:
        value = exp.Dot(this=value, expression=field)
    unfolded = exp.Unnest(
        expressions=[value], alias=exp.TableAlias(columns=[named]), offset=node.args.get("offset")
    )
    unfolded.parent = node.parent
    _add_function(resolver, unfolded, scope)
    return True


def _unfolds_super(node: exp.Expr) -> bool:
    """Redshift's ``UNPIVOT t.object AS v AT k``, which turns no columns."""
    turns = node.expressions or node.args.get("fields")
    return isinstance(node, exp.Pivot) and bool(node.args.get("unpivot")) and not turns


def _add_items(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    """Redshift's ``FROM t, t.items AS v AT i`` and ``UNPIVOT t.object AS v AT k``: the items with
    their places, the values with their keys."""
    named = node.this if isinstance(node, exp.Pivot) else node
    place = named.expression if isinstance(named, exp.AtIndex) else None
    named = named.this if isinstance(named, exp.AtIndex) else named
    value = named.this if isinstance(named, exp.Alias) else named
    alias = named.args.get("alias")
    label = alias.this if isinstance(alias, exp.TableAlias) else alias
    name = resolver.identifier(label or value.this)
    if isinstance(value, exp.Table):
        value = exp.Column(this=value.this, table=value.args.get("db"))
    inputs = resolver.evaluate(value, scope, use.ITEM)
    compose(scope.rows, inputs, use.JOIN, None)
    columns = [OutputColumn(name, inputs)]
    if place is not None:
        columns.append(OutputColumn(resolver.identifier(place), inputs))
    scope.sources.append(Source(name, Items(columns, source=inputs), None, aliased=True))


def _add_subquery(resolver: Resolver, node: exp.Subquery, scope: Scope) -> None:
    if _brackets_joins(node) and node.args.get("alias") is None:
        add_source(resolver, node.this, scope)
    else:
        ctes = with_clause(resolver, node, scope.parent, scope.ctes)
        append_source(resolver, node, resolver.query(node.this, scope.parent, ctes), scope)


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
        append_source(resolver, node, resolver.query(node.this, scope, scope.ctes), scope)
    else:
        _add_function(resolver, node, scope)


def _add_function(resolver: Resolver, node: exp.Expr, scope: Scope) -> None:
    relation = table_function(resolver, node, scope)
    alias = node.args.get("alias")
    name = ""
    if isinstance(relation, AnyColumn) and alias is not None and alias.this is None:
        name = relation.columns[0].name if relation.columns else ""
    if alias is None and resolver.rules.name == "postgres":  # which calls it by its function
        name = _called(call_in(node))
    append_source(resolver, node, relation, scope, name)


_CALLED: dict[type, str] = {exp.XMLTable: "xmltable", exp.JSONTable: "json_table"}


def _called(call: exp.Expr) -> str:
    return _CALLED.get(type(call)) or str(call.meta.get(NAME_KEY) or function_name(call))


def values(resolver: Resolver, node: exp.Values, scope: Scope) -> Relation:
    """VALUES: column1, column2, ... with what the expressions of all rows read."""
    columns: list[OutputColumn] = []
    rows = node.expressions
    if resolver.rules.name == "clickhouse" and len(rows) == 1:
        # values('a Int32, b String', (1, 'x'), (2, 'y')), a function
        first, *further = rows[0].expressions or [None]
        if isinstance(first, exp.Literal) and further and isinstance(further[0], exp.Tuple):
            named = fields_in(f"Tuple({first.name})") or ()
            columns, rows = [OutputColumn(name, {}) for name in named], further
    for row in rows:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        resolver.budget.spend(len(cells))
        for index, cell in enumerate(cells):
            if index == len(columns):
                columns.append(OutputColumn(f"column{index + 1}", {}))
            if not isinstance(cell, exp.Literal):
                inputs = resolver.evaluate(cell, scope)
                if not columns[index].inputs:
                    columns[index].inputs = own_copy(inputs)
                else:
                    add_branch(columns[index].inputs, inputs)
    return Relation(columns)

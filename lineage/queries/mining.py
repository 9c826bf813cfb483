"""What a statement joins and filters by: pairs of columns, and conditions on one column.

Read from the tree, scope by scope; a column of a subquery or common table expression is followed
to the table it comes from as long as it is passed on unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lineage.sql.dialects import DialectRules
from lineage.sql.resolving.names import column_name, stored_name
from lineage.sql.schema import SchemaProvider
from lineage.sql.session import Session
from lineage.types import TableName

MOST_FINDINGS = 200
"""Joins, and as many filters, that are kept of one statement."""
MOST_CONDITION = 200
"""Characters of a condition's text."""
_DEEPEST = 30
_COMPARISONS: tuple[type[exp.Expr], ...] = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Like, exp.ILike,
    exp.RegexpLike, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.SimilarTo,
)  # fmt: skip
_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
    exp.Like: "LIKE", exp.ILike: "ILIKE",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class ColumnName:
    """A column of a stored table, as the statement spells it."""

    table: tuple[str, ...]
    column: str


@dataclass(frozen=True, slots=True, order=True)
class Join:
    """Two columns that a statement sets equal; the smaller name is on the left."""

    left: ColumnName
    right: ColumnName


@dataclass(frozen=True, slots=True, order=True)
class Filter:
    """A condition on one column, without the names of tables: ``lower(email) = ?``."""

    column: ColumnName
    condition: str


@dataclass(slots=True)
class Mined:
    """Each once, in order of appearance."""

    joins: dict[Join, None]
    filters: dict[Filter, None]


def mine(
    trees: list[exp.Expr],
    rules: DialectRules,
    schema: SchemaProvider | None,
    default_database: str | None,
    default_schema: str | None,
) -> Mined:
    """The joins and filters of statements; an unforeseen tree costs its own, nothing else."""
    session = Session(rules, schema, default_database, default_schema)
    mined = Mined({}, {})
    for tree in trees:
        try:
            for scope in _scopes(tree):
                _mine_scope(scope, _Columns(session), mined)
        except (SqlglotError, RecursionError, AttributeError, KeyError, TypeError, ValueError):
            continue
    return mined


def _scopes(tree: exp.Expr) -> list[Scope]:
    """Every scope of the queries in a statement; of what writes, the query that it writes."""
    if isinstance(tree, exp.Query):
        return traverse_scope(tree)
    return [
        scope
        for query in tree.walk(prune=lambda node: isinstance(node, exp.Query))
        if isinstance(query, exp.Query)
        for scope in traverse_scope(_with_names(tree, query))
    ]


def _with_names(tree: exp.Expr, query: exp.Query) -> exp.Query:
    """The query with the WITH of its statement, which may stand before INSERT."""
    leading = tree.args.get("with_")
    if leading is not None and query.args.get("with_") is None:
        query = query.copy()
        query.set("with_", leading.copy())
    return query


class _Columns:
    """Which stored column a reference in a scope means."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, column: exp.Column, scope: Scope, depth: int = 0) -> ColumnName | None:
        if depth > _DEEPEST:
            return None
        name = column_name(column.this, self._session.rules)
        source = self._source(column, name, scope)
        if source is None and scope.parent is not None and scope.is_correlated_subquery:
            return self.of(column, scope.parent, depth + 1)
        return self._in_source(source, name, depth)

    def in_source(self, alias: str, name: str, scope: Scope) -> ColumnName | None:
        """The column of that name in one of the scope's sources."""
        return self._in_source(scope.sources.get(alias), name, 0)

    def _source(self, column: exp.Column, name: str, scope: Scope) -> exp.Expr | Scope | None:
        written = column.table
        if written:
            return scope.sources.get(written) or next(
                (s for alias, s in scope.sources.items() if alias.lower() == written.lower()), None
            )
        candidates = [scope.sources[alias] for alias in scope.selected_sources]
        if len(candidates) == 1:
            return candidates[0]
        owners = [source for source in candidates if self._owns(source, name)]
        return owners[0] if len(owners) == 1 else None

    def _owns(self, source: exp.Expr | Scope, name: str) -> bool:
        if isinstance(source, Scope):
            return _projection(source, name, self._session.rules) is not None
        columns = self._listed(self._table(source))
        return columns is not None and name.lower() in {each.lower() for each in columns}

    def _listed(self, table: TableName) -> list[str] | None:
        schema = self._session.schema
        found = schema.columns_of(table) if schema is not None else None
        return list(found) if found is not None else None

    def _table(self, node: exp.Expr) -> TableName:
        return stored_name(node, self._session.rules, self._session)

    def _in_source(
        self, source: exp.Expr | Scope | None, name: str, depth: int
    ) -> ColumnName | None:
        if isinstance(source, exp.Table):
            parts = self._table(source).parts
            return ColumnName(parts, name) if parts else None
        if not isinstance(source, Scope):
            return None
        projected = _projection(source, name, self._session.rules)
        if isinstance(projected, exp.Star):
            inner = list(source.selected_sources)
            if len(inner) != 1:
                return None
            return self._in_source(source.sources[inner[0]], name, depth + 1)
        value = projected.unalias() if projected is not None else None
        return self.of(value, source, depth + 1) if isinstance(value, exp.Column) else None


def _projection(scope: Scope, name: str, rules: DialectRules) -> exp.Expr | None:
    """What a query gives out under a name; its star when nothing is named so."""
    query = scope.expression
    if not isinstance(query, exp.Query):
        return None
    star = None
    for projected in query.selects:
        if isinstance(projected, exp.Star):
            star = projected
        elif projected.alias_or_name.lower() == name.lower():
            return projected
    return star


def _mine_scope(scope: Scope, columns: _Columns, mined: Mined) -> None:
    query = scope.expression
    if not isinstance(query, exp.Select):
        return
    for join in query.args.get("joins") or ():
        on = join.args.get("on")
        if on is not None:
            _mine_conditions(on, scope, columns, mined)
        for key in join.args.get("using") or ():
            _mine_using(key, join, scope, columns, mined)
    for part in ("where", "having", "qualify"):
        clause = query.args.get(part)
        if clause is not None:
            _mine_conditions(clause.this, scope, columns, mined)


def _mine_using(
    key: exp.Expr, join: exp.Join, scope: Scope, columns: _Columns, mined: Mined
) -> None:
    """USING names a column of the joined table and of one before it."""
    name, joined = key.name, join.alias_or_name
    right = columns.in_source(joined, name, scope)
    for alias in scope.selected_sources:
        if alias == joined:
            break
        left = columns.in_source(alias, name, scope)
        if left is not None and right is not None:
            _keep_join(left, right, mined)
            return


def _mine_conditions(condition: exp.Expr, scope: Scope, columns: _Columns, mined: Mined) -> None:
    for part in _conjuncts(condition):
        inside = part.this if isinstance(part, exp.Not) else part
        if not isinstance(inside, _COMPARISONS):
            continue
        named = _named_columns(inside)
        if isinstance(inside, exp.EQ | exp.NullSafeEQ) and len(named) == 2:
            left, right = inside.this.unnest(), inside.expression.unnest()
            if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                ends = columns.of(left, scope), columns.of(right, scope)
                if ends[0] is not None and ends[1] is not None:
                    _keep_join(ends[0], ends[1], mined)
            continue
        if len({(each.table, each.name) for each in named}) != 1:
            continue
        if inside.find(exp.Query) is not None or len(mined.filters) >= MOST_FINDINGS:
            continue
        column = columns.of(named[0], scope)
        if column is not None:
            mined.filters[Filter(column, _text(part))] = None


def _keep_join(one: ColumnName, other: ColumnName, mined: Mined) -> None:
    if one != other and len(mined.joins) < MOST_FINDINGS:
        left, right = sorted((one, other))
        mined.joins[Join(left, right)] = None


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of a condition between AND and OR."""
    pending = [condition]
    while pending:
        part = pending.pop()
        if isinstance(part, exp.Connector):
            pending += (part.expression, part.this)
        elif isinstance(part, exp.Paren):
            pending.append(part.this)
        else:
            yield part


def _named_columns(condition: exp.Expr) -> list[exp.Column]:
    return [
        column for column in condition.find_all(exp.Column) if not isinstance(column.this, exp.Star)
    ]


def _text(condition: exp.Expr) -> str:
    """The condition with bare column names and one mark for every literal."""
    sign = _SIGNS.get(type(condition))
    if sign is not None and isinstance(condition.this, exp.Column):
        name, value = condition.this.this, condition.expression
        if isinstance(value, exp.Literal | exp.Placeholder) and not name.args.get("quoted"):
            return f"{name.name.lower()} {sign} ?"[:MOST_CONDITION]
    copy = condition.copy()
    for column in list(copy.find_all(exp.Column)):
        column.replace(exp.column(column.this.copy()))
    for literal in list(copy.find_all(exp.Literal, exp.Parameter, exp.Placeholder)):
        literal.replace(exp.Placeholder(jdbc=True))
    for listed in copy.find_all(exp.In):
        if listed.expressions and all(isinstance(e, exp.Placeholder) for e in listed.expressions):
            listed.set("expressions", listed.expressions[:1])
    return str(copy.sql(copy=False, comments=False, normalize=True))[:MOST_CONDITION]

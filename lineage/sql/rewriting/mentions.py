"""Where a statement names a column of a table, and in which role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lineage.sql.resolving.names import column_name, stored_name
from lineage.sql.resolving.projections import column_parts
from lineage.sql.session import Session
from lineage.types import TableName


class Role(StrEnum):
    """What a mention is to the statement around it."""

    ITEM = "item"
    """Alone in a select list; its own name becomes the name of the result's column."""
    NAMED_ITEM = "named item"
    """Alone in a select list, under a name that is given there."""
    PART = "part"
    """Inside an expression or a condition."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference to the column: ``sql[start:end]`` with its qualifier, ``sql[name_start:end]``
    the column's name alone. ``clause`` is the word of the clause it stands in."""

    role: Role
    start: int
    name_start: int
    end: int
    quoted: bool
    clause: str


@dataclass(slots=True)
class Mentions:
    """Every place that names the column for certain, and what a person has to look at."""

    found: list[Mention] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    stars: int = 0


_CLAUSES = (
    (exp.Where, "WHERE"),
    (exp.Join, "JOIN"),
    (exp.Group, "GROUP BY"),
    (exp.Having, "HAVING"),
    (exp.Order, "ORDER BY"),
    (exp.Qualify, "QUALIFY"),
)


def mentions_of(
    tree: exp.Expr,
    sql: str,
    session: Session,
    column: str,
    is_table: Callable[[TableName], bool],
) -> Mentions:
    """The mentions of ``column`` of the table that ``is_table`` knows, in one statement's tree.

    A bare name counts where one source alone can own it; what cannot be told becomes a doubt.
    """
    reader = _Reader(sql, session, column, is_table)
    try:
        for query in _outermost_queries(tree):
            for scope in traverse_scope(query):
                reader.read(scope)
    except SqlglotError as error:
        reader.mentions.doubts.append(f"Its queries cannot be told apart: {str(error)[:200]}")
    reader.mentions.found.sort(key=lambda mention: mention.start)
    return reader.mentions


def _outermost_queries(tree: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(tree, exp.Query):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _outermost_queries(child)


class _Reader:
    def __init__(
        self,
        sql: str,
        session: Session,
        column: str,
        is_table: Callable[[TableName], bool],
    ) -> None:
        self.mentions = Mentions()
        self._sql = sql
        self._session = session
        self._column = column.casefold()
        self._is_table = is_table
        self._seen: set[int] = set()

    def read(self, scope: Scope) -> None:
        """Inner scopes are read before those around them, so each column counts where it stands."""
        for node in scope.columns:
            if id(node) in self._seen:
                continue
            self._seen.add(id(node))
            if self._named(node.this):
                self._take(node, scope)
            elif any(self._named(part) for part in column_parts(node)[:-1]):
                self._take_path(node, scope)
        self._look_at_joins(scope)
        self._look_at_stars(scope)

    def _named(self, node: exp.Expr) -> bool:
        return (
            isinstance(node, exp.Identifier)
            and column_name(node, self._session.rules).casefold() == self._column
        )

    def _take(self, node: exp.Column, scope: Scope) -> None:
        belongs = self._belongs(node, scope)
        meta = node.this.meta
        if belongs is None or (belongs and "start" not in meta):
            self._doubt(node, "may be this column or another of that name")
        elif belongs:
            parts = column_parts(node)
            self.mentions.found.append(
                Mention(
                    role=_role(node),
                    start=parts[0].meta.get("start", meta["start"]),
                    name_start=meta["start"],
                    end=meta["end"] + 1,
                    quoted=bool(node.this.args.get("quoted")),
                    clause=_clause(node),
                )
            )

    def _take_path(self, node: exp.Column, scope: Scope) -> None:
        """``payload.user``: perhaps a field inside the column; an alias of that name is none."""
        if _source_named(node.table, scope) is None:
            self._doubt(node, "may be a field inside this column")

    def _doubt(self, node: exp.Expr, why: str) -> None:
        start = column_parts(node)[0].meta.get("start", 0)
        line = self._sql.count("\n", 0, start) + 1
        self.mentions.doubts.append(f"Line {line}: {node.sql()} {why}.")

    def _belongs(self, node: exp.Column, scope: Scope) -> bool | None:
        """Whether it is the table's column; None when that cannot be told."""
        if node.table:
            source = _source_named(node.table, scope)
            return source is not None and self._is_source(source)
        around: Scope | None = scope
        while around is not None:
            local = [source for _, source in around.selected_sources.values()]
            owners = [source for source in local if self._owns(source) is True]
            unsure = [source for source in local if self._owns(source) is None]
            if owners:
                mine = [source for source in owners if self._is_source(source)]
                if len(owners) > 1 and mine:
                    return None
                return bool(mine)
            if unsure:
                return False
            around = around.parent
        return False

    def _is_source(self, source: exp.Expr | Scope) -> bool:
        return isinstance(source, exp.Table) and self._is_table(
            stored_name(source, self._session.rules, self._session)
        )

    def _owns(self, source: exp.Expr | Scope) -> bool | None:
        """Whether a source has a column of that name; None where its columns are not known."""
        if isinstance(source, exp.Table):
            if self._is_source(source):
                return True
            names = self._session.columns_of(
                stored_name(source, self._session.rules, self._session)
            )
        else:
            query = source.expression if isinstance(source, Scope) else source
            if not isinstance(query, exp.Query) or query.is_star:
                return None
            names = [item.alias_or_name for item in query.selects]
        return None if names is None else self._column in {name.casefold() for name in names}

    def _look_at_joins(self, scope: Scope) -> None:
        expression = scope.expression
        mine = any(self._is_source(source) for _, source in scope.selected_sources.values())
        for join in (expression.args.get("joins") or ()) if mine else ():
            if any(self._named(name) for name in join.args.get("using") or ()):
                self.mentions.doubts.append(
                    "JOIN ... USING joins by this name; write the condition with ON."
                )
            elif join.args.get("method") == "NATURAL":
                self.mentions.doubts.append(
                    "NATURAL JOIN joins by whatever names are equal; write the condition with ON."
                )

    def _look_at_stars(self, scope: Scope) -> None:
        for item in scope.expression.args.get("expressions") or ():
            sources: list[exp.Expr | Scope]
            if isinstance(item, exp.Star):
                sources = [source for _, source in scope.selected_sources.values()]
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                found = _sources(scope).get(item.table.casefold())
                sources = [] if found is None else [found]
            else:
                continue
            self.mentions.stars += any(self._is_source(source) for source in sources)


def _sources(scope: Scope) -> dict[str, exp.Expr | Scope]:
    return {name.casefold(): source for name, source in scope.sources.items()}


def _source_named(name: str, scope: Scope) -> exp.Expr | Scope | None:
    """What an alias stands for: a source of the query, else of one that it stands in."""
    around: Scope | None = scope
    while around is not None:
        source = _sources(around).get(name.casefold())
        if source is not None:
            return source
        around = around.parent
    return None


def _role(node: exp.Expr) -> Role:
    parent = node.parent
    if isinstance(parent, exp.Select) and node.arg_key == "expressions":
        return Role.ITEM
    if isinstance(parent, exp.Alias) and isinstance(parent.parent, exp.Select):
        return Role.NAMED_ITEM
    return Role.PART


def _clause(node: exp.Expr) -> str:
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Query):
        for kind, word in _CLAUSES:
            if isinstance(parent, kind):
                return word
        parent = parent.parent
    return "SELECT"

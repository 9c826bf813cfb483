"""Statements as they have to read after a rename: found by grammar, changed in place.

Only the names themselves are replaced, so that layout and comments stay as their author wrote them.
A column that a SELECT puts out keeps its old name outside (`new AS old`), so that nothing further
down changes. What cannot be told for certain is not rewritten, and the answer says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lineage.sql import dialect_of

MOST_CHARACTERS = 200_000

# Whether a table, as a statement names it (outermost part first), has a column of that name; None
# when it is not known.
HasColumn = Callable[[Sequence[str], str], "bool | None"]


class CannotRewriteError(Exception):
    """The statement has to be changed by hand; the message says why."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int  # exclusive
    text: str


def rename_column(
    sql: str, *, platform: str, table: Sequence[str], old: str, new: str, has_column: HasColumn
) -> str:
    """The statement with a column of a table renamed; raises CannotRewriteError.

    `table` is the table's name, outermost part first; a statement may leave outer parts away.
    """
    edits: list[_Edit] = []
    tree = _parsed(sql, platform)
    for scope in _scopes(tree):
        ours = {name for name, source in scope.sources.items() if _is(source, table)}
        if not ours:
            continue
        _refuse_stars(scope, ours)
        _refuse_shared(scope, old)
        for column in scope.columns:
            if not _same(column.name, old) or not _belongs(column, scope, ours, old, has_column):
                continue
            edits.append(_replace(column.this, new, platform))
            if _is_put_out(column, scope):
                end = _span(column.this)[1]
                edits.append(_Edit(end, end, f" AS {_text(column.this, platform)}"))
    if not edits:
        raise CannotRewriteError(f"The statement does not name {old}.")
    return _checked(_applied(sql, edits), platform)


def rename_table(sql: str, *, platform: str, table: Sequence[str], new: str) -> str:
    """The statement with a table renamed; raises CannotRewriteError."""
    edits: list[_Edit] = []
    tree = _parsed(sql, platform)
    for scope in _scopes(tree):
        for name, source in scope.sources.items():
            if not isinstance(source, exp.Table) or not _is(source, table):
                continue
            edits.append(_replace(source.this, new, platform))
            if source.alias:
                continue
            edits += [
                _replace(column.args["table"], new, platform)
                for column in scope.columns
                if _same(column.table, name)
            ]
    if not edits:
        raise CannotRewriteError(f"The statement does not name {table[-1]}.")
    return _checked(_applied(sql, edits), platform)


def _parsed(sql: str, platform: str) -> exp.Expr:
    if len(sql) > MOST_CHARACTERS:
        raise CannotRewriteError("The statement is too long to be rewritten.")
    try:
        trees = sqlglot.parse(sql, dialect=dialect_of(platform))
    except (SqlglotError, RecursionError) as error:
        raise CannotRewriteError("The statement could not be read.") from error
    if len(trees) != 1 or trees[0] is None:
        raise CannotRewriteError("There are several statements.")
    return trees[0]


def _scopes(tree: exp.Expr) -> Iterator[Scope]:
    """Every SELECT of the statement, inner ones first."""
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    if not isinstance(query, exp.Query) or isinstance(tree, exp.Update | exp.Delete | exp.Merge):
        raise CannotRewriteError("It is not a query.")
    if query.find(exp.Pivot) is not None:
        raise CannotRewriteError("It turns rows into columns.")
    try:
        yield from traverse_scope(query)
    except (SqlglotError, RecursionError) as error:
        raise CannotRewriteError("The statement could not be read.") from error


def _is(source: object, table: Sequence[str]) -> bool:
    """Whether a source of a scope is the table itself, and not a subquery of that name."""
    if not isinstance(source, exp.Table):
        return False
    named = [part.name for part in source.parts]
    return len(named) <= len(table) and all(
        _same(given, known) for given, known in zip(reversed(named), reversed(table), strict=False)
    )


def _same(first: str, second: str) -> bool:
    return first.casefold() == second.casefold()


def _refuse_stars(scope: Scope, ours: set[str]) -> None:
    for projection in _selects(scope):
        every = isinstance(projection, exp.Star)
        if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
            every = projection.table in ours
        if every:
            raise CannotRewriteError("It selects every column, so its own column is renamed too.")


def _refuse_shared(scope: Scope, old: str) -> None:
    """Joins that match columns by their common name lose it."""
    for join in scope.expression.args.get("joins") or ():
        if join.args.get("method") == "NATURAL":
            raise CannotRewriteError("It joins by all common names.")
        if any(_same(shared.name, old) for shared in join.args.get("using") or ()):
            raise CannotRewriteError(f"It joins by the common name {old}.")


def _belongs(
    column: exp.Column, scope: Scope, ours: set[str], old: str, has_column: HasColumn
) -> bool:
    """Whether a column of that name is the table's; raises where it cannot be told."""
    if column.table:
        return any(_same(column.table, name) for name in ours)
    for name, source in scope.sources.items():
        if name in ours:
            continue
        known = _source_has(source, old, has_column)
        if known is None:
            raise CannotRewriteError(f"It does not say whose {old} it means.")
        if known:
            raise CannotRewriteError(f"Two of its tables have a column {old}.")
    return True


def _source_has(source: object, old: str, has_column: HasColumn) -> bool | None:
    if isinstance(source, exp.Table):
        return has_column([part.name for part in source.parts], old)
    if isinstance(source, Scope) and isinstance(source.expression, exp.Query):
        if source.expression.is_star:
            return None
        return any(_same(name, old) for name in source.expression.named_selects)
    return None


def _is_put_out(column: exp.Column, scope: Scope) -> bool:
    return any(projection is column for projection in _selects(scope))


def _selects(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _replace(identifier: exp.Identifier, new: str, platform: str) -> _Edit:
    start, end = _span(identifier)
    quoted = bool(identifier.args.get("quoted")) or not exp.SAFE_IDENTIFIER_RE.match(new)
    text = exp.to_identifier(new, quoted=quoted).sql(dialect=dialect_of(platform))
    return _Edit(start, end, text)


def _span(identifier: exp.Identifier) -> tuple[int, int]:
    start, end = identifier.meta.get("start"), identifier.meta.get("end")
    if start is None or end is None:
        raise CannotRewriteError("The place of a name in the statement is not known.")
    return start, end + 1


def _text(identifier: exp.Identifier, platform: str) -> str:
    return identifier.sql(dialect=dialect_of(platform), comments=False)


def _applied(sql: str, edits: list[_Edit]) -> str:
    """From the end to the beginning, so that places stay right; the same edit counts once."""
    for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.end), reverse=True):
        sql = sql[: edit.start] + edit.text + sql[edit.end :]
    return sql


def _checked(sql: str, platform: str) -> str:
    """The result, which has to be a statement again."""
    _parsed(sql, platform)
    return sql

"""A statement as it has to read after a table that it names got another name.

Only the names themselves are replaced, so that layout and comments stay as their author wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lineage.sql.dialects import dialect_of

MOST_CHARACTERS = 200_000

_Edit = tuple[int, int, str]  # the text from one place to another, exclusive


class CannotRewriteError(Exception):
    """The statement has to be changed by hand; the message says why."""


def rename_table(sql: str, *, platform: str, table: Sequence[str], new: str) -> str:
    """The statement with a table renamed; raises CannotRewriteError.

    `table` is the table's name, outermost part first; a statement may leave outer parts away.
    """
    edits: set[_Edit] = set()
    for scope in _scopes(_parsed(sql, platform)):
        for name, source in scope.sources.items():
            if not isinstance(source, exp.Table) or not _is(source, table):
                continue
            edits.add(_replaced(source.this, new, platform))
            if not source.alias:
                edits |= {
                    _replaced(column.args["table"], new, platform)
                    for column in scope.columns
                    if _same(column.table, name)
                }
    if not edits:
        raise CannotRewriteError(f"The statement does not name {table[-1]}.")
    for start, end, text in sorted(edits, reverse=True):  # so that places stay right
        sql = sql[:start] + text + sql[end:]
    _parsed(sql, platform)  # it has to be a statement again
    return sql


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
    try:
        yield from traverse_scope(query)
    except (SqlglotError, RecursionError) as error:
        raise CannotRewriteError("The statement could not be read.") from error


def _is(source: exp.Table, table: Sequence[str]) -> bool:
    named = [part.name for part in source.parts]
    return len(named) <= len(table) and all(
        _same(given, known) for given, known in zip(reversed(named), reversed(table), strict=False)
    )


def _same(first: str, second: str) -> bool:
    return first.casefold() == second.casefold()


def _replaced(identifier: exp.Identifier, new: str, platform: str) -> _Edit:
    start, end = identifier.meta.get("start"), identifier.meta.get("end")
    if start is None or end is None:
        raise CannotRewriteError("The place of a name in the statement is not known.")
    quoted = bool(identifier.args.get("quoted")) or not exp.SAFE_IDENTIFIER_RE.match(new)
    text = exp.to_identifier(new, quoted=quoted).sql(dialect=dialect_of(platform))
    return start, end + 1, text

"""Names of result columns that DuckDB takes from what is written there.

A subquery that is shown under no name is called by its text, which would be that of the filter and
the masks once it is rewritten. It gets the name that it has as it was written, as near as that can
be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from sqlglot import exp

from governance.permissions.native.seen.shaping import Splice, spliced
from governance.permissions.native.tables.binding import Occurrence
from governance.permissions.native.text.brackets import shown_values
from governance.permissions.native.types import Decide
from governance.permissions.types import DataAction
from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, tokens

_IN_BRACKETS = (exp.Binary, exp.Not)
_LONGEST = 1_000


def with_headers(
    sql: str,
    tree: exp.Expr,
    rules: DialectRules,
    read: Sequence[Occurrence],
    decide: Decide,
) -> str | None:
    """The statement with a name for each value that it shows under none and that reads a table in
    the place of which something else may stand; None where there is no such value."""
    if rules.name != "duckdb":
        return None
    tables = {
        id(one.node)
        for one in read
        if one.dataset is not None
        and (one.dataset.is_view or decide(one.dataset.id, DataAction.READ, None).code != "open")
    }
    query = tree if isinstance(tree, exp.Query) else tree.args.get("expression")
    values = list(_values(query)) if isinstance(query, exp.Query) else []
    if not any(_is_named_by_text(value, tables) for value in values):
        return None
    found = [one for one in tokens(sql, rules) if one.kind is not Kind.COMMENT]
    places = sorted(shown_values(found))
    if len(places) != len(values):
        return None  # of a query in brackets
    splices = [
        Splice(found[end].end, found[end].end, f" AS {_header(value)}")
        for value, (_, end) in zip(values, places, strict=True)
        if _is_named_by_text(value, tables)
    ]
    return spliced(sql, splices)[0]


def _values(query: exp.Expr) -> Iterator[exp.Expr]:
    """What a query shows, and what each part of a set operation does, as they are written."""
    if isinstance(query, exp.SetOperation):
        yield from _values(query.this)
        yield from _values(query.expression)
    elif isinstance(query, exp.Select):
        yield from query.expressions


def _is_named_by_text(value: exp.Expr, tables: Set[int]) -> bool:
    return not isinstance(value, exp.Alias) and any(
        id(table) in tables for table in value.find_all(exp.Table)
    )


def _header(value: exp.Expr) -> str:
    """The name that DuckDB gives a value, in quotes."""
    named = value.copy()
    for node in reversed(list(named.find_all(*_IN_BRACKETS))):  # what is within others first
        if not isinstance(node, exp.Dot | exp.Connector) and not isinstance(node.parent, exp.Paren):
            around = exp.Paren(this=node.copy())
            if node is named:
                named = around
            else:
                node.replace(around)
    text = named.sql(dialect="duckdb", normalize_functions="lower", comments=False)
    text = text.replace("count(*)", "count_star()")[:_LONGEST]
    return exp.to_identifier(text, quoted=True).sql(dialect="duckdb")

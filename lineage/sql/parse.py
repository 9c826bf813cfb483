"""Parses one statement, and says in one sentence why it cannot."""

from __future__ import annotations

import logging
import re

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, tokens

MAXIMUM_DEPTH = 600
"""Open brackets and CASEs. Beyond some thousands the compiled parser can exhaust the C stack,
which no exception handler survives, so such texts never reach it."""
MAXIMUM_BARE_JOINS = 14
"""JOINs in a row without ON or USING: the parser tries every bracketing of them, 2^n."""
MAXIMUM_SUBSCRIPTS = 400
"""Subscripts in a row, ``a[1][1]...``: the parser copies the chain at every step."""


_ROUTINES = frozenset({"PROCEDURE", "FUNCTION", "TRIGGER"})
_TOKEN_DUMP = re.compile(r"<Token .*?>|<class .*?>", re.DOTALL)
_REPLACE_INTO = re.compile(r"\s*REPLACE(?=\s+INTO\b)", re.IGNORECASE)

# sqlglot warns about every statement that it passes through, quoting it; the reason that
# ``parse`` returns says the same without putting SQL text into the log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(sql: str, rules: DialectRules) -> tuple[exp.Expr | None, str]:
    """The tree of one statement; None and a sentence where there is none.

    A statement that sqlglot only passes through as text (``Command``) counts as not understood.
    """
    reason = _too_deep(sql, rules)
    if reason is not None:
        return None, reason
    try:
        dialect = Dialect.get_or_raise(rules.name or None)
        trees = dialect.parse(_as_insert(sql), error_level=ErrorLevel.IMMEDIATE)
    except RecursionError:
        return None, "The statement is nested too deeply to parse."
    except SqlglotError as error:
        return None, _sentence(error)
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        return None, "The text is not exactly one statement."
    tree = found[0]
    if isinstance(tree, exp.Command):
        return None, f"{str(tree.this).upper()} statements are not understood."
    kind = str(tree.args.get("kind") or "").upper()
    if isinstance(tree, exp.Create) and kind in _ROUTINES:
        return None, f"The body of a {kind.lower()} is not understood."
    if isinstance(tree, exp.Alias | exp.Column | exp.Identifier):
        return None, "The text is not a statement."
    return tree, ""


def _as_insert(sql: str) -> str:
    """REPLACE INTO (MySQL, SQLite) writes what INSERT INTO would; offsets stay the same."""
    hit = _REPLACE_INTO.match(sql)
    return sql if hit is None else f"{'INSERT'.rjust(hit.end())}{sql[hit.end() :]}"


def _sentence(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        description = str(first.get("description") or "Invalid syntax")
        description = _TOKEN_DUMP.sub("something else", description).rstrip(". ")
        return f"{description[:300]}, at line {first.get('line')}, column {first.get('col')}."
    return f"The text cannot be read as SQL: {str(error).splitlines()[0][:300]}."


def _too_deep(sql: str, rules: DialectRules) -> str | None:
    """Refuses texts whose shape the parser cannot digest in bounded time and stack."""
    upper = sql.upper()
    if (
        sql.count("(") + sql.count("[") + sql.count("{") + upper.count("CASE") <= MAXIMUM_DEPTH
        and upper.count("JOIN") <= MAXIMUM_BARE_JOINS
        and upper.count("NOT") + sql.count("-") + sql.count("~") <= MAXIMUM_DEPTH
    ):
        return None
    depth = bare = unary = subscripts = 0
    previous = ""
    for token in tokens(sql, rules):
        if token.kind is Kind.COMMENT:
            continue
        text = token.word or token.text
        if text in ("(", "[", "{", "CASE"):
            subscripts = subscripts + 1 if text == "[" and previous == "]" else 0
            depth += 1
        elif text in (")", "]", "}", "END"):
            depth = max(0, depth - 1)
        elif text == "JOIN":
            bare = 0 if previous in ("CROSS", "NATURAL") else bare + 1
        elif text in ("ON", "USING"):
            bare = 0
        unary = unary + 1 if text in ("NOT", "-", "~", "+") else 0
        previous = text
        if depth > MAXIMUM_DEPTH or unary > MAXIMUM_DEPTH:
            return f"The statement is nested more than {MAXIMUM_DEPTH} levels deep."
        if bare > MAXIMUM_BARE_JOINS:
            return f"More than {MAXIMUM_BARE_JOINS} joins in a row have no condition."
        if subscripts > MAXIMUM_SUBSCRIPTS:
            return f"More than {MAXIMUM_SUBSCRIPTS} subscripts follow each other."
    return None

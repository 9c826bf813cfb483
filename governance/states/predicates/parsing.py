"""One expression from an SQL text, in bounded time and stack."""

from __future__ import annotations

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import rules_of
from lineage.sql.parsing.negations import spelled_out
from lineage.sql.parsing.nesting import refusal

MOST_CHARACTERS = 10_000


def parse_expression(text: str, dialect: str | None) -> tuple[exp.Expr | None, str]:
    """The tree of one expression; None and a sentence where there is none.

    `dialect` is a name that sqlglot knows, None for standard SQL. Never raises for what the text
    says.
    """
    if not text.strip():
        return None, "The expression is empty."
    if len(text) > MOST_CHARACTERS or "\x00" in text:
        return None, f"An expression has at most {MOST_CHARACTERS:,} characters and no NUL."
    rules = rules_of(dialect)
    reason = refusal(text, rules)
    if reason is not None:
        return None, reason
    try:
        trees = Dialect.get_or_raise(dialect).parse(text, error_level=ErrorLevel.IMMEDIATE)
    except RecursionError:
        return None, "The expression is nested too deeply to parse."
    except SqlglotError as error:
        return None, _sentence(error)
    except Exception as error:  # noqa: BLE001 - the grammar's own bugs, such as a TypeError
        return None, f"The parser failed on this text with a {type(error).__name__}."
    if len(trees) != 1 or trees[0] is None:
        return None, "The text is not exactly one expression."
    tree = spelled_out(trees[0])
    if isinstance(tree, exp.Query | exp.DML | exp.DDL | exp.Command | exp.Alias):
        return None, "The text is a statement, not an expression."
    return tree, ""


def _sentence(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if not details:
        return "A string, a quoted name or a comment is not closed."
    first = details[0]
    line, column, near = first.get("line"), first.get("col"), first.get("highlight") or ""
    return f"It cannot be read near {near[:60]!r} (line {line}, column {column})."

"""Masks and row filters as Trino evaluates them.

A mask keeps the type of its column; where it cannot, it shows nothing, which is stricter. What
cannot be said in Trino's dialect raises, and whoever asks is denied.
"""

from __future__ import annotations

import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from governance.permissions.types import Mask

NULL = "NULL"
NO_ROWS = "false"
_TEXT = re.compile(r"(?:varchar|char)(?:\(\d+\))?", re.IGNORECASE)
_CHAR = re.compile(r"char\(\d+\)", re.IGNORECASE)
_TIMES = re.compile(r"date|timestamp(?:\(\d+\))?(?: with(?:out)? time zone)?", re.IGNORECASE)
_ISO = r"'^\d{4}-\d{2}-\d{2}'"


class NotInTrino(ValueError):  # noqa: N818 - reads as the refusal it is
    """A row filter cannot be said in Trino's dialect."""


@lru_cache(maxsize=8192)
def masked(mask: Mask, column: str, column_type: str) -> str:
    """The expression that shows what a mask leaves of a column of a type."""
    kind = column_type.strip()
    value = quoted(column)
    if mask is Mask.YEAR and _TIMES.fullmatch(kind):
        return f"CAST(date_trunc('year', {value}) AS {kind})"
    if mask is Mask.SHA256 and kind.lower() == "varbinary":
        return f"sha256({value})"
    if not _TEXT.fullmatch(kind):
        return NULL
    text = f"rtrim(CAST({value} AS varchar))" if _CHAR.fullmatch(kind) else value
    shown = _shown(mask, text)
    return NULL if shown is None else f"CAST({shown} AS {kind})"


def _shown(mask: Mask, text: str) -> str | None:
    match mask:
        case Mask.ALL:
            return f"CASE WHEN {text} IS NOT NULL THEN '****' END"
        case Mask.SHA256:
            return f"lower(to_hex(sha256(to_utf8({text}))))"
        case Mask.YEAR:
            return f"CASE WHEN regexp_like({text}, {_ISO}) THEN substr({text}, 1, 4) END"
        case Mask.FIRST3:
            return _part(text, 3, f"substr({text}, 1, 3) || '****'")
        case Mask.LAST3:
            return _part(text, 3, f"'****' || substr({text}, -3)")
        case Mask.LAST4:
            return _part(text, 4, f"'****' || substr({text}, -4)")
        case Mask.EMPTY:
            return None


def _part(text: str, size: int, shown: str) -> str:
    """A part of a text; of one that has no more than that, nothing."""
    return f"CASE WHEN length({text}) > {size} THEN {shown} WHEN {text} IS NOT NULL THEN '****' END"


@lru_cache(maxsize=8192)
def condition(expression: str) -> str:
    """A row filter in Trino's words. Raises NotInTrino."""
    try:
        tree = sqlglot.parse_one(expression)
    except (SqlglotError, RecursionError) as error:
        raise NotInTrino(str(error)[:200]) from None
    if tree.find(exp.Query, exp.Command) is not None:
        raise NotInTrino("A row filter looks at its own row alone.")
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", True)
        identifier.set("this", identifier.this.lower())
    return tree.sql(dialect="trino")


def quoted(identifier: str) -> str:
    """A name as Trino reads it."""
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'

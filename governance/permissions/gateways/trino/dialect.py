"""Masks and row filters as Trino evaluates them.

A mask keeps the type of its column; where it cannot, it shows nothing, which is stricter. What
cannot be said in Trino's dialect raises, and whoever asks is denied. The parser is imported when a
process has time for it (`starting`), or here: few answers need it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from governance.permissions.types import Mask

DIALECT = "trino"
NULL = "NULL"
NO_ROWS = "false"
_CHAR = re.compile(r"char\(\d+\)", re.IGNORECASE)


class NotInTrino(ValueError):  # noqa: N818 - reads as the refusal it is
    """A row filter cannot be said in Trino's dialect."""


@lru_cache(maxsize=8192)
def masked(mask: Mask, column: str, column_type: str) -> str:
    """The expression that shows what a mask leaves of a column of a type."""
    from governance.permissions.native.seen.masks import Shape, shape_of, type_of
    from governance.permissions.native.seen.masks import masked as native_mask

    kind = column_type.strip()
    shown = {Shape.TEXT, Shape.NUMBER, Shape.DATE, Shape.TIME, Shape.TRUTH}
    if mask is Mask.EMPTY or shape_of(type_of(kind, DIALECT)) not in shown:
        return NULL
    value = quoted(column)
    if _CHAR.fullmatch(kind):
        value = f"rtrim(CAST({value} AS varchar))"  # it is filled up with blanks
    return f"CAST({native_mask(mask, value, kind, DIALECT)} AS {kind})"


@lru_cache(maxsize=8192)
def masked_as(mask: Mask, column: str, column_type: str) -> str:
    """The same, cast to whatever Trino says that the type is (`{type}`): only our catalog knows."""
    text = masked(mask, column, column_type)
    kind = column_type.strip()
    return text if text == NULL else f"{text.removesuffix(f'{kind})')}{{type}})"


@lru_cache(maxsize=8192)
def condition(expression: str) -> str:
    """A row filter in Trino's words. Raises NotInTrino."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(expression)
    except (SqlglotError, RecursionError) as error:
        raise NotInTrino(str(error)[:200]) from None
    if tree.find(exp.Query, exp.Command) is not None:
        raise NotInTrino("A row filter looks at its own row alone.")
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", True)
        identifier.set("this", identifier.this.lower())
    return tree.sql(dialect=DIALECT)


def quoted(identifier: str) -> str:
    """A name as Trino reads it."""
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'

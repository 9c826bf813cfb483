"""Numbered parameters that stand so close that the grammar takes what is between for a quoted text.

Applications write ``VALUES ($1,$2)``; PostgreSQL's own record of statements has it so.
"""

from __future__ import annotations

import re
from itertools import pairwise

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import tokens

_CLOSE = re.compile(r"\$\d+[^\s$]*\$\d")
_SIGNED = words("postgres redshift materialize risingwave")
"""Whose grammar reads ``@1`` as it reads ``$1``."""
_BEFORE = re.compile(r"[\w\s,(=+*/\[]")
"""What no operator ends in that an ``@`` would make another one of."""


def apart(sql: str, rules: DialectRules) -> str:
    """The text, of the same length, with these parameters written otherwise: ``@2``, which the
    tree shows as ``$2``, or DuckDB's ``?``."""
    if "$" not in sql or not (rules.name in _SIGNED or rules.name == "duckdb"):
        return sql
    if _CLOSE.search(sql) is None:
        return sql
    characters = list(sql)
    for mark, number in pairwise(tokens(sql, rules)):
        if mark.text != "$" or not number.text.isdigit() or mark.end != number.start:
            continue
        if mark.start and _BEFORE.match(sql, mark.start - 1) is None:
            continue
        if rules.name == "duckdb":
            characters[mark.start : number.end] = "?".ljust(number.end - mark.start)
        else:
            characters[mark.start] = "@"
    return "".join(characters)

"""Which rules for names a text is read with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lineage.sql.dialects import (
    Case,
    DialectRules,
    dialect_of,
    portable_rules_of,
    rules_of,
    words,
)
from lineage.sql.lexer import Kind, Token, tokens

_CAPITAL_IN_QUOTES = re.compile(r"[`\"\[][^`\"\]]*[A-Z]")
_SELECT_ALIASES = words("netezza")
"""Platforms in which names of the select list are known beside it, unlike in their dialect."""
_BEFORE_TABLE = words("FROM JOIN INTO TABLE UPDATE VIEW USING MERGE EXISTS FUNCTION PROCEDURE")


def rules_for(sql: str, dialect: str, *, portable: bool) -> DialectRules:
    """The rules of a dialect for this text; see ``analyze`` for ``portable``.

    Where quotes do not change what a name means, one that the text writes with and without them
    is the same name: its quoted spelling counts for both.
    """
    name = dialect_of(dialect)
    choose = portable_rules_of if portable else rules_of
    rules = choose(name)
    if dialect.strip().lower() in _SELECT_ALIASES:
        rules = replace(rules, select_aliases=True, where_aliases=True)
    if not portable:
        return rules
    if rules_of(name).table_case is not Case.KEPT or _CAPITAL_IN_QUOTES.search(sql) is None:
        return rules
    of_columns = rules_of(name).column_case is Case.KEPT
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    quoted = {
        part
        for at, token in enumerate(found)
        if token.kind is Kind.QUOTED and (of_columns or _names_table(found, at))
        for part in token.name.split(".")
    }
    plain = {token.text for token in found if token.kind is Kind.WORD}
    spelled = frozenset(part for part in quoted & plain if part != part.lower())
    return replace(rules, spelled=spelled) if spelled else rules


def _names_table(found: Sequence[Token], at: int) -> bool:
    """Whether a quoted name stands where a table's does, or is part of a path."""
    before = found[at - 1] if at else None
    after = found[at + 1].text if at + 1 < len(found) else ""
    if "." in found[at].text or after == ".":
        return True
    return before is not None and (before.text == "." or before.word in _BEFORE_TABLE)

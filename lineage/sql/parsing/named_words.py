"""Words of the grammar that some engines leave free for the names of tables and columns."""

from __future__ import annotations

import re

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import Token, TokenType

from lineage.sql.dialects import words

_FREE = words(
    "TOP WINDOW OFFSET VALUES MAP SAMPLE FETCH LOCK DESCRIBE FUNCTION KEY GLOBAL SUMMARIZE"
)
_MAY_NAME = re.compile(rf"\b(?:{'|'.join(sorted(_FREE))})\b", re.IGNORECASE)
_BEFORE = words(
    ", ( = < > <> != <= >= + - * / || . SELECT DISTINCT BY WHERE AND OR ON NOT FROM JOIN INTO "
    "TABLE AS WHEN THEN ELSE CASE HAVING QUALIFY BETWEEN LIKE IN"
)
_AFTER = words(
    ", ) ; = < > <> != <= >= + - * / || . FROM AS IS IN NOT AND OR ASC DESC NULLS WHERE GROUP "
    "ORDER HAVING LIMIT UNION EXCEPT INTERSECT QUALIFY ON JOIN LEFT RIGHT INNER FULL CROSS BETWEEN "
    "LIKE WHEN THEN ELSE END SELECT"
)


def parsed_with_names(sql: str, dialect: Dialect) -> list[exp.Expr | None] | None:
    """The trees of a text where such a word stands in the place of a name; None where none does."""
    if _MAY_NAME.search(sql) is None:
        return None
    found = dialect.tokenize(sql)
    named = {at for at in range(len(found)) if _is_name(found, at)}
    if not named:
        return None
    given = [_quoted(token) if at in named else token for at, token in enumerate(found)]
    trees = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(given, sql)
    places = {found[at].start for at in named}
    for tree in trees:
        for name in tree.find_all(exp.Identifier) if tree is not None else ():
            if name.meta.get("start") in places:
                name.set("quoted", False)
    return trees


def _is_name(found: list[Token], at: int) -> bool:
    token = found[at]
    if token.token_type in (TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING):
        return False
    if token.text.upper() not in _FREE:
        return False
    following = found[at + 1] if at + 1 < len(found) else None
    if following is not None and following.token_type is TokenType.DOT:
        return True
    before = found[at - 1] if at else None
    if before is not None and before.token_type is TokenType.WITH:
        opened = found[at + 2].token_type if at + 2 < len(found) else None
        return opened is TokenType.L_PAREN  # WITH top AS (...), not WITH OFFSET
    if before is None or before.text.upper().rpartition(" ")[2] not in _BEFORE:  # GROUP BY
        return False
    return following is None or following.text.upper().partition(" ")[0] in _AFTER


def _quoted(token: Token) -> Token:
    """The word as a quoted name, which the grammar takes for nothing else."""
    kind = TokenType.IDENTIFIER
    return Token(kind, token.text, token.line, token.col, token.start, token.end, token.comments)

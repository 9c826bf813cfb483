"""Words of the grammar that some engines leave free for the names of tables and columns."""

from __future__ import annotations

import re

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.parser import Parser
from sqlglot.tokens import Token, TokenType

from lineage.sql.dialects import words

_FREE = words(
    "TOP WINDOW OFFSET VALUES MAP SAMPLE FETCH LOCK DESCRIBE FUNCTION KEY GLOBAL SUMMARIZE"
)
_ALSO_FREE = {"ClickHouse": words("FROM WHEN THEN ELSE END")}
"""Those that ClickHouse leaves free, too; inside brackets, where no clause can begin, it does so
with all."""
_MAY_NAME = re.compile(rf"\b(?:{'|'.join(sorted(_FREE))})\b", re.IGNORECASE)
_CALLED = re.compile(
    r"LOAD|COPY|MERGE|TABLE|UPDATE|DELETE|INSERT|SELECT|VALUES|FETCH|DESCRIBE|SHOW|CACHE|KILL"
    r"|ANALYZE|EXECUTE|REFRESH|COMMIT|DROP|CREATE|ALTER|GRANT|USE|UNION|JOIN|FROM|ORDER|GROUP",
    re.IGNORECASE,
)
_MAY_BE_CALLED = re.compile(
    rf"\b(?:FROM|JOIN|APPLY|TABLE\s*\(|,)\s*[\w.]+\.(?:{_CALLED.pattern})\s*\(", re.IGNORECASE
)
_TYPED_NUMBERS = words("Hive Spark2 Spark Databricks")
_COUNTED = re.compile(
    r"(?:\b(?:FROM|JOIN|INTO|TABLE|VIEW|USING|UPDATE|LIKE|EXISTS)\s+|\.|(?<![\w.])(?=\w+\.[A-Z_]))"
    r"(\d+(?:BD|[LSYDF]))\b",
    re.IGNORECASE,
)
"""A table whose name those take for a number with its type."""
_OF_CASE = words("WHEN THEN ELSE END")
_IN_CASE = words("CASE WHEN THEN ELSE NOT")
"""What stands before or behind the words of a CASE that are none of its names."""
_OPENS, _CLOSES = words("( [ ,"), words(") ] ,")
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
    kind = type(dialect).__name__
    may_name = _MAY_NAME.search(sql) or may_be_called(sql)
    counted = _counted(sql) if kind in _TYPED_NUMBERS else set()
    if kind not in _ALSO_FREE and not may_name and not counted:
        return None
    # Such a number comes as three tokens: itself, a sign and its type.
    found = [
        token
        for token in dialect.tokenize(sql)
        if token.start not in counted or token.token_type is TokenType.NUMBER
    ]
    free = _FREE | _ALSO_FREE.get(kind, frozenset())
    named = {
        at
        for at, token in enumerate(found)
        if token.start in counted or _is_name(found, at, free) or _is_called(found, at)
    }
    if kind in _ALSO_FREE:
        named |= _alone_in_brackets(found, dialect.parser_class)
    if not named:
        return None
    given = [_quoted(token, sql) if at in named else token for at, token in enumerate(found)]
    trees = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(given, sql)
    places = {found[at].start for at in named}
    for tree in trees:
        for name in tree.find_all(exp.Identifier) if tree is not None else ():
            if name.meta.get("start") in places:
                name.set("quoted", False)
    return trees


def _counted(sql: str) -> set[int]:
    """Where ``2s`` is a name, and no small number, since a table's is awaited there."""
    return {hit.start(1) for hit in _COUNTED.finditer(sql)}


def may_be_called(sql: str) -> bool:
    """Whether a word of the grammar may be the name of a routine: ``FROM ops.load(12)``."""
    return _MAY_BE_CALLED.search(sql) is not None


def _is_called(found: list[Token], at: int) -> bool:
    if not 0 < at < len(found) - 1 or _CALLED.fullmatch(found[at].text) is None:
        return False
    before, after = found[at - 1].token_type, found[at + 1].token_type
    return before is TokenType.DOT and after is TokenType.L_PAREN


def _alone_in_brackets(found: list[Token], grammar: type[Parser]) -> set[int]:
    """Words that are all there is of an argument or of an array's item."""
    alone: set[int] = set()
    depth = 0
    for at, token in enumerate(found):
        depth += (token.text in "([") - (token.text in ")]")
        if not depth or not token.text.isalpha() or not 0 < at < len(found) - 1:
            continue
        stands_alone = found[at - 1].text in _OPENS and found[at + 1].text in _CLOSES
        if stands_alone and not _means(token, grammar):
            alone.add(at)
    return alone


def _means(token: Token, grammar: type[Parser]) -> bool:
    """Whether the word is something by itself: a name, a value, a type."""
    if token.token_type in (TokenType.CASE, TokenType.UNION):
        return False
    return (
        token.token_type in grammar.ID_VAR_TOKENS
        or token.token_type in grammar.PRIMARY_PARSERS
        or token.token_type in grammar.NO_PAREN_FUNCTIONS
        or token.token_type in grammar.TYPE_TOKENS
        or token.token_type in (TokenType.IDENTIFIER, TokenType.DISTINCT, TokenType.SELECT)
    )


def _is_name(found: list[Token], at: int, free: frozenset[str]) -> bool:
    token = found[at]
    if token.token_type in (TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING):
        return False
    if token.text.upper() not in free:
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
    after = _AFTER
    if token.text.upper() in _OF_CASE:
        if before.text.upper() in _IN_CASE:
            return False
        after = _AFTER - _IN_CASE
    return following is None or following.text.upper().partition(" ")[0] in after


def _quoted(token: Token, sql: str) -> Token:
    """The word as a quoted name, which the grammar takes for nothing else."""
    kind, text = TokenType.IDENTIFIER, token.text
    if token.token_type is TokenType.NUMBER:
        text = sql[token.start : token.end + 1]
    return Token(kind, text, token.line, token.col, token.start, token.end, token.comments)

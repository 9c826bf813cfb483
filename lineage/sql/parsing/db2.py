"""Db2 as the standard grammar reads it: the words that only Db2 has, in the same place and length.

The grammar knows no such dialect; registered here, it is called so and reads as standard SQL.
"""

from __future__ import annotations

from sqlglot.dialects.dialect import Dialect

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens


class Db2(Dialect):
    """Standard SQL under the name of Db2."""


_REGISTERS = words("DATE TIME TIMESTAMP SCHEMA USER TIMEZONE SQLID SERVER PATH")
_UNITS = words(
    "YEAR YEARS MONTH MONTHS DAY DAYS HOUR HOURS MINUTE MINUTES SECOND SECONDS MICROSECOND "
    "MICROSECONDS"
)
_OPENS_VALUE = words(
    "SELECT DISTINCT ALL BY ON AND OR WHERE WHEN THEN ELSE CASE IN SET VALUES NOT LIKE BETWEEN "
    "HAVING RETURN ESCAPE"
)
_NEEDLESS = tuple(
    tuple(phrase.split())
    for phrase in (
        "FOR FETCH ONLY",
        "FOR READ ONLY",
        "OPTIMIZE FOR # ROWS",
        "OPTIMIZE FOR # ROW",
        "SKIP LOCKED DATA",
        "QUERYNO #",
        "WITH UR",
        "WITH CS",
        "WITH RS",
        "WITH RR",
        "USE AND KEEP SHARE LOCKS",
        "USE AND KEEP UPDATE LOCKS",
        "USE AND KEEP EXCLUSIVE LOCKS",
        "ELSE IGNORE",
        "NOT ATOMIC CONTINUE ON SQLEXCEPTION",
        "WITH CHECK OPTION",
        "WITH LOCAL CHECK OPTION",
        "WITH CASCADED CHECK OPTION",
        "WITH NO ROW MOVEMENT",
        "WITH ROW MOVEMENT",
        "DATA INITIALLY DEFERRED",
        "REFRESH DEFERRED",
        "REFRESH IMMEDIATE",
        "ENABLE QUERY OPTIMIZATION",
        "DISABLE QUERY OPTIMIZATION",
        "MAINTAINED BY SYSTEM",
        "MAINTAINED BY USER",
        "DEFINITION ONLY",
        "NOT LOGGED INITIALLY",
        "NOT LOGGED ON ROLLBACK PRESERVE ROWS",
        "NOT LOGGED ON ROLLBACK DELETE ROWS",
        "NOT LOGGED",
        "ON COMMIT PRESERVE ROWS",
        "ON COMMIT DELETE ROWS",
        "WITH REPLACE",
        "ORGANIZE BY ROW",
        "ORGANIZE BY COLUMN",
    )
)
_OPENING = frozenset(phrase[0] for phrase in _NEEDLESS)
"""``#`` stands for a number."""


def in_standard(sql: str, rules: DialectRules) -> str:
    """The text without what says nothing about lineage, of the same length."""
    characters = list(sql.replace("¬=", "<>"))
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    passing = False
    for at, token in enumerate(found):
        word = token.word
        if word in _OPENING:
            end = _phrase_end(found, at)
            if end:
                _blank(characters, token.start, found[end - 1].end)
        following = found[at + 1] if at + 1 < len(found) else None
        before = found[at - 1] if at else None
        if word == "CURRENT" and following is not None and following.word in _REGISTERS:
            if following.start == token.end + 1:
                characters[token.end] = "_"
        elif word == "CONCAT" and before is not None and _ends_value(before):
            characters[token.start : token.end] = "||".ljust(token.end - token.start)
        elif word in _UNITS and before is not None and before.kind is Kind.NUMBER:
            if following is None or following.text not in ("(", "."):
                _blank(characters, token.start, token.end)
        elif word in ("PASSING", "COLUMNS"):
            passing = word == "PASSING"
        elif passing and word == "AS" and following is not None:
            _blank(characters, token.start, following.end)
    return "".join(characters)


def _phrase_end(found: list[Token], at: int) -> int:
    """The index after the longest needless phrase that begins here, 0 where there is none."""
    ends = [
        at + len(phrase)
        for phrase in _NEEDLESS
        if at + len(phrase) <= len(found)
        and all(
            token.kind is Kind.NUMBER if word == "#" else token.word == word
            for token, word in zip(found[at : at + len(phrase)], phrase, strict=True)
        )
    ]
    return max(ends, default=0)


def _ends_value(token: Token) -> bool:
    if token.kind is Kind.WORD:
        return token.word not in _OPENS_VALUE
    return token.kind in (Kind.QUOTED, Kind.STRING, Kind.NUMBER) or token.text == ")"


def _blank(characters: list[str], start: int, end: int) -> None:
    characters[start:end] = " " * (end - start)

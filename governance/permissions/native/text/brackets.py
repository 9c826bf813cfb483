"""What stands in brackets, and between commas that are in none, as the tokens of a text tell."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_AFTER_VALUES = frozenset(
    "FROM WHERE GROUP HAVING ORDER LIMIT OFFSET WINDOW QUALIFY USING UNION EXCEPT INTERSECT"
    " ON INTO".split()
)
_END = Token(Kind.SIGN, ";", 0, 0)


def said(sql: str, rules: DialectRules) -> list[Token]:
    """The tokens of a statement, without comments and the semicolon that ends it."""
    found = [one for one in tokens(sql, rules) if one.kind is not Kind.COMMENT]
    return found[:-1] if found and found[-1].text == ";" else found


def deeper(one: Token) -> int:
    """By how many brackets what follows a token is deeper than what is before it."""
    return (one.text in _OPENING) - (one.text in _CLOSING)


def closing(found: Sequence[Token], start: int) -> int:
    """Where the bracket closes that opens at `start`; the end of the statement where none does."""
    depth = 0
    for at in range(start, len(found)):
        depth += deeper(found[at])
        if depth == 0:
            return at
    return len(found) - 1


def parts_of(found: Sequence[Token]) -> list[list[Token]]:
    """What stands between commas that are in no brackets."""
    parts: list[list[Token]] = [[]] if found else []
    depth = 0
    for one in found:
        depth += deeper(one)
        if one.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(one)
    return parts


def shown_values(found: Sequence[Token]) -> set[tuple[int, int]]:
    """The first and the last token of each value that a statement, or a part of a set operation in
    no brackets, shows."""
    values: set[tuple[int, int]] = set()
    depth, first, before = 0, -1, ""
    for at, one in enumerate((*found, _END)):
        depth += deeper(one)
        if depth:
            continue
        is_after = (one.word in _AFTER_VALUES and before != "DISTINCT") or one is _END
        if first >= 0 and (one.text == "," or is_after):
            values.add((first, at - 1))
            first = at + 1 if one.text == "," else -1
        if one.word == "SELECT" or (one.word == "DISTINCT" and before == "SELECT"):
            first = at + 1
        before = one.word
    return values

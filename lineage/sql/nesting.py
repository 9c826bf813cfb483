"""Keeps texts from the parser whose shape it cannot digest in bounded time and stack."""

from __future__ import annotations

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

MAXIMUM_DEPTH = 600
"""Open brackets and CASEs. Beyond some thousands the compiled parser can exhaust the C stack,
which no exception handler survives."""
MAXIMUM_BARE_JOINS = 14
"""JOINs in a row without ON or USING: the parser tries every bracketing of them, 2^n."""
MAXIMUM_SUBSCRIPTS = 400
"""Subscripts in a row, ``a[1][1]...``: the parser copies the chain at every step."""
_HARMLESS_DEPTH = 60

_OPENING = frozenset({"(", "[", "{", "CASE"})
_CLOSING = frozenset({")", "]", "}", "END"})
_UNARY = frozenset({"NOT", "-", "~", "+"})


def flattened(sql: str, rules: DialectRules) -> tuple[str, str | None]:
    """The text with needless brackets blanked out, and why it may not be parsed, if so.

    Offsets stay the same. Texts of common shape come back untouched, at the cost of a count.
    """
    upper = sql.upper()
    brackets = sql.count("(") + sql.count("[") + sql.count("{") + upper.count("CASE")
    signs = upper.count("NOT") + sql.count("-") + sql.count("~")
    if (
        brackets <= _HARMLESS_DEPTH
        and upper.count("JOIN") <= MAXIMUM_BARE_JOINS
        and (signs <= MAXIMUM_DEPTH)
    ):
        return sql, None
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    reason = _refused(found)
    if reason is None and _depth(found) <= _HARMLESS_DEPTH:
        return sql, None
    needless = _needless(found)
    if not needless:
        return sql, reason
    characters = list(sql)
    for token in needless:
        characters[token.start] = " "
    gone = {token.start for token in needless}
    return "".join(characters), _refused([t for t in found if t.start not in gone])


def _depth(found: list[Token]) -> int:
    depth = deepest = 0
    for token in found:
        text = token.word or token.text
        if text in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif text in _CLOSING:
            depth = max(0, depth - 1)
    return deepest


def _needless(found: list[Token]) -> list[Token]:
    """Brackets around brackets. Two layers stay, since ``((1, 2))`` differs from ``(1, 2)``."""
    partner: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(found):
        if token.text == "(":
            stack.append(index)
        elif token.text == ")" and stack:
            partner[stack.pop()] = index
    needless: list[Token] = []
    for opening, closing in partner.items():
        if partner.get(opening + 1) == closing - 1 and partner.get(opening + 2) == closing - 2:
            needless += (found[opening + 1], found[closing - 1])
    return needless


def _refused(found: list[Token]) -> str | None:
    depth = bare = unary = subscripts = 0
    previous = ""
    for token in found:
        text = token.word or token.text
        if text in _OPENING:
            subscripts = subscripts + 1 if text == "[" and previous == "]" else 0
            depth += 1
        elif text in _CLOSING:
            depth = max(0, depth - 1)
        elif text == "JOIN":
            bare = 0 if previous in ("CROSS", "NATURAL") else bare + 1
        elif text in ("ON", "USING"):
            bare = 0
        unary = unary + 1 if text in _UNARY else 0
        previous = text
        if depth > MAXIMUM_DEPTH or unary > MAXIMUM_DEPTH:
            return f"The statement is nested more than {MAXIMUM_DEPTH} levels deep."
        if bare > MAXIMUM_BARE_JOINS:
            return f"More than {MAXIMUM_BARE_JOINS} joins in a row have no condition."
        if subscripts > MAXIMUM_SUBSCRIPTS:
            return f"More than {MAXIMUM_SUBSCRIPTS} subscripts follow each other."
    return None

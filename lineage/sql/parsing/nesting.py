"""Keeps texts from the parser whose shape it cannot digest in bounded time and stack."""

from __future__ import annotations

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

MAXIMUM_DEPTH = 600
"""Open brackets, CASEs, types and FROMs. Beyond some thousands the compiled parser can exhaust
the C stack, which no exception handler survives."""
MAXIMUM_BARE_JOINS = 14
"""JOINs in a row without ON or USING: the parser tries every bracketing of them, 2^n."""
MAXIMUM_SUBSCRIPTS = 400
"""Subscripts in a row, ``a[1][1]...``: the parser copies the chain at every step."""
_OPENING = frozenset({"(", "[", "{", "CASE"})
_CLOSING = frozenset({")", "]", "}", "END"})
_TYPES = frozenset({"ARRAY", "LIST", "MAP", "OBJECT", "ROW", "STRUCT", "TABLE", "VECTOR"})
_UNARY = frozenset({"NOT", "-", "~", "+"})


def refusal(sql: str, rules: DialectRules) -> str | None:
    """Why the text may not be parsed, as a sentence. Texts of common size cost only a count."""
    upper = sql.upper()
    brackets = (
        sql.count("<") + sql.count("(") + sql.count("[") + sql.count("{") + upper.count("CASE")
    )
    signs = upper.count("NOT") + sql.count("-") + sql.count("~") + sql.count("+")
    if (
        max(brackets, signs, upper.count("FROM")) <= MAXIMUM_DEPTH
        and upper.count("JOIN") <= MAXIMUM_BARE_JOINS
    ):
        return None
    return _refused(_code(sql, rules))


def flattened(sql: str, rules: DialectRules) -> str:
    """The text with brackets around brackets blanked out, so that offsets stay the same."""
    characters = list(sql)
    for token in _needless(_code(sql, rules)):
        characters[token.start] = " "
    return "".join(characters)


def _code(sql: str, rules: DialectRules) -> list[Token]:
    return [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]


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
    depth = bare = unary = subscripts = open_from = open_types = 0
    previous = ""
    for token in found:
        text = token.word or token.text
        if text in _OPENING:
            subscripts = subscripts + 1 if text == "[" and previous == "]" else 0
            depth += 1
        elif text in _CLOSING:
            depth = max(0, depth - 1)
        elif text == "<" and previous in _TYPES:
            open_types += 1
        elif previous == "FROM" and text in ("FROM", "SELECT"):
            open_from += 1
        elif text.endswith("JOIN"):
            bare = 0 if previous in ("CROSS", "NATURAL") else bare + 1
        elif text in ("ON", "USING"):
            bare = 0
        unary = unary + 1 if text in _UNARY else 0
        previous = text
        if max(depth, unary, open_from, open_types) > MAXIMUM_DEPTH:
            return f"The statement is nested more than {MAXIMUM_DEPTH} levels deep."
        if bare > MAXIMUM_BARE_JOINS:
            return f"More than {MAXIMUM_BARE_JOINS} joins in a row have no condition."
        if subscripts > MAXIMUM_SUBSCRIPTS:
            return f"More than {MAXIMUM_SUBSCRIPTS} subscripts follow each other."
    return None

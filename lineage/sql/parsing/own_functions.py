"""Functions of one's own that are named like a built-in one and take other arguments."""

from __future__ import annotations

from itertools import pairwise

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

MOST_RENAMED = 8
"""How often a statement is tried again, which parses all of it each time."""
SINGLY_RENAMED = 4
"""Calls that are renamed one by one; after them all calls of the name are."""
_REFUSALS = ("Required keyword:", "The number of provided arguments")
_MARK = "\u01c2"
"""A letter that no name is made of alone."""


def renamed(sql: str, error: SqlglotError, rules: DialectRules, tried: int) -> str | None:
    """The text with another name, of the same length, for the function whose arguments the
    grammar refused; None where it refused something else."""
    details = getattr(error, "errors", None)
    if not details or not str(details[0].get("description") or "").startswith(_REFUSALS):
        return None
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    name = _called(sql, details[0], found)
    if name is None or set(name.text) == {_MARK}:
        return None
    calls = [name]
    if tried >= SINGLY_RENAMED:
        calls = [t for t, after in pairwise(found) if t.word == name.word and after.text == "("]
    characters = list(sql)
    for call in calls:
        characters[call.start : call.end] = _MARK * (call.end - call.start)
    return "".join(characters)


def _called(sql: str, detail: dict[str, object], found: list[Token]) -> Token | None:
    """The name of the call that ends where the error stands."""
    line, column = detail.get("line"), detail.get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    end = sum(len(text) + 1 for text in sql.split("\n")[: line - 1]) + column
    at = next((i for i, token in enumerate(found) if token.end == end), -1)
    if at < 0 or found[at].text != ")":
        return None
    depth = 0
    for index in range(at, 0, -1):
        token = found[index]
        depth += (token.text == ")") - (token.text == "(")
        if depth == 0:
            name = found[index - 1]
            return name if name.kind is Kind.WORD else None
    return None


def named_again(trees: list[exp.Expr | None], sql: str) -> None:
    """Gives the functions of a renamed text the names that they have in the text itself."""
    for tree in trees:
        for call in tree.find_all(exp.Anonymous) if tree is not None else ():
            start = call.meta.get("start")
            if set(str(call.this)) == {_MARK} and isinstance(start, int):
                call.set("this", sql[start : start + len(call.this)])

"""Steps of a pipe that are statements: ``FROM t |> INSERT INTO u``, ``|> CREATE TABLE u``, ``|>
EXPORT DATA``, and those that go on in several ways, ``|> FORK (...), (...)`` and ``|> TEE (...)``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lineage.sql.commands.words import Command, Inner
from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing, tokens

_ENDS = words("INSERT CREATE EXPORT FORK TEE")
_MAY_END = re.compile(r"\|>\s*(?:INSERT|CREATE|EXPORT|FORK|TEE)\b", re.IGNORECASE)
_NAMED = re.compile(r"\s*\(")
DEEPEST_WAYS = 2
"""Such steps inside the ways of others that are followed."""
_MOST_WAYS, _MOST_TEXT = 40, 30_000
"""Ways of one step that are followed, and characters of rows that may be read again for them."""


def piped(sql: str, rules: DialectRules) -> Command | None:
    """What a query does with its rows beside showing them; None where it does nothing else."""
    named = _NAMED.match(sql) is not None
    if not named and _MAY_END.search(sql) is None:
        return None
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    if named and _is_named_query(found):
        return Command("SELECT", inner=(Inner(f"FROM {sql}", None),))
    at = _first_end(found)
    if at < 0:
        return None
    rows, step = sql[: found[at - 2].start], found[at].word
    if step in ("FORK", "TEE"):
        return Command(step, inner=tuple(Inner(text, None) for text in _ways(sql, found, at, rows)))
    writes = sql[found[at].start : found[-1].start if found[-1].text == ";" else len(sql)]
    joint = "\n" if step == "INSERT" else "\nAS "
    return Command(step, inner=(Inner(f"{writes}{joint}{rows}", None),))


def _is_named_query(found: Sequence[Token]) -> bool:
    """``(SELECT ...) AS t |> ...``, which the grammar has after FROM alone."""
    after = closing(found, 0) + 1
    after += after < len(found) and found[after].word == "AS"
    return after + 1 < len(found) and found[after].text != "|" and found[after + 1].text == "|"


def _first_end(found: Sequence[Token]) -> int:
    """The index of the word that begins the first of these steps outside brackets, else -1."""
    depth = 0
    for at in range(2, len(found)):
        depth += (found[at - 2].text == "(") - (found[at - 2].text == ")")
        steps = depth == 0 and found[at - 2].text == "|" and found[at - 1].text == ">"
        if steps and found[at].word in _ENDS:
            return at
    return -1


def _ways(sql: str, found: Sequence[Token], at: int, rows: str) -> list[str]:
    """The queries that a step makes of the rows so far; TEE hands these on as well."""
    ways: list[str] = []
    follows = at + 1
    most = min(_MOST_WAYS, _MOST_TEXT // max(len(rows), 1) + 1)
    while follows < len(found) and found[follows].text == "(" and len(ways) < most:
        end = min(closing(found, follows), len(found) - 1)
        ways.append(rows + sql[found[follows].end : found[end].start])
        follows = end + 1
        follows += follows < len(found) and found[follows].text == ","
    if found[at].word == "TEE":
        ways.append(rows + (sql[found[follows].start :] if follows < len(found) else ""))
    return ways

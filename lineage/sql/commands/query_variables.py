"""SingleStore's parameters and variables of type QUERY, which FROM may name like tables."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from lineage.sql.commands.loads import items_of
from lineage.sql.commands.words import Inner, Words
from lineage.sql.dialects import words
from lineage.sql.lexer import Token

_SOURCES = frozenset({"FROM", "JOIN"})
_LONGEST = 400
"""Words of a list of columns."""
_ENDS = words("WHERE GROUP ORDER LIMIT ON SELECT HAVING UNION")


def with_queries(said: Words, inner: tuple[Inner, ...]) -> tuple[Inner, ...]:
    """The statements of a routine; what its parameters and variables of type QUERY hold is found
    in tables of these names, made before the first statement reads them."""
    read = _read_names(said)
    shapes = _shapes(said, read)
    given = tuple(
        Inner(f"CREATE TEMPORARY TABLE {item[0].text} ({_columns(said, item)})", None)
        for item in _parameters(said)
        if len(item) > 3 and item[1].word == "QUERY" and item[0].name.lower() in read
    )
    made = tuple(
        replace(
            entry,
            sql=f"CREATE TEMPORARY TABLE {name}{shapes.get(name, '')} AS {entry.sql}",
            start=None,
            record=(),
        )
        if name in read and entry.sql.lstrip()[:6].upper() == "SELECT"
        else entry
        for entry in inner
        for name in (entry.record[0] if len(entry.record) == 1 else "",)
    )
    return (*given, *made)


def _parameters(said: Words) -> list[list[Token]]:
    at = next((i for i in range(len(said.found)) if said.text(i) == "("), -1)
    return items_of(said, at) if at > 0 else []


def _columns(said: Words, item: list[Token]) -> str:
    """What stands in the brackets of ``name QUERY(a INT, b TEXT)``."""
    return said.sql[item[2].end : item[-1].start]


def _shapes(said: Words, read: set[str]) -> dict[str, str]:
    """The names that ``q QUERY(a INT, b TEXT) = SELECT ...`` gives its columns, as a list."""
    shapes: dict[str, str] = {}
    for index, token in enumerate(said.found):
        if said.word(index + 1) != "QUERY" or said.text(index + 2) != "(":
            continue
        if token.name.lower() not in read:
            continue
        names, depth = [said.text(index + 3)], 1
        for at in range(index + 3, min(index + _LONGEST, len(said.found))):
            text = said.text(at)
            depth += (text == "(") - (text == ")")
            if depth == 0:
                shapes[token.name.lower()] = f" ({', '.join(names)})"
                break
            if depth == 1 and text == ",":
                names.append(said.text(at + 1))
    return shapes


def _read_names(said: Words) -> set[str]:
    """The names that stand where tables do, in lower case."""
    names: set[str] = set()
    lists = False
    for before, token in pairwise(said.found):
        if before.word in _SOURCES or (lists and before.text == ","):
            names.add(token.name.lower())
            lists = True
        elif token.word in _ENDS or token.text in (";", ")"):
            lists = False
    return names

"""Teradata's spellings that the grammar misreads: casts behind a value, NORMALIZE, operators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing, tokens

_TYPE = (
    r"(?:BYTEINT|SMALLINT|BIGINT|INT(?:EGER)?|DEC(?:IMAL)?|NUMERIC|NUMBER|FLOAT|REAL"
    r"|DOUBLE\s+PRECISION|(?:VAR)?CHAR|DATE|TIME(?:STAMP)?|(?:VAR)?BYTE)(?:\s*\([\d,\s]*\))?"
)
_CASE = r"(?:UPPERCASE|(?:NOT\s+)?(?:CASESPECIFIC|CS))"
_VALUE = (
    r"((?:[)'\"]|\b(?!(?:SEL|SELECT|IN|AS|BY|ON|AND|OR|NOT|WHEN|THEN|ELSE|VALUES|WHERE|HAVING|INDEX"
    r"|DISTINCT|TABLE|RETURNS|CASE|LIKE|BETWEEN|ANY|ALL|SOME|EXISTS|SET|INTO|FROM|JOIN)\b)\w+(?=\s))\s*)"
)
_CAST = re.compile(
    rf"{_VALUE}\(\s*({_TYPE})((?:\s+(?:CHARACTER\s+SET\s+\w+|{_CASE}))*"
    r"(?:[\s,]*\b(?:FORMAT|TITLE)\s*'[^']*')*\s*\))",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(rf"{_VALUE}(\(\s*{_CASE}\s*\))", re.IGNORECASE)
_NORMALIZE = re.compile(
    r"\b(SEL(?:ECT)?\s+)(NORMALIZE\b(?:\s+ON\s+(?:MEETS|OVERLAPS)(?:\s+OR\s+(?:MEETS|OVERLAPS))*)?)"
    r"(?=\s+[\w\"*])(?!\s+(?:FROM|AS)\b)",
    re.IGNORECASE,
)

_BOUND = re.compile(r"(?<=[\s,(])[BE](EGIN|ND)(?=\(\s*[\w.]+\s*\))", re.IGNORECASE)
_SHARED = re.compile(r"\b(?:P_INTERSECT|P_NORMALIZE|LDIFF|RDIFF)\b(?!\s*\()", re.IGNORECASE)
"""What two periods make together, which stands between them."""


def standard(sql: str) -> str:
    """The text with ``a (INTEGER)`` as ``a::INTEGER``, what periods are asked for as calls, and
    without ``(NOT CASESPECIFIC)`` and NORMALIZE, which leaves columns what they are."""
    sql = _CAST.sub(_in_standard, sql)
    sql = _ATTRIBUTE.sub(lambda hit: hit.group(1) + " " * len(hit.group(2)), sql)
    sql = _BOUND.sub(lambda hit: f"_{hit.group(1)}", sql)
    sql = _SHARED.sub(lambda hit: "+".ljust(len(hit.group())), sql)
    return _NORMALIZE.sub(lambda hit: hit.group(1) + " " * len(hit.group(2)), sql)


def _in_standard(hit: re.Match[str]) -> str:
    text = f"{hit.group(1)}::{hit.group(2)}"
    return text.ljust(len(hit.group()))


_OPERATOR = re.compile(r"\(\s*ON\b", re.IGNORECASE)
_BEFORE_ITEM = words("FROM JOIN ,")


def operators(sql: str, rules: DialectRules) -> str:
    """``FROM operator (ON (query) USING ...) AS x`` as ``FROM (query) AS x``, with all that goes
    into the operator in the place of what comes out."""
    if rules.name != "teradata" or _OPERATOR.search(sql) is None:
        return sql
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    characters = list(sql)
    at = 1
    while (at := at + 1) < len(found) - 2:
        name = _operator(found, at)
        if name is None:
            continue
        end = closing(found, at)
        start = found[name].start
        characters[start : found[end].end] = " " * (found[end].end - start)
        for number, (first, last) in enumerate(_inputs(found, at, end)):
            characters[first:last] = sql[first:last]
            characters[first - 1] = "," if number else " "
        at = end
    return "".join(characters)


def _operator(found: list[Token], at: int) -> int | None:
    """Where the name of the operator begins whose bracket opens at ``at``."""
    if found[at].text != "(" or found[at + 1].word != "ON":
        return None
    name = at - 1
    while name > 1 and found[name - 1].text == ".":
        name -= 2
    return name if (found[name - 1].word or found[name - 1].text) in _BEFORE_ITEM else None


def _inputs(found: list[Token], at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the tables and queries behind each ON of the operator stand."""
    index = at + 1
    while index < end:
        if found[index].word == "ON":
            last = index + 1
            if found[last].text == "(":
                last = closing(found, last)
            while last + 2 < end and found[last + 1].text == ".":
                last += 2
            yield found[index + 1].start, found[last].end
            index = last
        elif found[index].text == "(":
            index = closing(found, index)
        index += 1

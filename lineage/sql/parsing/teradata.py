"""Teradata's spellings that the grammar misreads: casts behind a value, NORMALIZE."""

from __future__ import annotations

import re

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
    r"\b(SEL(?:ECT)?\s+)(NORMALIZE\b(?:\s+ON\s+(?:(?:MEETS|OVERLAPS)(?:\s+OR\s+)?)+)?)"
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

"""Teradata's casts behind a value, ``amount (DECIMAL(10, 2))``, which others take for calls."""

from __future__ import annotations

import re

_CAST = re.compile(
    r"((?:[)'\"]|\b(?!(?:SEL|SELECT|IN|AS|BY|ON|AND|OR|NOT|WHEN|THEN|ELSE|VALUES|WHERE|HAVING|INDEX"
    r"|DISTINCT|TABLE|RETURNS|CASE|LIKE|BETWEEN|ANY|ALL|SOME|EXISTS|SET|INTO|FROM|JOIN)\b)"
    r"\w+(?=\s))\s*)"
    r"\(\s*((?:BYTEINT|SMALLINT|BIGINT|INT(?:EGER)?|DEC(?:IMAL)?|NUMERIC|NUMBER|FLOAT|REAL"
    r"|DOUBLE\s+PRECISION|(?:VAR)?CHAR|DATE|TIME(?:STAMP)?|(?:VAR)?BYTE)(?:\s*\([\d,\s]*\))?)"
    r"((?:\s+(?:CHARACTER\s+SET\s+\w+|UPPERCASE|(?:NOT\s+)?CASESPECIFIC))*"
    r"(?:\s*,\s*(?:FORMAT|TITLE)\s*'[^']*')*\s*\))",
    re.IGNORECASE,
)
_CASE = re.compile(r"(?<=[\w)'\"])\s*\(\s*(?:NOT\s+)?(?:CASESPECIFIC|CS)\s*\)", re.IGNORECASE)
"""How a value compares."""


def casts(sql: str) -> str:
    """The text with ``a (INTEGER)`` as ``a::INTEGER``, wherever its first value stood."""
    return _CAST.sub(_in_standard, _CASE.sub(lambda hit: " " * len(hit.group()), sql))


def _in_standard(hit: re.Match[str]) -> str:
    text = f"{hit.group(1)}::{hit.group(2)}"
    return text.ljust(len(hit.group()))

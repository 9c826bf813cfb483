"""A statement pasted into the search box, pure: what it reads and writes is what is looked for.

Its words are no question: `NOT` and `OR` of a condition are no signs of the query language, and
what it asks of rows stands in no document.
"""

from __future__ import annotations

import re

_MOST_NAMES = 10
_PART = r"""(?:"[^"]+"|`[^`]+`|\[[^\[\]]+\]|[^\s"'`\[\]().:,;]+)"""
_NAME = re.compile(
    rf"\b(?:from|join|into|update|table|view)\s+(?:if\s+(?:not\s+)?exists\s+|only\s+)?"
    rf"({_PART}(?:\.{_PART})*)",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    r"select\b.*\bfrom\b|insert\s+into\b|delete\s+from\b|merge\s+into\b|update\b.+\bset\b"
    r"|create\s.*\b(?:table|view)\b|with\b.+\bas\s*\(",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"""[*=;,()."`\[]|^SELECT\b""")  # people who ask in words write few of these
_FRAGMENT = re.compile(r"(?:FROM|JOIN)\s")  # in capitals, since `from` is a word
_DEFINED = re.compile(rf"({_PART})\s+as\s*\(\s*(?:select|with)\b", re.IGNORECASE)
_LITERAL = re.compile(r"'[^']*'")
_QUOTES = str.maketrans("", "", '"`[]')


def names_in(text: str) -> tuple[str, ...]:
    """The tables that a statement names, without quotes; nothing where `text` is none."""
    is_statement = _BEGINNING.match(text) and _SIGNS.search(text)
    if not (is_statement or _FRAGMENT.match(text)):
        return ()
    clean = _LITERAL.sub("''", text)
    defined = {name.translate(_QUOTES).lower() for name in _DEFINED.findall(clean)}
    names = (name.translate(_QUOTES) for name in _NAME.findall(clean))
    named = dict.fromkeys(name for name in names if name.lower() not in defined)
    return tuple(named)[:_MOST_NAMES]

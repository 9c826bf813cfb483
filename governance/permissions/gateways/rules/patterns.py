"""Names as regular expressions of Java, which match a whole name and nothing else.

Everything but letters, digits and `_` of ASCII is written as its code point, so that no name can
say anything in the language of expressions, end a quotation or be trimmed by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from string import ascii_letters, digits

_PLAIN = frozenset(f"{ascii_letters}{digits}_")
NOBODY = "(?!)"
"""What no name matches."""


def literal(text: str) -> str:
    """One name."""
    return "".join(one if one in _PLAIN else f"\\x{{{ord(one):x}}}" for one in text)


def one_of(names: Iterable[str]) -> str:
    """Any of some names."""
    found = sorted(map(literal, set(names)))
    if not found:
        return NOBODY
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


def none_of(names: Iterable[str]) -> str:
    """Any name but these."""
    return rf"(?s)(?!{one_of(names)}\z).*"


def people(some: Collection[str], everybody: Collection[str]) -> str:
    """Some of everybody, said by those who are not meant where that is shorter: whoever is not
    among everybody may match, and has to be refused before."""
    if 2 * len(some) <= len(everybody):
        return one_of(some)
    return none_of(set(everybody) - set(some))

"""Types of records that a block declares, and the variables of these types."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, closing, tokens

_RECORD = re.compile(r"\bIS\s+RECORD\s*\(", re.IGNORECASE)


def record_fields_of(text: str, rules: DialectRules) -> dict[str, tuple[str, ...]]:
    """PL/SQL's ``TYPE r IS RECORD (a NUMBER, b DATE); TYPE t IS TABLE OF r; v t``: the fields of
    each variable that holds such records, in order, all in lower case."""
    if rules.name != "oracle" or _RECORD.search(text) is None:
        return {}
    found = [token for token in tokens(text, rules) if token.kind is not Kind.COMMENT]
    types: dict[str, tuple[str, ...]] = {}
    for at in range(len(found) - 4):
        if found[at].word != "TYPE" or found[at + 2].word != "IS":
            continue
        name = found[at + 1].name.lower()
        if found[at + 3].word == "RECORD":
            types[name] = tuple(_fields(found, at + 4))
            continue
        of = next((i for i in range(at + 3, min(at + 9, len(found))) if found[i].word == "OF"), -1)
        held = found[of + 1].name.lower() if 0 < of < len(found) - 1 else ""
        if held in types:
            types[name] = types[held]
    return {
        variable.name.lower(): types[type_.name.lower()]
        for before, variable, type_, after in zip(
            found, found[1:], found[2:], found[3:], strict=False
        )
        if type_.name.lower() in types
        and after.text in (";", ":")
        and before.word not in ("OF", "TYPE")
    }


def _fields(found: list[Token], opening: int) -> Iterator[str]:
    depth = 0
    for at in range(opening, closing(found, opening)):
        text = found[at].text
        depth += (text == "(") - (text == ")")
        if depth == 1 and text in ("(", ","):
            yield found[at + 1].name.lower()

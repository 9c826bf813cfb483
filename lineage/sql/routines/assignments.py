"""Variables that a SET fills, told from settings of the session."""

from __future__ import annotations

from lineage.sql.dialects import words
from lineage.sql.lexer import Kind, Token

_SETTINGS = words(
    "SEARCH_PATH SCHEMA CURRENT_SCHEMA CATALOG PATH SQLID DATASET_ID DATASET_PROJECT_ID ROLE NAMES "
    "TIME_ZONE AUTOCOMMIT NOCOUNT XACT_ABORT"
)
_BEFORE_NAMES = words("VAR VARIABLE")


def assigned(found: list[Token]) -> tuple[tuple[str, ...], int]:
    """The variables that a SET fills, and the index of their value; none where it is a setting."""
    at = 1
    while at < len(found) and found[at].word in _BEFORE_NAMES:
        at += 1
    names: list[str] = []
    if at < len(found) and found[at].text == "(":
        at += 1
        while at < len(found) and found[at].text != ")":
            if found[at].text != ",":
                names.append(found[at].name.lower())
            at += 1
    elif at < len(found) and found[at].kind in (Kind.WORD, Kind.QUOTED):
        if found[at].word in _SETTINGS or found[at].text.startswith("@@"):
            return (), 0
        name = found[at].name.lower()
        if name == "new" and found[at + 1 : at + 2] and found[at + 1].text == ".":
            at += 2  # a column of a trigger's row
            name = f"new.{found[at].name.lower()}" if at < len(found) else name
        names.append(name)
    at += 1
    if names and [token.text for token in found[at : at + 2]] == ["+", "="]:
        return tuple(names), at - 1  # T-SQL's ``SET @a += b``, whose value begins with @a
    if at < len(found) and found[at].text == ":":
        at += 1
    if at + 1 < len(found) and found[at].text == "=" and names:
        return tuple(names), at + 1
    return (), 0

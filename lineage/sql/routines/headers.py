"""What stands around the statements of a routine: its parameters, and where its body is."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing, tokens

_HEADER = 5_000
"""Characters within which the parameters of a routine end."""
_AFTER_EACH_ROW = words("INSERT UPDATE DELETE REPLACE CALL SET SELECT MERGE")
"""What a trigger does that has no block."""
_AFTER_HEADER = words("AS IS BEGIN RETURN RETURNS LANGUAGE ON")
_ROW_NAMES = words("NEW OLD NEW_TABLE OLD_TABLE")
_DIRECTIONS = words("IN OUT INOUT VARIADIC")
_OPENING = ("(", "<")
_CLOSING = (")", ">")


def parameters_of(text: str, rules: DialectRules) -> set[str]:
    """The parameters in a routine's header, in lower case."""
    return {parameter[0].name.lower() for parameter in _parameters(text, rules)}


def table_parameters_of(text: str, rules: DialectRules) -> dict[str, tuple[str, ...] | None]:
    """BigQuery's ``rows TABLE<a STRING, b INT64>`` and ``rows ANY TABLE``: the columns of each
    parameter that is a table, None where any are allowed."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, *type_ in _parameters(text, rules):
        kinds = [token.word or token.text for token in type_[:2]]
        if kinds == ["TABLE", "<"]:
            columns = [column[0] for column in _listed(type_[1:]) if column]
            found[name.name.lower()] = tuple(rules.column(c.name, False) for c in columns)
        elif kinds == ["ANY", "TABLE"]:
            found[name.name.lower()] = None
    return found


def _parameters(text: str, rules: DialectRules) -> list[list[Token]]:
    """Each parameter in a routine's header: its name and what follows it."""
    found = [token for token in tokens(text[:_HEADER], rules) if token.kind is not Kind.COMMENT]
    start = next(
        (i for i, token in enumerate(found) if token.text == "(" or token.word in _AFTER_HEADER),
        len(found),
    )
    parameters: list[list[Token]] = []
    for parameter in _listed(found[start:]):
        directed = 0
        while directed < len(parameter) and parameter[directed].word in _DIRECTIONS:
            directed += 1
        if parameter[directed:]:
            parameters.append(parameter[directed:])
    return parameters


def _listed(found: Sequence[Token]) -> list[list[Token]]:
    """What stands between the commas of the list in brackets that tokens begin with."""
    items: list[list[Token]] = []
    depth = 0
    for token in found:
        opens = token.text in _OPENING
        depth += opens - (token.text in _CLOSING)
        if depth <= 0 or (depth == 1 and token.word in _AFTER_HEADER):
            break
        if depth == 1 and (opens or token.text == ","):
            items.append([])
        elif items:
            items[-1].append(token)
    return items


def row_names_of(text: str, rules: DialectRules) -> tuple[str, ...]:
    """What REFERENCING calls the rows of a trigger, in lower case."""
    found = [token for token in tokens(text[:_HEADER], rules) if token.kind is not Kind.COMMENT]
    at = next((i for i, token in enumerate(found) if token.word == "REFERENCING"), len(found)) + 1
    names: list[str] = []
    while at + 1 < len(found) and found[at].word in _ROW_NAMES:
        at += 1
        while at + 1 < len(found) and found[at].word in ("ROW", "TABLE", "AS"):
            at += 1
        names.append(found[at].name.lower())
        at += 1
    return tuple(names)


def body_of(text: str, rules: DialectRules) -> tuple[str, int, bool] | None:
    """The body of a CREATE PROCEDURE, FUNCTION or TRIGGER, its place, and whether quotes in it
    were undone, so that places inside it are not those of the text.

    None where there is none, or where the routine is written in another language than SQL.
    """
    found = [token for token in tokens(text, rules) if token.kind is not Kind.COMMENT]
    language = ""
    for index, token in enumerate(found[:-1]):
        if token.word == "LANGUAGE":
            named = found[index + 1]
            language = (named.word or named.text.strip("'\"")).upper()
    if language not in ("", "SQL", "PLPGSQL", "PLVSQL", "PLSQL", "PLRUST", "SQLSCRIPT", "NZPLSQL"):
        return None
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth or index < 2:
            continue
        following: Token | None = found[index + 1] if index + 1 < len(found) else None
        if token.word in ("AS", "IS") and following is not None:
            if following.kind is Kind.STRING:
                return _unquoted(following)
            if following.word in ("CALLER", "OWNER", "SELF") or found[index - 1].word == "EXECUTE":
                continue
            if _names_rows(found, index):
                continue
            if following.word in ("TABLE", "REPLACE"):
                query = found[index + 2] if index + 2 < len(found) else following
                if query.word in ("SELECT", "WITH", "FROM"):  # DuckDB's macro
                    return text[query.start :], query.start, False
                continue
            if following.word == "BEGIN_PROC" and index + 2 < len(found):  # Netezza
                following = found[index + 2]
            return text[following.start :], following.start, False
        if token.kind is Kind.STRING and token.text.startswith("$"):
            return _unquoted(token)
        if token.word in ("ROW", "STATEMENT") and found[index - 1].word == "EACH":
            start = _after_each(found, index + 1)
            begins = found[start].word in _AFTER_EACH_ROW if start < len(found) else False
            if begins or (start < len(found) and found[start].text == "("):
                return text[found[start].start :], found[start].start, False
        if token.word == "RETURN" and rules.name == "oracle" and _precedes_body(found, index):
            continue
        if token.word in ("BEGIN", "RETURN") and found[index - 1].word != "AS":
            return text[token.start :], token.start, False
    return None


def _names_rows(found: Sequence[Token], at: int) -> bool:
    """Whether this AS gives a name to the rows of a trigger: ``NEW AS n``, ``NEW ROW AS n``."""
    before = found[at - 1].word
    return before in _ROW_NAMES or (before in ("ROW", "TABLE") and found[at - 2].word in _ROW_NAMES)


def _after_each(found: Sequence[Token], at: int) -> int:
    """The index of what follows FOR EACH ROW, its mode, its order and its condition."""
    while at < len(found) and found[at].word in ("MODE", "FOLLOWS", "PRECEDES", "WHEN"):
        opens = at + 1 < len(found) and found[at + 1].text == "("
        at = closing(found, at + 1) + 1 if opens else at + 2
    return at


def _precedes_body(found: list[Token], at: int) -> bool:
    """Whether PL/SQL's RETURN names the type of what a function gives back."""
    ahead = (t.word or t.text for t in found[at:])
    return next((word for word in ahead if word in ("IS", "AS", "BEGIN", ";")), "") in ("IS", "AS")


def _unquoted(token: Token) -> tuple[str, int, bool]:
    """The text inside a string, with the place where it begins."""
    text = token.text
    if text.startswith("$"):
        width = text.index("$", 1) + 1
        return text[width:-width], token.start + width, False
    opening = text.index("'") + 1 if "'" in text else 1
    body = text[opening:-1]
    quote = text[opening - 1]
    return body.replace(quote * 2, quote), token.start + opening, quote * 2 in body

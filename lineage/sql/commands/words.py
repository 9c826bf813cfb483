"""What a statement that is read by its words does, and how its words are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing
from lineage.sql.session import Session
from lineage.types import TableName


class MoveKind(Enum):
    """What happens to the two tables of a move."""

    RENAME = "rename"
    SWAP = "swap"
    COPY = "copy"
    """Rows of one become rows of the other, which keep their columns."""


@dataclass(frozen=True, slots=True)
class Move:
    """Rows of ``source`` are found under ``target`` afterwards."""

    kind: MoveKind
    source: TableName
    target: TableName


@dataclass(frozen=True, slots=True)
class Inner:
    """A statement inside another. ``start`` is its place in it, None where quotes were undone."""

    sql: str
    start: int | None
    record: tuple[str, ...] = ()
    """The variables that its columns fill, or the loop variable or cursor that its rows fill."""
    branched: bool = False
    """Whether it may add to what the variables hold, instead of replacing it."""
    loops: bool = False
    """Whether what follows is run for every row of it."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a statement that is read by its words does."""

    kind: str
    moves: tuple[Move, ...] = ()
    inner: tuple[Inner, ...] = ()
    target: TableName | None = None
    """What a query inside fills."""
    source: TableName | None = None
    """What fills ``target`` without any query."""
    is_temporary: bool = False
    """Whether tables that moves fill end with the session."""
    calls: tuple[TableName, ...] = ()
    reason: str | None = None
    """Why the statement is understood only in part."""
    procedural: bool = False
    variables: frozenset[str] = frozenset()
    """Names that are variables or parameters in the statements inside."""
    record_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variables of a type whose fields are declared, with these in order."""
    row_sets: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Parameters that are tables, with their columns where these are told."""
    row_of: TableName | None = None
    """The table whose row a trigger has at hand."""
    row_names: tuple[str, ...] = ()
    """What the trigger calls it, beside NEW and OLD."""
    defines: TableName | None = None
    """The function that the one query inside defines."""
    defined_columns: tuple[str, ...] = ()
    """What it calls the columns of that query, where it says so."""
    fetched: tuple[str, tuple[str, ...]] | None = None
    """A cursor and the variables that its next row goes into."""


class Words:
    """A statement as tokens, and names read from them."""

    def __init__(
        self, sql: str, found: Sequence[Token], rules: DialectRules, session: Session
    ) -> None:
        self.sql = sql
        self.found = found
        self.rules = rules
        self.session = session

    def word(self, at: int) -> str:
        """The word at an index, in capitals; empty beyond the end."""
        return self.found[at].word if 0 <= at < len(self.found) else ""

    def text(self, at: int) -> str:
        """The text at an index as written; empty beyond the end."""
        return self.found[at].text if 0 <= at < len(self.found) else ""

    def at(self, *sought: str, start: int = 0) -> int:
        """The index of the first of these words outside brackets, -1 where there is none."""
        depth = 0
        for index in range(start, len(self.found)):
            text = self.found[index].text
            depth += (text == "(") - (text == ")")
            if depth == 0 and self.found[index].word in sought:
                return index
        return -1

    def parts(self, at: int) -> tuple[tuple[str, ...], int]:
        """The parts of the name at an index, folded, and the index after it."""
        parts: list[str] = []
        while at < len(self.found):
            token = self.found[at]
            if token.kind is Kind.STRING:
                inside = token.text.strip("'\"")
                parts += [self.rules.table(p.strip('[]"`'), False) for p in inside.split(".")]
            elif token.kind in (Kind.WORD, Kind.QUOTED):
                parts += self.rules.path(token.name, token.kind is Kind.QUOTED)
            elif token.kind is Kind.NUMBER and _NUMBERED.fullmatch(token.text):
                parts += [self.rules.table(part, False) for part in token.text.split(".")]
            elif token.text == "@" and at + 1 < len(self.found):
                at += 1
                parts.append("@" + self.found[at].name)
            else:
                break
            at += 1
            if self.text(at) != ".":
                break
            at += 1
        return tuple(part for part in parts if part), at

    def table(self, at: int) -> tuple[TableName, int]:
        """The table named at an index, completed from the session, and the index after it."""
        while self.word(at) in ("IF", "EXISTS", "NOT", "ONLY", "TABLE"):
            at += 1
        parts, after = self.parts(at)
        return self.session.complete(parts), after

    def string(self, at: int) -> Inner | None:
        """The text inside the string at an index; pieces joined by || or + are one."""
        if at < len(self.found) and self.word(at) == "N" and at + 1 < len(self.found):
            at += 1
        pieces: list[tuple[str, int | None]] = []
        joins = False
        while at < len(self.found) and self.found[at].kind is Kind.STRING:
            pieces.append(unquoted(self.found[at], self.rules))
            at += 1
            joins = True
            if self.text(at) == "|" and self.text(at + 1) == "|":
                at += 2
            elif self.text(at) == "+":
                at += 1
            else:
                joins = False
                break
        if not pieces or joins:
            return None
        if len(pieces) == 1:
            return Inner(*pieces[0])
        return Inner("".join(text for text, _ in pieces), None)


_NUMBERED = re.compile(r"\d+[^\W\d](?:\w*\.)*\w*")
"""A name that begins with digits."""
_MOST_CALLS = 5
"""Functions around a text beyond which it is not sought."""
_KEEPS_TEXT = words(
    "RTRIM LTRIM TRIM ISNULL COALESCE NVL IFNULL CAST TO_CLOB TO_CHAR QUOTE_IDENT QUOTENAME"
)
UNKNOWN = "__unknown__"
"""What stands in a text for a part of it that only the run knows."""


def joined_text(
    found: Sequence[Token], rules: DialectRules, texts: Mapping[str, str]
) -> str | None:
    """The text that ``+``, ``||`` or CONCAT put together of literals, variables of known text and
    others, in whose places UNKNOWN stands; None where it does not begin with a known one."""
    pieces: list[str] = []
    for part in _joined_parts(found):
        known = _known_part(part, rules, texts)
        if known is None and not pieces:
            return None
        pieces.append(UNKNOWN if known is None else known)
    return "".join(pieces) if pieces else None


def _known_part(part: Sequence[Token], rules: DialectRules, texts: Mapping[str, str]) -> str | None:
    part = _without_calls(part)
    if len(part) == 2 and (part[0].word == "N" or part[0].text in (":", "$")):
        part = part[1:]
    if len(part) != 1:
        return None
    if part[0].kind is Kind.STRING:
        return unquoted(part[0], rules)[0]
    return texts.get(part[0].text.lower())


def _without_calls(part: Sequence[Token]) -> Sequence[Token]:
    """The text inside of functions that leave it what it is, as ``RTRIM(@select)``."""
    for _ in range(_MOST_CALLS):
        calls = len(part) > 3 and part[0].word in _KEEPS_TEXT and part[1].text == "("
        if not calls or closing(part, 1) != len(part) - 1:
            break
        part = part[2:-1]
        depth = 0
        for at, token in enumerate(part):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and (token.text == "," or token.word == "AS"):
                part = part[:at]  # what stands instead of NULL, the type of a CAST
                break
    return part


def _joined_parts(found: Sequence[Token]) -> list[Sequence[Token]]:
    """What stands between the signs that join texts."""
    calls = len(found) > 3 and found[0].word == "CONCAT" and found[1].text == "("
    if calls and found[-1].text == ")":
        found = found[2:-1]
    parts: list[Sequence[Token]] = []
    start = depth = at = 0
    while at < len(found):
        text = found[at].text
        depth += (text == "(") - (text == ")")
        doubled = text == "|" and at + 1 < len(found) and found[at + 1].text == "|"
        if depth == 0 and (text == "," if calls else text == "+" or doubled):
            parts.append(found[start:at])
            at += doubled
            start = at + 1
        at += 1
    return [*parts, found[start:]]


def unquoted(token: Token, rules: DialectRules) -> tuple[str, int | None]:
    """What a literal says, and where that begins; no place where escapes were undone."""
    text, place = token.text, token.start
    if text.startswith("$"):
        width = text.index("$", 1) + 1
        return text[width:-width], place + width
    for mark in ("'''", '"""'):
        if rules.double_quoted_strings and text.startswith(mark) and len(text) >= 6:
            return text[3:-3], place + 3
    quote = text[-1]
    opening = text.index(quote) + 1
    body = text[opening:-1]
    undone = body.replace(quote * 2, quote)
    if rules.backslash_escapes:
        undone = undone.replace("\\" + quote, quote).replace("\\n", "\n")
    return undone, place + opening if undone == body else None

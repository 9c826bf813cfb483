"""Splits a script into statements without parsing it, so that one bad one harms no other."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens
from lineage.sql.splitting.client_lines import client_line, has_client_lines
from lineage.sql.splitting.dumps import plain

_COMMENTS = re.compile(r"(?:\s|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
_ROUTINES = words("PROCEDURE PROC FUNCTION TRIGGER PACKAGE EVENT")
_TRANSACTION_WORDS = words("TRANSACTION TRAN WORK DEFERRED IMMEDIATE EXCLUSIVE ISOLATION READ")
_INNER_ENDS = words("IF LOOP WHILE REPEAT FOR")
_SCRIPTING = words("bigquery snowflake mysql databricks spark singlestore")
"""Where IF and LOOP may stand outside of routines and blocks."""
_CONTROLS = words("IF WHILE LOOP FOR REPEAT")
_LABELLED = words("BEGIN FOR LOOP REPEAT WHILE")
_BEFORE_STATEMENTS = words("THEN ELSE DO LOOP REPEAT BEGIN")
_BLOCK_DECLARES = frozenset({"oracle", "snowflake"})
_ROUTINE_HEADER_WORDS = 12
_GO = re.compile(r"^[ \t]*GO\b", re.IGNORECASE | re.MULTILINE)
_SIGNED = re.compile(r"[@!][ \t\r]{0,200}$", re.MULTILINE)
_BATCHES = frozenset({"tsql", "fabric", "redshift", ""})
"""Whose clients may end a batch with GO."""
_QUERYING = words("WITH INSERT SELECT MERGE UPDATE DELETE")
_DELIMITED = frozenset({"mysql", "singlestore"})
"""Whose clients let a script choose what ends a statement."""
_SIGN = re.compile(r"[ \t]*(\S{1,16})")
"""What it chooses; formatters put the first statement on the same line."""
_MACRO = frozenset({"MACRO"})
_IN_BRACKETS = {"teradata": words("MACRO TRIGGER")}
"""What holds statements in brackets."""
_SLASHED = frozenset({"oracle", "exasol"})
"""Where a slash alone on its line ends what holds semicolons."""


@dataclass(slots=True)
class _Piece:
    """Where a statement is, and what has been seen of it."""

    words: list[Token]
    depth: int = 0
    routine: bool = False
    controls: bool = False
    """Whether it is a branch or a loop, which END IF or END LOOP ends."""
    body_to_come: bool = False
    leads: bool = False
    """Whether it stands in a function before a query, which a semicolon ends (Oracle)."""


def split(text: str, rules: DialectRules) -> list[str]:
    """The statements, trimmed, without their final semicolons and without empty ones.

    Semicolons inside strings, comments, ``$$`` bodies and BEGIN ... END blocks do not split.
    T-SQL's GO lines and MySQL's DELIMITER commands do.
    """
    text = plain(text, rules)
    stripped = text.strip()
    if ";" not in stripped.rstrip("; \t\r\n") and not _has_batches(stripped, rules):
        body = stripped.rstrip("; \t\r\n")
        only_comments = _COMMENTS.match(body)
        assert only_comments is not None, "the pattern matches the empty text"
        return [] if only_comments.end() == len(body) else [body]
    return _statements(text, tokens(text, rules), rules)


def _has_batches(text: str, rules: DialectRules) -> bool:
    if has_client_lines(text, rules.name):
        return True
    if rules.name in _BATCHES:
        return _GO.search(text) is not None
    if rules.name == "db2":
        return _SIGNED.search(text) is not None
    return rules.name in _DELIMITED and "DELIMITER" in text.upper()


def _statements(text: str, found: list[Token], rules: DialectRules) -> list[str]:
    statements: list[str] = []
    piece = _Piece([])
    batches = rules.name in _BATCHES
    delimiter = ";"
    index = 0
    while index < len(found):
        token = found[index]
        if token.kind is Kind.COMMENT:
            index += 1
            continue
        alone = batches and token.word == "GO" and _ends_batch(text, token)
        if alone or _ends_for_client(text, token, rules):
            _close(text, piece, statements)
            piece = _Piece([])
            end = text.find("\n", token.end)
            index = _after(found, index, len(text) if end < 0 else end)
            continue
        line = None if piece.words else client_line(text, token.start, rules.name)
        if line is not None:
            end, statement = line
            statements += [statement] if statement else []
            index = _after(found, index, end)
            continue
        if rules.name in _DELIMITED and token.word == "DELIMITER" and not piece.words:
            sign = _SIGN.match(text, token.end)
            delimiter = sign.group(1) if sign is not None else ";"
            index = _after(found, index, token.end if sign is None else sign.end())
            continue
        if _at_delimiter(text, token, delimiter, piece):
            _close(text, piece, statements)
            piece = _Piece([])
            index = _after(found, index, token.start + len(delimiter))
            continue
        if token.word in _LABELLED and [t.text for t in piece.words[1:]] == [":"]:
            piece = _Piece([])  # the label is no part of the block
        _follow(piece, token, found[index + 1 : index + 2], rules)
        index += 1
    _close(text, piece, statements)
    return statements


def _after(found: list[Token], index: int, end: int) -> int:
    """The index of the first token at or behind ``end``."""
    while index < len(found) and found[index].start < end:
        index += 1
    return index


def _ends_batch(text: str, token: Token) -> bool:
    """``GO`` alone on its line, perhaps with how often the batch is to run."""
    end = text.find("\n", token.end)
    rest = text[token.end : len(text) if end < 0 else end].strip(" \t\r;")
    return text[text.rfind("\n", 0, token.start) + 1 : token.start].strip() == "" and (
        not rest or rest.isdigit()
    )


def _at_delimiter(text: str, token: Token, delimiter: str, piece: _Piece) -> bool:
    if not text.startswith(delimiter, token.start):
        return False
    if delimiter != ";":
        return True
    if piece.leads and piece.depth == 0 and not piece.body_to_come:
        piece.leads = False  # the next function or the query itself follows
        return False
    return piece.depth == 0 and not piece.body_to_come


def _ends_for_client(text: str, token: Token, rules: DialectRules) -> bool:
    """A ``/`` on a line of its own, and the ``@`` or ``!`` that Db2's people end a line with."""
    if rules.name == "db2" and token.text in ("@", "!"):
        return _SIGNED.match(text, token.start) is not None
    return rules.name in _SLASHED and token.text == "/" and _alone_on_line(text, token)


def _alone_on_line(text: str, token: Token) -> bool:
    start = text.rfind("\n", 0, token.start) + 1
    end = text.find("\n", token.end)
    line = text[start : len(text) if end < 0 else end]
    return line.strip(" \t\r;") == token.text


def _follow(piece: _Piece, token: Token, following: list[Token], rules: DialectRules) -> None:
    piece.words.append(token)
    word = token.word
    if not word:
        holds = _IN_BRACKETS.get(rules.name, _MACRO)
        if token.text in ("(", ")") and any(t.word in holds for t in piece.words[1:4]):
            piece.depth += 1 if token.text == "(" else -1
        return
    position = len(piece.words)
    next_word = following[0].word if following else ""
    if rules.name == "oracle" and word in ("FUNCTION", "PROCEDURE") and _leads(piece):
        piece.leads = piece.body_to_come = True
        return
    if position <= _ROUTINE_HEADER_WORDS and word in _ROUTINES:
        piece.routine = piece.words[0].word in ("CREATE", "ALTER", "REPLACE")
        if piece.routine and word == "PACKAGE":
            piece.depth += 1
        return
    if position == 1 and word == "DECLARE" and rules.name in _BLOCK_DECLARES:
        piece.routine = piece.body_to_come = True
    if position <= _ROUTINE_HEADER_WORDS and word == "SCRIPT" and rules.name == "exasol":
        piece.body_to_come = piece.words[0].word == "CREATE"  # a program, up to the slash
        return
    opens = ("AS", "IS", "DECLARE")  # the last one of triggers
    if piece.routine and rules.name == "oracle" and word in opens and piece.depth == 0:
        piece.body_to_come = True
    elif piece.routine and rules.name == "tsql" and word == "AS":
        piece.body_to_come = True  # the body runs to GO, or to the end of the script
    elif piece.routine and word in ("AS", "IS") and piece.depth == 0 and next_word == "DECLARE":
        piece.body_to_come = True
    if word == "CASE" and position == 1 and rules.name in _SCRIPTING:
        piece.controls = True
        piece.depth += 1
        return
    if word in _CONTROLS and _is_control(piece, position, rules):
        piece.controls = True
        piece.depth += 1
    if word == "BEGIN":
        if position == 1 and (next_word in _TRANSACTION_WORDS or _ends(following)):
            return
        piece.depth += 1
        if rules.name != "tsql":
            piece.body_to_come = False
    elif word == "CASE" and piece.depth > 0:
        previous = piece.words[-2].word if position > 1 else ""
        piece.depth += 0 if previous == "END" else 1
    elif word == "END" and piece.depth > 0 and (piece.controls or next_word not in _INNER_ENDS):
        piece.depth -= 1


def _leads(piece: _Piece) -> bool:
    """Whether a function here stands before a query: WITH FUNCTION, or behind another one."""
    before = piece.words[-2] if len(piece.words) > 1 else None
    if before is None or piece.depth or piece.words[0].word not in _QUERYING:
        return False
    return before.word == "WITH" or before.text == ";"


def _is_control(piece: _Piece, position: int, rules: DialectRules) -> bool:
    """Whether such a word begins a branch or a loop here; ``END IF`` and ``IF EXISTS`` do not."""
    if position == 1:
        return rules.name in _SCRIPTING
    before = piece.words[-2]
    return piece.controls and (before.text == ";" or before.word in _BEFORE_STATEMENTS)


def _ends(following: list[Token]) -> bool:
    return not following or following[0].text == ";"


def _close(text: str, piece: _Piece, statements: list[str]) -> None:
    if piece.words:
        statements.append(text[piece.words[0].start : piece.words[-1].end])

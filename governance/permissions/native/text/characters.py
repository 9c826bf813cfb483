"""Text that engines read otherwise than the parser does: hidden spaces, comments, escapes.

What the parser takes for a part of a name or of a comment and an engine does not would be read
unseen. DuckDB takes invisible characters for spaces; MySQL runs some comments; the end of a comment
within a comment and of an escaped name differ; where names are compared by a collation, as SQL
Server does, letters of full width are those of ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from sqlglot import tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from lineage.sql.dialects import MYSQL_FAMILY, DialectRules
from lineage.sql.lexer import Kind
from lineage.sql.lexer import tokens as tokens_of

_NOT_PLAIN = re.compile(r"[^\t\n\r -~]")
_FILLING = frozenset({"hive", "spark", "databricks"})
_COUNTED = frozenset({"duckdb", "postgres"})
_COLLATED = MYSQL_FAMILY | {"tsql", "fabric"}
_BLANK_IN_QUOTES = re.compile(r"[\s]['\"`\]]")
_CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
_GOES_ON = re.compile(r"--[^\r\n]*\\\n")
_ENDS_EARLY = re.compile(r"(?:--|//)[^\r\n]*\r(?!\n)")
_STARTS_NUMBER = re.compile(r"(?<![\w$@.])\d+(?:\.\d*)?e(?![+-]?\d)", re.IGNORECASE)
_RUN_COMMENT = re.compile(r"/\*M?!", re.IGNORECASE)
_NO_COMMENT = re.compile(r"--(?=[^\s-])")
_NESTED = re.compile(r"/\*(?:(?!\*/).)*/\*", re.DOTALL)
_ESCAPED = re.compile(r"\bU&[\"']", re.IGNORECASE)
_NAMES = frozenset({tokens.TokenType.VAR, tokens.TokenType.IDENTIFIER})
_QUOTED = frozenset(
    {
        tokens.TokenType.STRING,
        tokens.TokenType.IDENTIFIER,
        tokens.TokenType.RAW_STRING,
        tokens.TokenType.NATIONAL_STRING,
        tokens.TokenType.HEREDOC_STRING,
        tokens.TokenType.BYTE_STRING,
        tokens.TokenType.UNICODE_STRING,
    }
)


def unread_characters(sql: str, rules: DialectRules) -> list[int]:
    """Where an engine reads no more than spaces and the parser may read something: comments with
    others within them, in engines that count these; invisible characters in DuckDB."""
    return _comments_within(sql, rules) or (
        _odd_characters(sql, rules.name) if rules.name == "duckdb" else []
    )


def _comments_within(sql: str, rules: DialectRules) -> list[int]:
    """DuckDB ends a comment of one line at a carriage return, too."""
    if rules.name not in _COUNTED or not _NESTED.search(sql) or "\r" in sql:
        return []
    return [
        place
        for one in tokens_of(sql, rules)
        if one.kind is Kind.COMMENT and one.text.startswith("/*") and "/*" in one.text[2:]
        for place in range(one.start, one.end)
    ]


def doubtful_text(sql: str, dialect: str) -> str:
    """What of a text an engine may read otherwise, in a sentence; empty where nothing is."""
    if _NESTED.search(sql) and (dialect not in _COUNTED or "\r" in sql):
        return "It has a comment within a comment, which engines end at different places."
    if _ESCAPED.search(sql):
        return 'It writes a name or a text with escapes (U&"..."): write it as it is.'
    if dialect in _FILLING and "${" in sql:
        return "It has a variable (${...}) whose text is filled in when it runs: write it out."
    if dialect in MYSQL_FAMILY and _RUN_COMMENT.search(sql):
        return "It has a comment that MySQL runs (/*! ... */)."
    if dialect in MYSQL_FAMILY and _NO_COMMENT.search(sql):
        return "It has -- without a space after it, which is no comment in MySQL."
    if "{#" in sql and "{#" in _unquoted(sql, dialect):
        return "It has {#, behind which the engine reads and Concord does not."
    if dialect != "duckdb" and _ENDS_EARLY.search(sql):
        return "It has a comment (--) that ends at a lone carriage return, or goes on behind it."
    if dialect in _FILLING and _GOES_ON.search(sql):
        return "It has a comment (--) that a backslash at its end makes go on: end it before."
    if dialect in MYSQL_FAMILY and _STARTS_NUMBER.search(sql):
        named = _STARTS_NUMBER.search(_unquoted(sql, dialect))
        return f"{named[0]} is a number or begins a name: put the name in quotes." if named else ""
    if dialect == "clickhouse" and _CURLY.search(_unquoted(sql, dialect)):
        return "It has curly quotes, which ClickHouse takes for quotes: write plain ones."
    if dialect != "duckdb" and (places := _odd_characters(sql, dialect)):
        return f"It has the invisible character U+{ord(sql[places[0]]):04X}: remove it."
    is_doubtful = not sql.isascii() or _BLANK_IN_QUOTES.search(sql) is not None
    return _taken_for_another(sql, dialect) if is_doubtful and dialect in _COLLATED else ""


def _unquoted(sql: str, dialect: str) -> str:
    """The text with spaces in the place of what is quoted; as it is where it cannot be read."""
    try:
        found = Dialect.get_or_raise(dialect).tokenize(sql)
    except SqlglotError:
        return sql
    text, at = [], 0
    for token in found:
        if token.token_type in _QUOTED:
            text += [sql[at : token.start], " "]
            at = token.end + 1
    return "".join([*text, sql[at:]])


def _taken_for_another(sql: str, dialect: str) -> str:
    """A name that a collation may take for one of ASCII letters; empty where there is none."""
    try:
        tokenized = Dialect.get_or_raise(dialect).tokenize(sql)
    except SqlglotError:
        return ""  # nor can it be read
    for token in tokenized:
        if token.token_type in _NAMES and token.text.rstrip() != token.text:
            return f"The name {token.text!r} may be taken for {token.text.rstrip()}: write it so."
        if token.token_type in _NAMES and not token.text.isascii():
            plain = unicodedata.normalize("NFKC", token.text)
            if plain.isascii():
                return f"The name {token.text} may be taken for {plain}: write it so, or rename it."
    return ""


def _odd_characters(sql: str, dialect: str) -> list[int]:
    """Where invisible characters stand that are no plain spaces, outside of quotes."""
    found = [one.start() for one in _NOT_PLAIN.finditer(sql) if _is_odd(one[0])]
    if not found:
        return []
    try:
        quoted = [
            (token.start, token.end)
            for token in Dialect.get_or_raise(dialect or None).tokenize(sql)
            if token.token_type in _QUOTED
        ]
    except SqlglotError:
        return found
    starts = [start for start, _ in quoted]
    return [
        place
        for place in found
        if not (at := bisect_right(starts, place)) or quoted[at - 1][1] < place
    ]


def _is_odd(one: str) -> bool:
    return unicodedata.category(one) in ("Zs", "Zl", "Zp", "Cf", "Cc", "Co", "Cs")


def with_spaces(sql: str, places: list[int]) -> str:
    """The text with spaces at these places."""
    text = list(sql)
    for place in places:
        text[place] = " "
    return "".join(text)

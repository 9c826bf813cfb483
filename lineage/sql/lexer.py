"""A lexer that cannot fail: it serves where the grammar gives up, and in linear time.

It knows just enough of every dialect to tell words from strings and comments. Splitting, the
token scan, the nesting guard and the fingerprint share it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from lineage.sql.dialects import DialectRules


class Kind(IntEnum):
    """What a token is."""

    WORD = 1
    QUOTED = 2
    """A quoted identifier."""
    STRING = 3
    NUMBER = 4
    COMMENT = 5
    SIGN = 6


class Token(NamedTuple):
    """A piece of the text: ``text[start:end]`` of the source."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """Upper-case text of a word, empty for anything else."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def name(self) -> str:
        """An identifier without its quotes."""
        if self.kind is Kind.QUOTED:
            closing = "]" if self.text[0] == "[" else self.text[0]
            inside = self.text[1:].removesuffix(closing)  # one that never ends has none
            return inside.replace(closing * 2, closing)
        return self.text


_DOLLAR_DIALECTS = frozenset(
    {"", "postgres", "redshift", "snowflake", "duckdb", "materialize", "risingwave", "databricks"}
)
_BRACKET_DIALECTS = frozenset({"tsql", "fabric", "sqlite"})
_KINDS = {
    "word": Kind.WORD,
    "quoted": Kind.QUOTED,
    "string": Kind.STRING,
    "number": Kind.NUMBER,
    "comment": Kind.COMMENT,
    "sign": Kind.SIGN,
}
_ANY_MARK = (r"(?P<mark>[^\s\[({<])", r"(?P=mark)")
_NESTED_EDGE = re.compile(r"/\*|\*/")


def _quoted(mark: str, backslash: bool) -> str:
    """A literal between two marks; one that never ends takes the rest of the text."""
    if backslash:
        return rf"{mark}[^{mark}\\]*(?:(?:\\.|{mark}{mark})[^{mark}\\]*)*(?:{mark}|\\?\Z)"
    return rf"{mark}[^{mark}]*(?:{mark}{mark}[^{mark}]*)*(?:{mark}|\Z)"


@lru_cache(maxsize=64)
def _pattern(rules: DialectRules) -> re.Pattern[str]:
    single = _quoted("'", rules.backslash_escapes)
    double = _quoted('"', rules.backslash_escapes and rules.double_quoted_strings)
    strings = [rf"[eE]{_quoted(chr(39), True)}", single]
    quoted = [_quoted("`", False)]
    comments = [r"--[^\n]*", r"/\*"]
    if rules.name == "oracle":
        closings = ((r"\[", r"\]"), (r"\(", r"\)"), (r"\{", r"\}"), ("<", ">"), _ANY_MARK)
        ways = (rf"{opening}.*?(?:{closing}'|\Z)" for opening, closing in closings)
        strings.insert(0, rf"[nN]?[qQ]'(?:{'|'.join(ways)})")
    if rules.double_quoted_strings:
        strings = [r'"""(?:.*?"""|.*\Z)', r"'''(?:.*?'''|.*\Z)", double, *strings]
    else:
        quoted.append(double)
    if rules.name in _DOLLAR_DIALECTS:
        strings.append(r"\$(?P<tag>[A-Za-z_]\w*|)\$.*?(?:\$(?P=tag)\$|\Z)")
    if rules.name in _BRACKET_DIALECTS:
        quoted.append(r"\[(?:[^\]]|\]\])*(?:\]|\Z)")
    if rules.hash_comments:
        comments.append(r"#[^\n]*")
    if rules.name == "snowflake":
        comments.append(r"(?<![:/])//[^\n]*")
    parts = {
        "comment": "|".join(comments),
        "string": "|".join(strings),
        "quoted": "|".join(quoted),
        "number": r"\d[\w.]*",
        "word": r"[^\W\d][\w$]*(?:#\w*)?|[@#]+\w+",
        "sign": r"\S",
    }
    alternatives = "|".join(f"(?P<{name}>{pattern})" for name, pattern in parts.items())
    return re.compile(rf"\s+|{alternatives}", re.DOTALL)


def tokens(text: str, rules: DialectRules) -> list[Token]:
    """The tokens of any text, comments included, white space left out."""
    match = _pattern(rules).match
    found: list[Token] = []
    position, length = 0, len(text)
    balanced = True
    while position < length:
        hit = match(text, position)
        assert hit is not None, "every character is white space or a sign"
        end = hit.end()
        group = hit.lastgroup
        if group in ("tag", "mark"):
            group = "string"
        if group == "comment" and text.startswith("/*", position):
            closing = _nested_end(text, position) if balanced else -1
            balanced = closing >= 0
            end = closing if balanced else _plain_end(text, position)
        if group is not None:
            found.append(Token(_KINDS[group], text[position:end], position, end))
        position = end
    return found


def _nested_end(text: str, start: int) -> int:
    """Where a comment that may hold others ends; -1 where the marks do not add up."""
    depth = 0
    for edge in _NESTED_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return -1


def _plain_end(text: str, start: int) -> int:
    first = text.find("*/", start + 2)
    return len(text) if first < 0 else first + 2


def without_comments(text: str, rules: DialectRules) -> str:
    """The text with its comments blanked out, so that every offset stays the same."""
    pieces: list[str] = []
    position = 0
    for token in tokens(text, rules):
        if token.kind is Kind.COMMENT:
            pieces += (text[position : token.start], " " * (token.end - token.start))
            position = token.end
    return "".join((*pieces, text[position:]))


def closing(found: Sequence[Token], at: int) -> int:
    """The index of the bracket that closes the one at ``at``."""
    depth = 0
    for index in range(at, len(found)):
        depth += (found[index].text == "(") - (found[index].text == ")")
        if depth == 0:
            return index
    return len(found) - 1

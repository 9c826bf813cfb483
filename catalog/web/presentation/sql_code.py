"""SQL as numbered, lightly colored lines with one span marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

KEYWORD_LIST = """
    all alter and any array as asc begin between by case cast check commit constraint create cross
    current date default delete desc distinct drop else end escape except exists explain false
    fetch filter first following for foreign from full function grant group grouping having if
    ilike in index inner insert intersect interval into is join key last lateral left like limit
    materialized matched merge natural not null nulls offset on only or order outer over partition
    preceding primary qualify range recursive references replace returning revoke right rollback
    row rows select set sets some table tablesample temporary then timestamp to true truncate
    unbounded union unique unnest update using values view when where window with without
"""
KEYWORDS = frozenset(KEYWORD_LIST.split())

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<string>'(?:[^']|'')*(?:'|\Z))
    |(?P<quoted>"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z))
    |(?P<number>\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)
    |(?P<word>[^\W\d]\w*)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
CALL = re.compile(r"\s*\(")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the statement and how it is shown; `kind` is '' for plain text."""

    kind: str
    start: int
    text: str


def _pieces(sql: str) -> Iterator[Piece]:
    for match in TOKEN.finditer(sql):
        kind = str(match.lastgroup)
        if kind == "word":
            if match.group().lower() in KEYWORDS:
                kind = "keyword"
            elif CALL.match(sql, match.end()):
                kind = "function"
            else:
                kind = ""
        elif kind in ("quoted", "other"):
            kind = ""
        yield Piece(kind, match.start(), match.group())


def _html(kind: str, text: str, marked: bool) -> str:
    written = str(escape(text))
    if kind:
        written = f'<span class="sql-{kind}">{written}</span>'
    return f"<mark>{written}</mark>" if marked else written


def _split(piece: Piece, borders: set[int]) -> Iterator[Piece]:
    """A piece cut where a line ends and where the mark starts or ends."""
    start = 0
    for position in range(1, len(piece.text)):
        if piece.start + position in borders or "\n" in piece.text[position - 1 : position + 1]:
            yield Piece(piece.kind, piece.start + start, piece.text[start:position])
            start = position
    yield Piece(piece.kind, piece.start + start, piece.text[start:])


def sql_lines(
    sql: object,
    mark_start: int | None = None,
    mark_end: int | None = None,
    wrong_line: int | None = None,
    anchor: str = "line",
) -> SafeString:
    """The statement as one <span class="code-line"> per line, numbered from 1, each line with the
    id `<anchor>-<number>`. Characters from `mark_start` to before `mark_end` (counted from 0)
    stand in <mark>; `wrong_line` is the line of an error. Everything is escaped."""
    statement = str(sql).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    start = mark_start if mark_start is not None and mark_end is not None else -1
    end = mark_end if mark_end is not None and start >= 0 else -1
    lines: list[list[str]] = [[]]
    for token in _pieces(statement):
        for piece in _split(token, {start, end}):
            if piece.text == "\n":
                lines.append([])
            else:
                lines[-1].append(_html(piece.kind, piece.text, start <= piece.start < end))
    written = "".join(
        f'<span class="code-line{" code-line-wrong" if count == wrong_line else ""}" '
        f'id="{escape(anchor)}-{count}" data-line="{count}">{"".join(line)}</span>'
        for count, line in enumerate(lines, start=1)
    )
    return mark_safe(written)  # noqa: S308  every piece is escaped above

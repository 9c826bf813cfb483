"""Routines in another language than SQL: the statements in the strings of their programs."""

from __future__ import annotations

import re
from itertools import pairwise

from lineage.sql.commands.words import UNKNOWN

_STRING = re.compile(
    r"//[^\n]*|(?<!['\"])#[^\n]*|/\*.*?\*/"
    r"|[rRbBfFuU]{0,2}(?:'''(?P<a>.*?)'''|\"\"\"(?P<b>.*?)\"\"\"|`(?P<c>(?:[^`\\]|\\.)*)`"
    r"|'(?P<d>(?:[^'\\\n]|\\.)*)'|\"(?P<e>(?:[^\"\\\n]|\\.)*)\")|\[\[(?P<f>(?:[^\[\]]|\[(?!\[)|\](?!\]))*)\]\]",
    re.DOTALL,
)
_JOINS = re.compile(r"[\s\\]*\+?[\s\\]*")
_VALUE_BETWEEN = re.compile(r"\s*\+\s*[\w.\[\]()]{1,80}\s*\+\s*")
_PLACE = re.compile(r"\$\{[^{}]*\}|\{[\w.\[\]()]*\}|%s|%\(\w+\)s")
_ESCAPED = re.compile(r"\\(?:\n|(.))", re.DOTALL)
_STATEMENT = re.compile(
    r"\s*(?:INSERT\s+(?:INTO|OVERWRITE)|MERGE\s+INTO|UPDATE\s+[^\s]+(?:\s+\w+)?\s+SET|DELETE\s+FROM"
    r"|CREATE\s+(?:\w+\s+){0,4}(?:TABLE|VIEW)|COPY\s+INTO|ALTER\s+TABLE|TRUNCATE\s+TABLE|DROP\s+TABLE"
    r"|SELECT\s.*\bFROM|WITH\s+\w+(?:\s*\([^()]*\))?\s+AS\s*\()\s",
    re.IGNORECASE | re.DOTALL,
)
_WHITE = {"n": "\n", "t": " ", "r": " "}


def statements_in(program: str) -> list[str]:
    """The texts in a program that are statements, UNKNOWN where it puts in a value of its own."""
    hits = [hit for hit in _STRING.finditer(program) if hit.lastgroup is not None]
    texts: list[str] = []
    for before, hit in pairwise([None, *hits]):
        assert hit is not None
        text = _PLACE.sub(UNKNOWN, _ESCAPED.sub(_unescaped, hit.group(hit.lastgroup or 0)))
        between = program[before.end() : hit.start()] if before is not None else None
        if between is not None and _JOINS.fullmatch(between):
            texts[-1] += text
        elif between is not None and _VALUE_BETWEEN.fullmatch(between):
            texts[-1] += UNKNOWN + text
        else:
            texts.append(text)
    return [text for text in texts if _STATEMENT.match(f"{text} ")]


def _unescaped(hit: re.Match[str]) -> str:
    letter = hit.group(1)
    return _WHITE.get(letter, letter) if letter else ""

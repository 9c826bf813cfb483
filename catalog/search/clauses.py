"""The text of a query cut into clauses, pure: words, quotes, fields, brackets, AND and OR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from catalog.errors import InvalidInput
from catalog.search.answers import Notice
from catalog.search.fields import FIELDS, field_named

_FIELD = re.compile(r"([A-Za-z]{2,20}):(?!//)")
_SHOWN = 30  # characters of the text in a sentence about it
MAX_DEPTH = 10  # each is two clauses inside each other, of which a cluster bears thirty


class Sign(StrEnum):
    """What joins clauses; in capitals, since `and` and `or` are words."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class Clause:
    """One piece of the text: a run of plain characters, the contents of quotes, or a sign."""

    value: str
    start: int
    field: str = ""
    is_quoted: bool = False
    is_negated: bool = False
    sign: Sign | None = None


def clauses(text: str, notices: list[Notice]) -> Iterator[Clause]:
    """The clauses of `text` in order; raises InvalidInput (field `q`) with how to mend it."""
    position = depth = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        if text[position] == ")" and depth:
            depth -= 1
            yield Clause(")", position, sign=Sign.CLOSE)
            position += 1
            continue
        following = text[position + 1 : position + 2]
        is_negated = text[position] == "-" and following not in ("", " ", "-")
        start = position + is_negated
        if text[start] == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidInput(
                    f"Brackets may stand {MAX_DEPTH} deep, not deeper: take some away.", field="q"
                )
            yield Clause("(", start, is_negated=is_negated, sign=Sign.OPEN)
            position = start + 1
            continue
        clause, position = _clause(text, start, is_negated, depth, notices)
        if clause is not None:
            yield clause


def shown(text: str, start: int) -> str:
    """The text from there on as a sentence quotes it."""
    return repr(text[start : start + _SHOWN])


def _clause(
    text: str, start: int, is_negated: bool, depth: int, notices: list[Notice]
) -> tuple[Clause | None, int]:
    """The clause that begins there, None where nothing is in it, and where the next one begins."""
    field_name, value_start = _field_at(text, start, notices)
    if text[value_start : value_start + 1] == '"':
        end = text.find('"', value_start + 1)
        if end < 0:
            raise InvalidInput(
                f"The quote before {shown(text, value_start + 1)} is never closed:"
                " add a closing quote or remove it.",
                field="q",
            )
        value, following, is_quoted = text[value_start + 1 : end], end + 1, True
        value_start += 1
    else:
        end = text.find(" ", value_start)
        end = len(text) if end < 0 else end
        end = _before_bracket(text, value_start, end, depth)
        value, following, is_quoted = text[value_start:end], end, False
    if field_name and not value.strip():
        raise InvalidInput(
            f"{field_name}: needs a value right after the colon,"
            f' such as {field_name}:orders or {field_name}:"two words".',
            field="q",
        )
    if not is_quoted and not field_name and not is_negated and value in ("AND", "OR", "NOT"):
        return Clause(value, value_start, sign=Sign(value)), following
    if not value.strip():
        return None, following
    value_start += len(value) - len(value.lstrip())
    return Clause(value.strip(), value_start, field_name, is_quoted, is_negated), following


def _before_bracket(text: str, start: int, end: int, depth: int) -> int:
    """Where a run ends that closes groups: `sum(amount)` keeps its own bracket."""
    while depth and end > start and text[end - 1] == ")":
        run = text[start:end]
        if run.count("(") >= run.count(")"):
            break
        end -= 1
        depth -= 1
    return end


def _field_at(text: str, start: int, notices: list[Notice]) -> tuple[str, int]:
    found = _FIELD.match(text, start)
    if found is None:
        return "", start
    known = field_named(found[1])
    if known is not None:
        return known.name, found.end()
    notices.append(
        Notice(
            "unknown_field",
            f"There is no field “{found[1]}”, so this was read as words."
            f" Fields are {', '.join(known.name for known in FIELDS)}.",
        )
    )
    return "", start

"""Values as sources write them, made fit to be stored: texts, moments, names and paths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from catalog.moments import storable
from catalog.names import NameRefused, check_part, join_parts, qualified_name
from catalog.types import ProblemRecord, Severity

MAX_TEXT = 100_000
_MAX_NESTING = 10


def text_of(value: object) -> str | None:
    """A stripped text without NUL and lone surrogates, or None when there is nothing to say."""
    whole = statement_of(value)
    return whole[:MAX_TEXT] if whole is not None else None


def statement_of(value: object) -> str | None:
    """The same for SQL, which is never cut: what is left of a statement is another one."""
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if "\0" in stripped:
        stripped = stripped.replace("\0", "")
    if not stripped.isascii():
        stripped = stripped.encode("utf-8", "ignore").decode()
    return stripped or None


def moment_of(value: object) -> dt.datetime | None:
    """An ISO 8601 moment; without a time zone it is read as UTC, unreadable is None, and
    so is what lies beyond the calendar."""
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return storable(moment)


def texts_of(value: object) -> tuple[str, ...]:
    """A text or a list of texts as a tuple, without repetition and without what is no text."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(text for text in map(text_of, items) if text))


def plain_value(value: object, depth: int = 0) -> Any:
    """A JSON value with stored texts; what is nested too deeply becomes its place holder."""
    if depth > _MAX_NESTING:
        return "(nested too deeply)"
    if isinstance(value, str):
        return text_of(value) or ""
    if isinstance(value, dict):
        return {text_of(str(k)) or "": plain_value(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return text_of(str(value)) or ""


def name_of(platform: str, instance: str, parts: Iterable[str | None]) -> str:
    """The text of a qualified name of the parts that are there; raises NameRefused."""
    present = tuple(part for part in parts if part)
    if not present:
        raise NameRefused("A dataset without a name was left out.")
    return str(qualified_name(platform, instance, present))


def column_path(*parts: str) -> tuple[str, ...]:
    """A checked column path; raises NameRefused."""
    return tuple(check_part(part, "column name") for part in parts)


def column_text(name: str) -> str:
    """A column's name as relations, tests and profiles refer to it: the text of its path."""
    return join_parts((name,))


def left_out(location: str, error: NameRefused) -> ProblemRecord:
    """The problem that a refused name is; ERROR, for a part of the source stays unread."""
    return ProblemRecord(text_of(location) or "", str(error), Severity.ERROR)

"""The page of requirements lists each once, in a state that exists, and names what exists."""

import re

from django.conf import settings
from django.urls import resolve

PAGE = settings.BASE_DIR / "docs" / "requirements.md"
STATES = {"works", "partly", "not yet"}
RANGES = ((1, 19), (20, 28), (30, 37), (40, 47), (50, 72), (80, 87), (90, 98), (100, 115))
NUMBERS = [f"R-{number:03}" for first, last in RANGES for number in range(first, last + 1)]


def listed() -> list[tuple[str, str, str, str]]:
    """(number, words, state, where) of every row, from top to bottom."""
    rows = re.findall(r"^\|(.+)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [tuple(cell.strip() for cell in row.split("|")) for row in rows]
    return [row for row in cells if row[0].startswith("R-")]


def named() -> list[tuple[str, str]]:
    """(number, what stands in code quotes) of every row."""
    return [(row[0], name) for row in listed() for name in re.findall(r"`([^`]+)`", row[3])]


def test_every_requirement_is_listed_exactly_once_in_order() -> None:
    assert [row[0] for row in listed()] == sorted(NUMBERS, key=lambda name: int(name[2:]))


def test_every_row_says_what_and_how_far() -> None:
    for number, words, state, where in listed():
        assert words, number
        assert state in STATES, number
        if state != "not yet":
            assert "`" in where, f"{number} names neither a test nor a page."


def test_what_is_named_exists() -> None:
    names = named()
    assert len(names) > 40
    for number, name in names:
        if name.startswith("/"):
            assert resolve(name).func, number
            continue
        path, _, function = name.partition("::")
        file = settings.BASE_DIR / path
        assert file.exists(), f"{number} names {path}, which is not there."
        if function:
            assert f"def {function}(" in file.read_text(encoding="utf-8"), f"{number}: {function}"

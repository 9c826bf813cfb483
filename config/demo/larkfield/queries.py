"""The SQL of Larkfield: the models that build its warehouse, and its dashboards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from config.demo.larkfield.text import FOLDER

DASHBOARDS = "dashboard"


@dataclass(frozen=True, slots=True)
class QueryText:
    """One query: the dataset or dashboard it makes, its title, what it says of itself, its text."""

    name: str
    title: str
    about: str
    sql: str


@cache
def models() -> tuple[QueryText, ...]:
    """The warehouse's models, by name; the first line of each says what it makes."""
    found = []
    for path in sorted((FOLDER / "queries" / "models").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        (about,) = _comments(sql, 1)
        found.append(QueryText(path.stem, path.stem, about, sql))
    return tuple(found)


@cache
def dashboards() -> tuple[QueryText, ...]:
    """The dashboards, by name; their first two lines are a title and a sentence."""
    found = []
    for path in sorted((FOLDER / "queries" / "dashboards").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        title, about = _comments(sql, 2)
        found.append(QueryText(f"{DASHBOARDS}.{path.stem}", title, about, sql))
    return tuple(found)


def _comments(sql: str, count: int) -> list[str]:
    lines = sql.splitlines()[:count]
    if not all(line.startswith("-- ") for line in lines):
        raise ValueError(f"It does not begin with {count} lines of comment: {sql[:60]!r}")
    return [line.removeprefix("-- ") for line in lines]

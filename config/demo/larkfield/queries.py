"""The SQL of Larkfield: 150 queries, with who wrote each, what it is for and how it is run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from config.demo.larkfield.text import FOLDER, read_text

DASHBOARDS = "dashboard"


class Group(StrEnum):
    """What a query is there for; the name of its folder."""

    MODELS = "models"
    DASHBOARDS = "dashboards"
    AD_HOC = "ad_hoc"
    COMPETING_METRICS = "competing_metrics"
    MACHINE_LEARNING = "machine_learning"
    ACTIONS = "actions"
    DATA_QUALITY = "data_quality"
    PATHOLOGICAL = "pathological"


@dataclass(frozen=True, slots=True)
class QueryText:
    """One query: the dataset or dashboard it makes, its title, what it says of itself, its text."""

    name: str
    title: str
    about: str
    sql: str


@dataclass(frozen=True, slots=True)
class Query:
    """One of the 150: its text, its author (an account's name), and a year of its runs."""

    id: str
    group: Group
    text: QueryText
    author: str
    team: str
    type: str
    dialect: str
    is_executable: bool
    runs: int
    mean_milliseconds: int
    rows: int
    last_run: dt.date
    findings: tuple[str, ...]

    @property
    def file(self) -> str:
        """The name of its file, without folder and ending."""
        return self.text.name.removeprefix(f"{self.group}.").removeprefix(f"{DASHBOARDS}.")


@cache
def queries() -> tuple[Query, ...]:
    """All of them, by id."""
    return tuple(_query(entry) for entry in read_text("queries.yaml"))


@cache
def models() -> tuple[QueryText, ...]:
    """The warehouse's models, by name; the first line of each says what it makes."""
    return _texts(Group.MODELS)


@cache
def dashboards() -> tuple[QueryText, ...]:
    """The dashboards, by name; their first two lines are a title and a sentence."""
    return _texts(Group.DASHBOARDS)


def _texts(group: Group) -> tuple[QueryText, ...]:
    files = sorted((FOLDER / "queries" / group).glob("*.sql"))
    return tuple(_text(group, path.stem) for path in files)


def _text(group: Group, file: str) -> QueryText:
    sql = (FOLDER / "queries" / group / f"{file}.sql").read_text(encoding="utf-8")
    if group is Group.MODELS:
        (about,) = _comments(sql, 1)
        return QueryText(file, file, about, sql)
    title, about = _comments(sql, 2)
    folder = DASHBOARDS if group is Group.DASHBOARDS else group
    return QueryText(f"{folder}.{file}", title, about, sql)


def _query(entry: Mapping[str, Any]) -> Query:
    folder, _, file = entry["query"].partition("/")
    group = Group(folder)
    return Query(
        id=entry["id"],
        group=group,
        text=_text(group, file),
        author=entry["author"],
        team=entry["team"],
        type=entry["type"],
        dialect=entry.get("dialect", "duckdb"),
        is_executable=entry.get("executable", True),
        runs=entry["runs"],
        mean_milliseconds=entry["mean_ms"],
        rows=entry["rows"],
        last_run=entry["last_run"],
        findings=tuple(entry.get("findings", ())),
    )


def _comments(sql: str, count: int) -> list[str]:
    lines = sql.splitlines()[:count]
    if not all(line.startswith("-- ") for line in lines):
        raise ValueError(f"It does not begin with {count} lines of comment: {sql[:60]!r}")
    return [line.removeprefix("-- ") for line in lines]

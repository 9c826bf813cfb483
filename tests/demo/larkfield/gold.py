"""The lineage of Larkfield's queries as it was stated by hand, read from its own short form.

`demo/larkfield/README.md` explains the form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from config.demo.larkfield.queries import Group
from config.demo.larkfield.text import FOLDER
from lineage.types import EdgeSubtype

Edge: TypeAlias = tuple[str, str, str, EdgeSubtype, bool]
"""Column (`(rows)` for all rows), dataset and column it depends on, how, whether masked."""

ROWS = "(rows)"
KINDS = {
    "ID": EdgeSubtype.IDENTITY,
    "TR": EdgeSubtype.TRANSFORMATION,
    "AGG": EdgeSubtype.AGGREGATION,
    "JOIN": EdgeSubtype.JOIN,
    "GROUP": EdgeSubtype.GROUP_BY,
    "FILTER": EdgeSubtype.FILTER,
    "SORT": EdgeSubtype.SORT,
    "WINDOW": EdgeSubtype.WINDOW,
    "COND": EdgeSubtype.CONDITIONAL,
}
DIRECT = frozenset({EdgeSubtype.IDENTITY, EdgeSubtype.TRANSFORMATION, EdgeSubtype.AGGREGATION})
_HEADER = re.compile(r"(?P<file>\S+)(?: -> (?P<target>\S+))? \| (?P<names>.+)")
_RANGE = re.compile(r"(?P<stem>\w+)_(?P<first>\d+)\.\.(?P<last>\d+)")
_SOURCE = re.compile(r"(?P<name>\w+)\.(?:\((?P<several>[^)]+)\)|(?P<one>\w+))")


@dataclass(slots=True)
class Gold:
    """What one query reads, as stated; `target` is empty for a query that only shows."""

    target: str
    datasets: frozenset[str]
    edges: set[Edge] = field(default_factory=set)
    guessed: frozenset[str] = frozenset()
    unresolved: tuple[str, ...] = ()
    status: str = "PARSED"
    sources: frozenset[str] | None = None

    def labels_shown(self, labels: dict[tuple[str, str], str]) -> set[str]:
        """The classes whose values a reader of the result can see."""
        shown = {EdgeSubtype.IDENTITY, EdgeSubtype.TRANSFORMATION}
        return {
            labels[dataset, column]
            for name, dataset, column, how, masked in self.edges
            if name != ROWS and how in shown and not masked and (dataset, column) in labels
        }

    def labels_sorted_by(self, labels: dict[tuple[str, str], str]) -> set[str]:
        """The classes that the order of the rows gives away."""
        return {
            labels[dataset, column]
            for name, dataset, column, how, _ in self.edges
            if name == ROWS and how is EdgeSubtype.SORT and (dataset, column) in labels
        }


@cache
def gold(group: Group) -> dict[str, Gold]:
    """What is stated of the queries of a group, by the name of their file."""
    text = (FOLDER / "expected" / "lineage" / f"{group}.txt").read_text(encoding="utf-8")
    return dict(_stated(block) for block in re.split(r"^== ", text, flags=re.MULTILINE)[1:])


def _stated(block: str) -> tuple[str, Gold]:
    header, *lines = block.strip().splitlines()
    matched = _HEADER.fullmatch(header)
    if matched is None:
        raise ValueError(f"Not the head of a query: {header!r}")
    names: dict[str, str] = {}
    for entry in matched["names"].split(", "):
        short, dataset = entry.split(" ")
        names[short] = dataset
    stated = Gold(matched["target"] or "", frozenset(names.values()))
    for line in lines:
        _read(line, names, stated)
    return matched["file"], stated


def _read(line: str, names: dict[str, str], stated: Gold) -> None:
    if line.startswith("= "):
        short, columns = line.removeprefix("= ").split(": ")
        for column in columns.split():
            stated.edges.add((column, names[short], column, EdgeSubtype.IDENTITY, False))
    elif " <- " in line:
        columns, _, sources = line.partition(" <- ")
        for group in sources.split(", "):
            listed, _, how = group.rpartition(" ")
            for dataset, source in _sources(listed, names):
                for column in _spread(columns):
                    kind = KINDS[how.removesuffix("~")]
                    stated.edges.add((column, dataset, source, kind, how.endswith("~")))
    else:
        fact, _, values = line.partition(": ")
        if fact == "guessed":
            stated.guessed = frozenset(values.split())
        elif fact == "unresolved":
            stated.unresolved = tuple(values.split())
        elif fact == "status":
            stated.status = values
        elif fact == "sources":
            stated.sources = frozenset(values.split())
        else:
            raise ValueError(f"Not a statement of lineage: {line!r}")


def _sources(text: str, names: dict[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for matched in _SOURCE.finditer(text):
        columns = matched["several"] or matched["one"]
        found.extend((names[matched["name"]], column) for column in columns.split())
    if _SOURCE.sub("", text).strip():
        raise ValueError(f"Not columns of datasets: {text!r}")
    return found


def _spread(columns: str) -> list[str]:
    """`seats_000..119` stands for a hundred and twenty columns."""
    found: list[str] = []
    for column in columns.split():
        matched = _RANGE.fullmatch(column)
        if matched is None:
            found.append(column)
            continue
        width = len(matched["first"])
        numbers = range(int(matched["first"]), int(matched["last"]) + 1)
        found.extend(f"{matched['stem']}_{number:0{width}}" for number in numbers)
    return found

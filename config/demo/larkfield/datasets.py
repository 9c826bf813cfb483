"""The grammar of `datasets.txt`: one dataset a line, with columns, keys, classes and references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from config.demo.larkfield.text import FOLDER

TYPES = {
    "i": "bigint",
    "s": "varchar",
    "d": "date",
    "t": "timestamp",
    "n": "decimal(18,2)",
    "f": "double",
    "b": "boolean",
    "j": "json",
}
KINDS = frozenset({"tx", "ev", "stream", "media", "dbt", "ml"})

_LINE = re.compile(r"(?P<name>\w+\.\w+)\[(?P<system>\w+);(?P<domain>\w+);(?P<kind>\w+)\] (.+)")
_COLUMN = re.compile(
    r"(?P<name>\w+):(?P<type>[isdtnfbj])(?P<marks>[?!]*)"
    r"(@(?P<label>\w+(\.\w+)*))?(>(?P<target>\w+\.\w+))?"
)


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column; `key_position` counts from 1, `target` is the dataset that it refers to."""

    name: str
    type: str
    nullable: bool
    key_position: int | None = None
    label: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class DatasetText:
    """One dataset with its columns in order."""

    name: str
    system: str
    domain: str
    kind: str
    columns: tuple[ColumnText, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of its key."""
        return tuple(column.name for column in self.columns if column.key_position)


@cache
def datasets() -> tuple[DatasetText, ...]:
    """The datasets in the order of the file."""
    return parse((FOLDER / "datasets.txt").read_text(encoding="utf-8").splitlines())


def parse(lines: Iterable[str]) -> tuple[DatasetText, ...]:
    """Read the grammar; raises ValueError naming the line or column that does not fit."""
    found: dict[str, DatasetText] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        matched = _LINE.fullmatch(line.strip())
        if matched is None or matched["kind"] not in KINDS:
            raise ValueError(f"Not a dataset: {line[:80]!r}")
        if matched["name"] in found:
            raise ValueError(f"{matched['name']} stands there twice.")
        columns = _columns(matched["name"], matched[5].split())
        found[matched["name"]] = DatasetText(
            matched["name"], matched["system"], matched["domain"], matched["kind"], columns
        )
    _check_targets(found)
    return tuple(found.values())


def _columns(dataset: str, texts: Iterable[str]) -> tuple[ColumnText, ...]:
    columns: list[ColumnText] = []
    keys = 0
    for text in texts:
        matched = _COLUMN.fullmatch(text)
        if matched is None or any(matched["name"] == column.name for column in columns):
            raise ValueError(f"Not a column of {dataset}: {text!r}")
        is_key = "!" in matched["marks"]
        keys += is_key
        columns.append(
            ColumnText(
                name=matched["name"],
                type=TYPES[matched["type"]],
                nullable="?" in matched["marks"],
                key_position=keys if is_key else None,
                label=matched["label"] or "",
                target=matched["target"] or "",
            )
        )
    return tuple(columns)


def _check_targets(found: dict[str, DatasetText]) -> None:
    """A reference leads to a dataset that is there and has a key."""
    for dataset in found.values():
        for column in dataset.columns:
            if column.target and not (column.target in found and found[column.target].key):
                raise ValueError(f"{dataset.name}.{column.name} refers to nothing with a key.")

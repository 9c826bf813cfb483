"""What differs between two states of a dataset: pure, for dry runs, events and history pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_TEXT = 2000  # characters of one value kept in a stored diff

Fields = dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class ColumnsDiff:
    """Columns by their path: what came, went, came back, and which fields of others changed."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, Fields] = field(default_factory=dict)
    disappeared: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.disappeared or self.returned)


@dataclass(slots=True)
class DatasetDiff:
    """One dataset's difference; `change` is created, changed or disappeared.

    `fields` maps a field to (before, after); of a created dataset before is always None.
    """

    name: str
    change: str
    fields: Fields = field(default_factory=dict)
    columns: ColumnsDiff = field(default_factory=ColumnsDiff)

    def __bool__(self) -> bool:
        return self.change != "changed" or bool(self.fields) or bool(self.columns)

    def document(self) -> dict[str, Any]:
        """The JSON form, with long texts cut to `MAX_TEXT` characters."""
        return {
            "name": self.name,
            "change": self.change,
            "fields": _pairs(self.fields),
            "columns": {
                "added": self.columns.added,
                "changed": {path: _pairs(f) for path, f in self.columns.changed.items()},
                "disappeared": self.columns.disappeared,
                "returned": self.columns.returned,
            },
        }


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Fields:
    """The fields of `after` whose value differs from `before`, as (before, after)."""
    return {
        name: (before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    }


def changed_members(before: set[Any], after: set[Any]) -> tuple[set[Any], set[Any]]:
    """(came, went) between two sets."""
    return after - before, before - after


def _pairs(fields: Fields) -> dict[str, list[Any]]:
    return {name: [_plain(before), _plain(after)] for name, (before, after) in fields.items()}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in _ordered(value)]
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]} …"


def _ordered(values: Any) -> Iterator[Any]:
    return iter(sorted(values, key=str) if isinstance(values, set | frozenset) else values)

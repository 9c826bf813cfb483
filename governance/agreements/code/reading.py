"""YAML as data and nothing more: bounded, without anchors, tags, doubled keys or surprises.

Scalars mean what JSON takes them for: null, true, false, numbers; everything else is text, a date
or a word such as `yes` among them. Every value knows its line, so that whatever is wrong later is
said with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MOST_CHARACTERS = 1_000_000
MOST_DEPTH = 30
MOST_NODES = 50_000

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})", re.ASCII)
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?", re.ASCII)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class YamlRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A text that is not read; `line` is where, counted from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says, and the line of each value by its dotted path."""

    value: Any
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int:
        """The line of a value, or of what holds it where it is not there."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Read:
    """The one document of a text; raises YamlRefused with the line."""
    if len(text) > MOST_CHARACTERS:
        raise YamlRefused(f"The file is longer than {MOST_CHARACTERS:,} characters.", 1)
    reader = _Reader(text)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "it is no YAML").rstrip(".")
        raise YamlRefused(f"It cannot be read: {problem}.", mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise YamlRefused(f"It cannot be read: {str(error).splitlines()[0]}.", 1) from None


class _Reader:
    """Builds values from the parser's events; its depth is counted, never the interpreter's."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._nodes = 0
        self._lines: dict[str, int] = {}

    def document(self) -> Read:
        next(self._events)  # the stream begins
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            raise YamlRefused("The file is empty.", 1)
        value = self._value(next(self._events), "", 0)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise YamlRefused("A file holds one document; split it.", _line(after))
        return Read(value, self._lines)

    def _value(self, event: yaml.Event, path: str, depth: int) -> Any:
        self._admit(event, depth)
        self._lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth)
        raise YamlRefused("Here stands nothing that has a value.", _line(event))

    def _admit(self, event: yaml.Event, depth: int) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise YamlRefused(f"The file holds more than {MOST_NODES:,} values.", _line(event))
        if depth > MOST_DEPTH:
            raise YamlRefused(f"It is nested deeper than {MOST_DEPTH} levels.", _line(event))
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlRefused("Anchors and aliases are not read; write it out.", _line(event))
        tag = getattr(event, "tag", None)
        if tag:
            raise YamlRefused(f"The tag {tag} is not read; leave it out.", _line(event))

    def _sequence(self, path: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, _join(path, str(len(found))), depth + 1))
        return found

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._admit(event, depth + 1)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlRefused("A key is one word.", _line(event))
            key = event.value
            if key in found:
                raise YamlRefused(f"The key {key!r} stands here twice.", _line(event))
            place = _join(path, key)
            self._lines[place] = _line(event)
            found[key] = self._value(next(self._events), place, depth + 1)
        return found


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style is not None:  # quoted, or a block: always text
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise YamlRefused(f"The number {text[:40]} is too large.", _line(event))
        return number
    return text

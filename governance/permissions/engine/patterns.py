"""Names with `*`: a pattern covers a name, or its end after a dot or a slash.

`product.*` covers `postgres://warehouse/larkfield.product.tenant`. Names and patterns are in lower
case. A hundred thousand names are searched as some texts: the longest fixed part of the pattern is
looked for, and only the names that hold it are compared.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pyroaring import BitMap

from catalog.names import NameRefused, split_parts
from governance.permissions.engine.pacing import breathing, in_steps

_ON_A_SHEET = 100
"""Names of one text, which is made and searched without a pause."""


@lru_cache(maxsize=4096)
def whole_name(pattern: str) -> re.Pattern[str]:
    """The pattern for names of datasets."""
    return re.compile(rf"(?:^|.*[/.]){_glob(pattern)}", re.DOTALL)


@lru_cache(maxsize=4096)
def whole_column(pattern: str) -> re.Pattern[str]:
    """The pattern for paths of columns, which are compared from their beginning."""
    return re.compile(_glob(pattern), re.DOTALL)


def names_match(patterns: Sequence[str], name: str) -> bool:
    """Whether one of the patterns covers the name of a dataset."""
    return any(whole_name(pattern).fullmatch(name) for pattern in patterns)


def columns_match(patterns: Sequence[str], path: str) -> bool:
    """Whether one of the patterns covers the path of a column, written with the quotes that a name
    of several words has in a path or without them."""
    if any(whole_column(pattern).fullmatch(path) for pattern in patterns):
        return True
    if '"' not in path:
        return False
    bare = _unquoted(path)
    return any(whole_column(pattern).fullmatch(bare) for pattern in patterns)


class Names:
    """Names by id, to be searched by patterns."""

    __slots__ = ("_sheets",)

    def __init__(self, named: Iterable[tuple[int, str]]) -> None:
        self._sheets = [_Sheet(some) for some in in_steps(named, _ON_A_SHEET)]

    def matching(self, pattern: str) -> BitMap:
        """The ids of all names that the pattern covers."""
        expression, fixed = whole_name(pattern), max(pattern.split("*"), key=len)
        found = BitMap()
        for sheet in breathing(self._sheets, 1):
            found.update(sheet.matching(expression, fixed))
        return found


class _Sheet:
    """Some names as one text."""

    __slots__ = ("_ids", "_starts", "_text")

    def __init__(self, named: Iterable[tuple[int, str]]) -> None:
        self._ids: list[int] = []
        self._starts: list[int] = []
        position = 0
        parts = []
        for number, name in named:
            self._ids.append(number)
            self._starts.append(position)
            parts.append(name)
            position += len(name) + 1
        self._text = "\x00".join(parts) + "\x00"

    def matching(self, expression: re.Pattern[str], fixed: str) -> list[int]:
        """The ids of names that an expression matches; all of those hold `fixed`."""
        return [
            self._ids[place]
            for place in self._candidates(fixed)
            if expression.fullmatch(self._name(place))
        ]

    def _candidates(self, fixed: str) -> Iterator[int]:
        if not fixed:
            yield from range(len(self._ids))
            return
        text, starts = self._text, self._starts
        found = text.find(fixed)
        while found >= 0:
            place = bisect_right(starts, found) - 1
            yield place
            found = text.find(fixed, text.index("\x00", found))

    def _name(self, place: int) -> str:
        start = self._starts[place]
        return self._text[start : self._text.index("\x00", start)]


def _unquoted(path: str) -> str:
    try:
        return ".".join(split_parts(path))
    except NameRefused:
        return path


def _glob(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in pattern.split("*"))

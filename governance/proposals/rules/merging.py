"""Three documents become one, where both sides changed different fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ABSENT = object()


class Clash(ValueError):  # noqa: N818 - reads as what it is
    """Both sides changed the same place, to different values."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def merged(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str = ""
) -> dict[str, Any]:
    """What both sides made of `base`, field by field; lists are taken whole.

    Raises Clash with the dotted path of the first field that both changed differently.
    """
    result: dict[str, Any] = {}
    for name in dict.fromkeys([*ours, *theirs]):
        place = f"{path}.{name}" if path else name
        was, mine, other = (side.get(name, _ABSENT) for side in (base, ours, theirs))
        value = _choose(was, mine, other, place)
        if value is not _ABSENT:
            result[name] = value
    return result


def _choose(was: Any, mine: Any, other: Any, place: str) -> Any:
    if mine == other or other == was:
        return mine
    if mine == was:
        return other
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        return merged(was if isinstance(was, Mapping) else {}, mine, other, place)
    raise Clash(place)

"""Where a thing stands, read from its qualified name."""

from __future__ import annotations

from functools import lru_cache

from catalog.names import NameRefused, parse_name


def place_of(qualified_name: str) -> tuple[str, ...]:
    """What contains the thing named, outermost first."""
    if '"' not in qualified_name:
        # Many stand in one place, whose name is read once.
        head, _, name = qualified_name.rpartition(".")
        if name and "/" in head.partition("://")[2]:
            return _parts_of(head)
    return _parts_of(qualified_name)[:-1]


@lru_cache(maxsize=10_000)
def _parts_of(qualified_name: str) -> tuple[str, ...]:
    try:
        name = parse_name(qualified_name)
    except NameRefused:
        return ()
    return (name.instance, *name.parts)

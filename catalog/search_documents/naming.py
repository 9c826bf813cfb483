"""Where a thing stands, read from its qualified name."""

from __future__ import annotations

from catalog.names import NameRefused, parse_name


def place_of(qualified_name: str) -> tuple[str, ...]:
    """What contains the thing named, outermost first."""
    try:
        name = parse_name(qualified_name)
    except NameRefused:
        return ()
    return (name.instance, *name.parts[:-1]) if name.parts else ()

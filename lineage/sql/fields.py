"""The fields inside a column, from the text of its type."""

from __future__ import annotations

import re

_STRUCTS = frozenset({"STRUCT", "ROW", "TUPLE", "NESTED", "RECORD", "OBJECT"})
_PIECE = re.compile(r"""[A-Za-z_][\w$]*|`[^`]*`|"[^"]*"|[<>(),:\[\]]|\S""")
_OPENING, _CLOSING = frozenset("<(["), frozenset(">)]")
_LONGEST = 20_000
"""Characters of a type beyond which nobody will ask for a field."""


def fields_in(declared: str, path: tuple[str, ...] = ()) -> list[str] | None:
    """The names of a struct type's fields, or of those of the field at ``path`` inside it.

    Knows ``STRUCT<a INT64>``, ``struct<a:int>``, ``ROW(a integer)``, ``Tuple(a String)`` and
    arrays of them. None where the type has no named fields.
    """
    if len(declared) > _LONGEST:
        return None
    entries = _entries(_PIECE.findall(declared))
    for name in path:
        inside = next((rest for field, rest in entries or () if field.lower() == name), None)
        entries = _entries(inside) if inside is not None else None
    return [field for field, _ in entries] if entries else None


def _entries(pieces: list[str]) -> list[tuple[str, list[str]]] | None:
    """The fields of the first struct in a type, each with the pieces of its own type."""
    start = next(
        (
            index + 2
            for index, piece in enumerate(pieces[:-1])
            if piece.upper() in _STRUCTS and pieces[index + 1] in ("<", "(")
        ),
        0,
    )
    if not start:
        return None
    found: list[tuple[str, list[str]]] = []
    depth = 0
    current: list[str] = []
    for piece in pieces[start:]:
        if depth == 0 and (piece == "," or piece in _CLOSING):
            if len(current) > 1:
                found.append((current[0].strip('`"'), current[1:]))
            current = []
            if piece != ",":
                break
            continue
        depth += (piece in _OPENING) - (piece in _CLOSING)
        current.append(piece)
    return found or None

"""Whether a text is a type of a platform, and whether two texts are the same type."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lineage.sql import dialect_of


class UnknownTypeError(ValueError):
    """The text is no type that the platform's dialect knows."""


def same_type(first: str, second: str, platform: str) -> bool:
    """Whether two types of a platform are one; raises UnknownTypeError when the second is none.

    The first comes from a source and may be a type that the grammar does not know: then the texts
    are compared.
    """
    wanted = _type(second, platform)
    try:
        return _type(first, platform) == wanted
    except UnknownTypeError:
        return first.strip().casefold() == second.strip().casefold()


def _type(text: str, platform: str) -> exp.DataType:
    try:
        found = exp.DataType.build(text, dialect=dialect_of(platform))
    except (SqlglotError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UnknownTypeError(text) from error
    if found.this in (exp.DataType.Type.USERDEFINED, exp.DataType.Type.UNKNOWN):
        raise UnknownTypeError(text)
    return found

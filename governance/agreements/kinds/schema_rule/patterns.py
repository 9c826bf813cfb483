"""Patterns that people write: regular expressions in linear time, and names with `*`.

The expressions run in the engine that pydantic carries, which has no look-around and no
back-references and therefore never takes longer than the text is long.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", re.ASCII)


class Matcher:
    """A regular expression; raises ValueError with a sentence when it is none."""

    def __init__(self, pattern: str) -> None:
        try:
            self._validator = SchemaValidator(core_schema.str_schema(pattern=pattern))
        except SchemaError:
            raise ValueError(
                "Write a regular expression such as _id$, without look-around and references."
            ) from None

    def finds(self, text: str) -> bool:
        """Whether the expression matches anywhere in the text."""
        return self._validator.isinstance_python(text)


@lru_cache(maxsize=128)
def matcher(pattern: str) -> Matcher:
    """The expression, made once."""
    return Matcher(pattern)


def checked_pattern(value: str) -> str:
    """The same text; raises ValueError when it is no regular expression."""
    matcher(value)
    return value


def checked_duration(value: str) -> str:
    """The same text; raises ValueError when it is no ISO 8601 duration."""
    if not DURATION.fullmatch(value):
        raise ValueError("Write a duration such as P90D (ninety days) or P7Y (seven years).")
    return value


def glob_expression(glob: str) -> str:
    """`*` stands for any characters, everything else for itself; for PostgreSQL's `~`."""
    return ".*".join(re.escape(part) for part in glob.lower().split("*"))

"""Reading the arguments of GraphQL fields."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from catalog.errors import InvalidInput

MOST = 2**63 - 1

EnumT = TypeVar("EnumT", bound=StrEnum)


def number(text: str, field: str) -> int:
    """An id from its text; raises InvalidInput."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > MOST:
        raise InvalidInput(f"{field} is a number.", field=field)
    return int(text)


def member(enum: type[EnumT], value: str, field: str) -> EnumT:
    """The member with this value; raises InvalidInput that lists what there is."""
    try:
        return enum(value)
    except ValueError:
        known = ", ".join(known.value for known in enum)
        raise InvalidInput(f"{value!r} is none of {known}.", field=field) from None

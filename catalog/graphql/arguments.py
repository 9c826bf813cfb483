"""Reading the arguments of GraphQL fields."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from catalog.errors import InvalidInput
from catalog.whole_numbers import number_of as number

__all__ = ["member", "number"]

EnumT = TypeVar("EnumT", bound=StrEnum)


def member(enum: type[EnumT], value: str, field: str) -> EnumT:
    """The member with this value; raises InvalidInput that lists what there is."""
    try:
        return enum(value)
    except ValueError:
        known = ", ".join(known.value for known in enum)
        raise InvalidInput(f"{value!r} is none of {known}.", field=field) from None

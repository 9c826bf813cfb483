"""Whole numbers that somebody wrote: in an address, a form, a body or a question."""

from __future__ import annotations

from catalog.errors import InvalidInput

LARGEST = 2**63 - 1
"""No row has a larger key, and no column holds a larger number."""
_MOST_DIGITS = len(str(LARGEST))


def is_whole(text: str) -> bool:
    """Whether it is digits and nothing else, of any length; `²` and `٣` are none."""
    return text.isascii() and text.isdigit()


def whole(text: str) -> int | None:
    """The number that a text is; None for one that is none, or none that could be stored."""
    if not is_whole(text) or len(text.lstrip("0")) > _MOST_DIGITS:
        return None  # Python itself reads no more than 4,300 digits
    number = int(text[-_MOST_DIGITS:])
    return number if number <= LARGEST else None


def number_of(text: str, field: str) -> int:
    """The number that a text is. Raises InvalidInput naming the field."""
    number = whole(text)
    if number is not None:
        return number
    if is_whole(text):
        raise InvalidInput(f"{field} is too large: the largest number is {LARGEST}.", field=field)
    raise InvalidInput(f"{field} is a number.", field=field)

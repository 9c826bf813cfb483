"""The ground every picture stands on: escaping, rounding, cutting text to a width."""

from html import escape
from typing import Self


class Svg(str):
    """Markup whose variable parts were all escaped when drawn: templates show it as it is."""

    __slots__ = ()

    def __html__(self) -> Self:
        return self


def text(value: object) -> str:
    """A value made safe for element content and for attributes. Control characters, which XML
    forbids, become the replacement mark."""
    cleaned = "".join(
        letter if letter >= " " or letter in "\t\n" else "\ufffd" for letter in str(value)
    )
    return escape(cleaned, quote=True)


def number(value: float) -> str:
    """A coordinate with at most one decimal, written the same on every machine."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.1f}"


def cut(value: str, width: float, letter_width: float) -> str:
    """The text shortened in its middle to fit `width`, in the unit of `letter_width`.
    The end of an identifier tells it apart as often as its start, so both stay."""
    room = max(3, int(width / letter_width))
    if len(value) <= room:
        return value
    head = (room - 1 + 1) // 2
    tail = room - 1 - head
    return f"{value[:head]}…{value[len(value) - tail :]}"

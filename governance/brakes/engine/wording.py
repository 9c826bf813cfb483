"""Sizes as people read them."""

from __future__ import annotations

_UNITS = ((10**15, "PB"), (10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def size(count: int) -> str:
    """Bytes in the largest unit that they fill: 2,400,000,000,000 is 2.4 TB."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} B"


def rows(count: int) -> str:
    """Rows with their noun."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def days(count: int) -> str:
    """Days with their noun."""
    return f"{count:,} day{'' if count == 1 else 's'}"


def short(name: str) -> str:
    """A qualified name without its system: `kafka://pulse/events.ping` is events.ping."""
    return name.rpartition("/")[2] or name

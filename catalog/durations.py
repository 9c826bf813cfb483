"""Spans of time as ISO 8601 writes them (PT15M, P3D): told from other text, compared, in words."""

from __future__ import annotations

import re

_DURATION = re.compile(
    r"P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?",
    re.ASCII,
)
# A year and a month differ in length; for telling which span is longer the mean is enough.
_SECONDS = (31_557_600, 2_629_800, 604_800, 86_400, 3_600, 60, 1)
# As others write them, with fractions and a sign.
_WRITTEN = re.compile(
    r"(?P<sign>-?)P(?:(?P<year>\d+(?:\.\d+)?)Y)?(?:(?P<month>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<week>\d+(?:\.\d+)?)W)?(?:(?P<day>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hour>\d+(?:\.\d+)?)H)?(?:(?P<minute>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<second>\d+(?:\.\d+)?)S)?)?"
)
_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
MOST = 40  # characters that a duration may have


def is_duration(text: str) -> bool:
    """Whether `text` is an ISO 8601 duration in whole numbers."""
    return len(text) <= MOST and _DURATION.fullmatch(text) is not None


def seconds_of(text: str) -> int:
    """About how long a duration is, in seconds; 0 for what is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return 0
    return sum(int(n or 0) * each for n, each in zip(found.groups(), _SECONDS, strict=True))


def duration_of(seconds: int) -> str:
    """A number of seconds as a duration in days, hours, minutes and seconds."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if n)
    text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
    return f"P{text or 'T0S'}"


def in_words(text: str) -> str:
    """A duration in words ('P1DT2H' -> '1 day and 2 hours'); text that is none, unchanged."""
    written = text.strip()
    match = _WRITTEN.fullmatch(written)
    if match is None:
        return written
    amounts = [(unit, match[unit]) for unit in _UNITS if match[unit] is not None]
    if not amounts:
        return written
    parts = [counted(amount, unit) for unit, amount in amounts if float(amount)]
    words = listed(parts) or counted("0", amounts[-1][0])
    return f"minus {words}" if match["sign"] and parts else words


def counted(amount: str, unit: str) -> str:
    """'1 day', '2 days'."""
    return f"{amount} {unit}" if amount == "1" else f"{amount} {unit}s"


def listed(parts: list[str]) -> str:
    """'1 day, 2 hours and 3 minutes'."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"

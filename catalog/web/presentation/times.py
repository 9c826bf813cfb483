"""Moments and spans of time in words, the exact value always kept beside them."""

import re
from datetime import UTC, date, datetime, timedelta

STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "second"),
    (timedelta(hours=1), timedelta(minutes=1), "minute"),
    (timedelta(days=1), timedelta(hours=1), "hour"),
    (timedelta(days=14), timedelta(days=1), "day"),
    (timedelta(days=60), timedelta(days=7), "week"),
)
MONTH = timedelta(days=30.44)
YEAR = timedelta(days=365.25)

ISO_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<year>\d+(?:\.\d+)?)Y)?(?:(?P<month>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<week>\d+(?:\.\d+)?)W)?(?:(?P<day>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hour>\d+(?:\.\d+)?)H)?(?:(?P<minute>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<second>\d+(?:\.\d+)?)S)?)?"
)
DURATION_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")


def _counted(amount: str, unit: str) -> str:
    return f"{amount} {unit}" if amount == "1" else f"{amount} {unit}s"


def _listed(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _span(span: timedelta) -> str:
    for limit, unit_span, unit in STEPS:
        if span < limit:
            return _counted(str(span // unit_span), unit)
    if span < YEAR:
        return _counted(str(max(2, round(span / MONTH))), "month")
    return _counted(str(int(span / YEAR)), "year")


def relative_time(moment: datetime, now: datetime) -> str:
    """'5 minutes ago', 'in 3 weeks', 'just now'. Both moments must know their time zone."""
    span = moment - now
    if abs(span) < timedelta(seconds=10):
        return "just now"
    return f"in {_span(span)}" if span > timedelta(0) else f"{_span(-span)} ago"


def relative_day(day: date, today: date) -> str:
    """'today', 'yesterday', 'in 3 days': days have no hours."""
    days = (day - today).days
    if days in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[days + 1]
    span = timedelta(days=abs(days))
    return f"in {_span(span)}" if days > 0 else f"{_span(span)} ago"


def exact_day(day: date) -> str:
    """'4 May 2026'"""
    return f"{day.day} {day:%B} {day.year}"


def exact_time(moment: datetime) -> str:
    """'4 May 2026, 17:40 UTC', in the moment's own zone."""
    zone = "UTC" if moment.tzinfo is UTC else moment.tzname() or ""
    return f"{exact_day(moment)}, {moment:%H:%M} {zone}".rstrip()


def duration_in_words(value: object) -> str:
    """An ISO 8601 duration ('P1DT2H' -> '1 day and 2 hours') or a timedelta in words.
    Text that is no duration is returned unchanged."""
    if isinstance(value, timedelta):
        return _timedelta_in_words(value)
    written = str(value).strip()
    match = ISO_DURATION.fullmatch(written)
    if match is None:
        return written
    amounts = [(unit, match[unit]) for unit in DURATION_UNITS if match[unit] is not None]
    if not amounts:
        return written
    parts = [_counted(amount, unit) for unit, amount in amounts if float(amount)]
    words = _listed(parts) or _counted("0", amounts[-1][0])
    return f"minus {words}" if match["sign"] and parts else words


def _timedelta_in_words(span: timedelta) -> str:
    if span < timedelta(0):
        return f"minus {_timedelta_in_words(-span)}"
    if timedelta(0) < span < timedelta(seconds=1):
        return _counted(str(max(1, span // timedelta(milliseconds=1))), "millisecond")
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    amounts = ((span.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    parts = [_counted(str(amount), unit) for amount, unit in amounts if amount]
    return _listed(parts[:2]) or "0 seconds"

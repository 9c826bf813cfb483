"""Moments and spans of time in words, the exact value always kept beside them."""

from datetime import date, datetime, timedelta

from catalog.durations import counted, in_words, listed

STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "second"),
    (timedelta(hours=1), timedelta(minutes=1), "minute"),
    (timedelta(days=1), timedelta(hours=1), "hour"),
    (timedelta(days=14), timedelta(days=1), "day"),
    (timedelta(days=60), timedelta(days=7), "week"),
)
MONTH = timedelta(days=30.44)
YEAR = timedelta(days=365.25)


def _span(span: timedelta) -> str:
    for limit, unit_span, unit in STEPS:
        if span < limit:
            return counted(str(span // unit_span), unit)
    if span < YEAR:
        return counted(str(max(2, round(span / MONTH))), "month")
    return counted(str(int(span / YEAR)), "year")


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


def duration_in_words(value: object) -> str:
    """An ISO 8601 duration ('P1DT2H' -> '1 day and 2 hours') or a timedelta in words.
    Text that is no duration is returned unchanged."""
    if isinstance(value, timedelta):
        return _timedelta_in_words(value)
    return in_words(str(value))


def _timedelta_in_words(span: timedelta) -> str:
    if span < timedelta(0):
        return f"minus {_timedelta_in_words(-span)}"
    if timedelta(0) < span < timedelta(seconds=1):
        return counted(str(max(1, span // timedelta(milliseconds=1))), "millisecond")
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    amounts = ((span.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    parts = [counted(str(amount), unit) for amount, unit in amounts if amount]
    return listed(parts[:2]) or "0 seconds"

"""Days and times of day as people read them, in one form wherever Concord writes one."""

from __future__ import annotations

from datetime import UTC, date, datetime


def exact_day(day: date) -> str:
    """'4 May 2026'"""
    return f"{day.day} {day:%B} {day.year}"


def exact_time(moment: datetime) -> str:
    """'4 May 2026, 17:40 UTC', in the moment's own zone."""
    zone = "UTC" if moment.tzinfo is UTC else moment.tzname() or ""
    return f"{exact_day(moment)}, {moment:%H:%M} {zone}".rstrip()

"""Months of UTC, by which the log is parted and grows old; a month is the number yyyymm."""

from __future__ import annotations

import datetime as dt
import time
from functools import lru_cache


def month_of(at: int) -> int:
    """The month of an instant in microseconds since 1970."""
    return _month(at // 86_400_000_000)


@lru_cache(maxsize=64)
def bounds(month: int) -> tuple[dt.datetime, dt.datetime]:
    """When a month begins and when the next one does."""
    year, number = divmod(month, 100)
    ends = dt.datetime(year + number // 12, number % 12 + 1, 1, tzinfo=dt.UTC)
    return dt.datetime(year, number, 1, tzinfo=dt.UTC), ends


@lru_cache(maxsize=64)
def _month(days: int) -> int:
    day = time.gmtime(days * 86_400)
    return day.tm_year * 100 + day.tm_mon

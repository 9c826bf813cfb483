"""When the council meets, from the charter's cadence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import islice
from zoneinfo import ZoneInfo

# Weeks are counted from a Monday, so that "every two weeks" means the same weeks for everybody.
_FIRST_MONDAY = dt.date(2024, 1, 1)
_MOST_WEEKS = 520


def meeting_times(
    after: dt.datetime,
    *,
    weekday: int,
    time: dt.time,
    time_zone: str,
    every_weeks: int = 1,
    holidays: Collection[dt.date] = (),
    count: int = 1,
) -> list[dt.datetime]:
    """The next `count` meetings that begin later than `after`, in UTC.

    `weekday` counts from Monday 0; `time` is the time on the clock in `time_zone`, also across
    daylight saving. A meeting that would fall on a holiday is left out.
    """
    days = _days(after.astimezone(ZoneInfo(time_zone)).date(), weekday, every_weeks)
    times = (
        dt.datetime.combine(day, time, ZoneInfo(time_zone)).astimezone(dt.UTC)
        for day in days
        if day not in holidays
    )
    return list(islice((at for at in times if at > after), count))


def _days(start: dt.date, weekday: int, every_weeks: int) -> Iterator[dt.date]:
    monday = start - dt.timedelta(days=start.weekday())
    for week in range(_MOST_WEEKS):
        current = monday + dt.timedelta(weeks=week)
        if (current - _FIRST_MONDAY).days // 7 % every_weeks == 0:
            yield current + dt.timedelta(days=weekday)

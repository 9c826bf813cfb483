"""Business time: working hours and days in the charter's time zone, past weekends and holidays.

Pure and safe across changes of daylight saving: hours are elapsed time inside the working hours,
days keep the time on the clock. Instants go in with any time zone and come out in UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# A calendar whose next working day is further away than this has none.
FURTHEST_DAYS = 400


class NoWorkingTimeError(ValueError):
    """The calendar has no working day within reach."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When people work: weekdays (Monday is 0), from when until when, and days off."""

    time_zone: str
    weekdays: frozenset[int]
    opens: dt.time
    closes: dt.time
    holidays: frozenset[dt.date] = frozenset()

    def is_working_day(self, day: dt.date) -> bool:
        """Whether people work on that day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def is_working(self, instant: dt.datetime) -> bool:
        """Whether the instant lies inside working hours, both ends included."""
        day = instant.astimezone(ZoneInfo(self.time_zone)).date()
        return self.is_working_day(day) and self._opening(day) <= instant <= self._closing(day)

    def next_working(self, instant: dt.datetime) -> dt.datetime:
        """The instant itself inside working hours, else the next opening.

        Raises NoWorkingTimeError when there is none within 400 days.
        """
        if self.is_working(instant):
            return instant.astimezone(dt.UTC)
        return next(opening for opening, _ in self._periods(instant))

    def add_hours(self, instant: dt.datetime, hours: float) -> dt.datetime:
        """When that many working hours have passed; a start outside them waits for the opening.

        Hours that end with a working day end at its closing, not at the next opening.
        """
        if hours < 0:
            raise ValueError("Business time is counted forward.")
        left = dt.timedelta(hours=hours)
        start = self.next_working(instant)
        if not left:
            return start
        for opening, closing in self._periods(start):
            at = max(opening, start)
            if left <= closing - at:
                return at + left
            left -= closing - at
        raise NoWorkingTimeError("The calendar has no working day.")

    def add_days(self, instant: dt.datetime, days: int) -> dt.datetime:
        """The same time on the clock that many working days later; a start outside working hours
        waits for the opening first."""
        if days < 0:
            raise ValueError("Business time is counted forward.")
        start = self.next_working(instant)
        if not days:
            return start
        local = start.astimezone(ZoneInfo(self.time_zone))
        day, idle = local.date(), 0
        while days:
            day += dt.timedelta(days=1)
            idle += 1
            if self.is_working_day(day):
                days, idle = days - 1, 0
            elif idle > FURTHEST_DAYS:
                raise NoWorkingTimeError("The calendar has no working day.")
        return self._at(day, local.time())

    def hours_between(self, start: dt.datetime, end: dt.datetime) -> float:
        """How many working hours lie between two instants; 0 when the end is not later."""
        if end <= start:
            return 0.0
        passed = dt.timedelta()
        for opening, closing in self._periods(start):
            if opening >= end:
                break
            passed += max(min(closing, end) - max(opening, start), dt.timedelta())
        return passed / dt.timedelta(hours=1)

    def _periods(self, start: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """(opening, closing) of each working day that closes after `start`, in order."""
        day = start.astimezone(ZoneInfo(self.time_zone)).date()
        idle = 0
        while idle <= FURTHEST_DAYS:
            if self.is_working_day(day) and self._closing(day) > start:
                idle = 0
                yield self._opening(day), self._closing(day)
            day += dt.timedelta(days=1)
            idle += 1
        raise NoWorkingTimeError("The calendar has no working day.")

    def _opening(self, day: dt.date) -> dt.datetime:
        return self._at(day, self.opens)

    def _closing(self, day: dt.date) -> dt.datetime:
        return self._at(day, self.closes)

    def _at(self, day: dt.date, time: dt.time) -> dt.datetime:
        """A time on the clock of that day, in UTC; one that the clock skips means an hour later."""
        local = dt.datetime.combine(day, time, ZoneInfo(self.time_zone))
        return local.astimezone(dt.UTC)

"""Business time: hours and days past weekends, holidays and changes of daylight saving."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from governance.agreements.kinds.charter.calendar import BusinessCalendar, NoWorkingTimeError

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = frozenset(range(5))
OFFICE = BusinessCalendar("Europe/Berlin", WEEK, dt.time(9), dt.time(17))
# Germany's clocks change on 29 March and 25 October 2026, both Sundays: these people work then.
EVERY_DAY = BusinessCalendar("Europe/Berlin", frozenset(range(7)), dt.time(1), dt.time(9))
WITH_UNITY_DAY = BusinessCalendar(
    "Europe/Berlin", WEEK, dt.time(9), dt.time(17), frozenset({dt.date(2026, 10, 5)})
)


def berlin(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (berlin(9, 7, 9), 8, berlin(9, 7, 17)),  # a day ends at its closing
        (berlin(9, 7, 9), 9, berlin(9, 8, 10)),
        (berlin(9, 11, 16), 2, berlin(9, 14, 10)),  # over a weekend
        (berlin(9, 12, 12), 1, berlin(9, 14, 10)),  # begun on a Saturday
        (berlin(9, 7, 6), 1, berlin(9, 7, 10)),  # begun before opening
        (berlin(9, 7, 12), 0, berlin(9, 7, 12)),
        (berlin(9, 12, 12), 0, berlin(9, 14, 9)),
        (berlin(9, 7, 9), 0.25, berlin(9, 7, 9, 15)),
    ],
)
def test_hours_pass_inside_working_hours(
    start: dt.datetime, hours: float, end: dt.datetime
) -> None:
    assert OFFICE.add_hours(start, hours) == end


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (berlin(9, 7, 10), 5, berlin(9, 14, 10)),
        (berlin(9, 11, 16), 1, berlin(9, 14, 16)),
        (berlin(9, 11, 20), 1, berlin(9, 15, 9)),  # after closing: counts from Monday's opening
        (berlin(3, 27, 10), 1, berlin(3, 30, 10)),  # the clock was put forward between them
        (berlin(10, 23, 10), 1, berlin(10, 26, 10)),  # and back
        (berlin(9, 7, 10), 0, berlin(9, 7, 10)),
    ],
)
def test_days_keep_the_time_on_the_clock(start: dt.datetime, days: int, end: dt.datetime) -> None:
    assert OFFICE.add_days(start, days) == end


def test_a_holiday_is_no_working_day() -> None:
    friday = berlin(10, 2, 16)

    assert WITH_UNITY_DAY.add_days(friday, 1) == berlin(10, 6, 16)
    assert WITH_UNITY_DAY.add_hours(friday, 2) == berlin(10, 6, 10)
    assert not WITH_UNITY_DAY.is_working(berlin(10, 5, 12))


def test_the_hour_that_the_clock_skips_is_not_worked_and_the_one_it_repeats_is() -> None:
    # 1:00 to 9:00 is seven hours on 29 March and nine on 25 October
    assert EVERY_DAY.hours_between(berlin(3, 29, 0), berlin(3, 30, 0)) == 7
    assert EVERY_DAY.hours_between(berlin(10, 25, 0), berlin(10, 26, 0)) == 9
    assert EVERY_DAY.add_hours(berlin(3, 29, 1), 8) == berlin(3, 30, 2)
    assert EVERY_DAY.add_hours(berlin(10, 25, 1), 9) == berlin(10, 25, 9)


def test_answers_are_in_utc() -> None:
    assert OFFICE.add_hours(berlin(9, 7, 9), 1).tzinfo is dt.UTC
    assert OFFICE.add_days(berlin(9, 7, 9), 1).tzinfo is dt.UTC
    assert OFFICE.next_working(berlin(9, 7, 9)).tzinfo is dt.UTC


def test_a_calendar_without_working_days_says_so_instead_of_searching_for_ever() -> None:
    first = dt.date(2026, 1, 1)
    year_off = frozenset(first + dt.timedelta(days=day) for day in range(800))
    never = BusinessCalendar("UTC", WEEK, dt.time(9), dt.time(17), year_off)

    for ask in (never.next_working, lambda at: never.add_hours(at, 1)):
        with pytest.raises(NoWorkingTimeError):
            ask(berlin(1, 5, 9))


def test_time_is_counted_forward_only() -> None:
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add_hours(berlin(9, 7, 9), -1)
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add_days(berlin(9, 7, 9), -1)


INSTANTS = st.datetimes(
    dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC)
).map(lambda at: at.replace(second=0, microsecond=0))
MINUTES = st.integers(0, 60 * 100)
CALENDARS = st.builds(
    BusinessCalendar,
    time_zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    ),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    opens=st.sampled_from([dt.time(0), dt.time(7, 30), dt.time(9)]),
    closes=st.sampled_from([dt.time(12), dt.time(17), dt.time(23, 59)]),
    holidays=st.frozensets(st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)), max_size=12),
)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, MINUTES)
def test_as_much_working_time_lies_between_as_was_added(
    calendar: BusinessCalendar, start: dt.datetime, minutes: int
) -> None:
    end = calendar.add_hours(start, minutes / 60)

    assert calendar.is_working(end)
    assert calendar.hours_between(start, end) == pytest.approx(minutes / 60, abs=1e-6)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, MINUTES, MINUTES)
def test_time_added_in_parts_is_time_added_at_once(
    calendar: BusinessCalendar, start: dt.datetime, first: int, second: int
) -> None:
    at_once = calendar.add_hours(start, (first + second) / 60)

    in_parts = calendar.add_hours(calendar.add_hours(start, first / 60), second / 60)

    # Closing time and the next opening are one moment of working time.
    assert calendar.hours_between(min(at_once, in_parts), max(at_once, in_parts)) < 1e-6


@settings(deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, MINUTES, st.integers(0, 20))
def test_whoever_begins_later_never_ends_earlier(
    calendar: BusinessCalendar, one: dt.datetime, other: dt.datetime, minutes: int, days: int
) -> None:
    early, late = sorted((one, other))

    assert calendar.add_hours(early, minutes / 60) <= calendar.add_hours(late, minutes / 60)
    assert calendar.add_days(early, days) <= calendar.add_days(late, days)


@settings(deadline=None)
@example(
    BusinessCalendar("Europe/Berlin", frozenset(range(7)), dt.time(0), dt.time(12)),
    dt.datetime(2026, 3, 28, 1, 30, tzinfo=dt.UTC), 1, 1,
)  # fmt: skip
@given(CALENDARS, INSTANTS, st.integers(0, 20), st.integers(0, 20))
def test_days_add_up_and_end_on_working_days(
    calendar: BusinessCalendar, start: dt.datetime, first: int, second: int
) -> None:
    zone = ZoneInfo(calendar.time_zone)
    end = calendar.add_days(start, first + second)
    halfway = calendar.add_days(start, first)

    assert calendar.is_working_day(end.astimezone(zone).date())
    # Where clocks go forward, a day may lack the time; what goes on from there is an hour later.
    asked = calendar.next_working(start).astimezone(zone).time()
    if halfway.astimezone(zone).time() == asked:
        assert end == calendar.add_days(halfway, second)
    else:
        late = calendar.add_days(halfway, second) - end
        assert dt.timedelta() <= late <= dt.timedelta(hours=1)

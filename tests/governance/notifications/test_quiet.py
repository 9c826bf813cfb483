"""Quiet hours and digests in the person's own time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from governance.notifications.quiet import digest_is_due, is_quiet, quiet_ends, zone_of

DUBLIN = ZoneInfo("Europe/Dublin")
NIGHT = (dt.time(20), dt.time(7))
DAY = (dt.time(9), dt.time(12))


def at(hour: int, day: int = 7) -> dt.datetime:
    return dt.datetime(2026, 9, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hour", "hours", "quiet"),
    [
        (18, NIGHT, False),  # 19:00 in Dublin, summer time
        (19, NIGHT, True),
        (2, NIGHT, True),
        (6, NIGHT, False),  # the end is not quiet any more
        (8, DAY, True),
        (11, DAY, False),
    ],
)
def test_quiet_hours_may_run_past_midnight(
    hour: int, hours: tuple[dt.time, dt.time], quiet: bool
) -> None:
    assert is_quiet(at(hour), DUBLIN, *hours) is quiet


def test_without_both_ends_nothing_is_quiet() -> None:
    assert not is_quiet(at(2), DUBLIN, dt.time(20), None)
    assert not is_quiet(at(2), DUBLIN, None, None)


@pytest.mark.parametrize(
    ("hour", "hours", "end"),
    [
        (19, NIGHT, at(6, day=8)),  # 7:00 in Dublin, the next morning
        (2, NIGHT, at(6)),
        (8, DAY, at(11)),
    ],
)
def test_quiet_hours_end_in_the_persons_own_time(
    hour: int, hours: tuple[dt.time, dt.time], end: dt.datetime
) -> None:
    assert quiet_ends(at(hour), DUBLIN, hours[1]) == end


def test_a_digest_is_due_once_a_working_day() -> None:
    # given a digest at 8 in Dublin, which is 7 UTC in September
    assert not digest_is_due(at(6), DUBLIN, 8, None)
    assert digest_is_due(at(7), DUBLIN, 8, None)
    assert not digest_is_due(at(9), DUBLIN, 8, at(7))
    assert digest_is_due(at(7, day=8), DUBLIN, 8, at(7))
    # and none on Saturday
    assert not digest_is_due(at(9, day=12), DUBLIN, 8, at(7))


def test_a_zone_nobody_knows_is_utc() -> None:
    assert zone_of("Mars/Olympus").key == "UTC"

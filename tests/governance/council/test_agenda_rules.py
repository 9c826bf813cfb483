"""The order of an agenda, its hour, its differences, and the cadence of meetings (3.6)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.council.rules.agenda import (
    ORDER,
    Line,
    Shown,
    arrange,
    changes,
    needs_a_meeting,
)
from governance.council.rules.cadence import meeting_times
from governance.types import AgendaSection as S

STANDING = [
    Line("quorum", S.QUORUM, "Quorum call", 2),
    Line("actions", S.ACTIONS, "Actions", 3),
]


def lines(count: int, section: S, minutes: int = 10, carried: int = 0) -> list[Line]:
    """So many lines of a section, ranked by their number."""
    return [
        Line(f"{section.value}:{n}", section, f"{section.value} {n}", minutes, (float(n),), carried)
        for n in range(count)
    ]


def keys(given: list[Line], limit: int = 60) -> tuple[list[str], list[str]]:
    """What is on the agenda and what is carried over, in order."""
    placed = arrange(given, limit)
    on = [one.line.key for one in placed if not one.is_carried_over]
    return on, [one.line.key for one in placed if one.is_carried_over]


def test_the_sections_stand_in_the_order_of_the_charter() -> None:
    given = [line for section in reversed(ORDER) for line in lines(1, section, minutes=1)]

    on, carried = keys(given)

    assert on == [f"{section.value}:0" for section in ORDER]
    assert carried == []


def test_items_beyond_the_hour_are_carried_over() -> None:
    on, carried = keys([*STANDING, *lines(7, S.DECISIONS), *lines(1, S.NEW_BUSINESS, 2)])

    assert on == ["quorum", *(f"decisions:{n}" for n in range(5)), "actions"]
    assert carried == ["decisions:5", "decisions:6", "new_business:0"]


def test_what_would_lapse_is_never_carried_over() -> None:
    on, carried = keys([*lines(8, S.EMERGENCIES), *lines(1, S.DECISIONS)])

    assert len(on) == 8
    assert carried == ["decisions:0"]


def test_a_twice_carried_item_goes_first() -> None:
    late = lines(1, S.NEW_BUSINESS, 5, carried=2)
    once = lines(1, S.CONFLICTS, 5, carried=1)

    on, _ = keys([*STANDING, *lines(5, S.DECISIONS), *late, *once])

    assert on[:3] == ["quorum", "new_business:0", "decisions:0"]


def test_a_postponed_item_is_carried_over_and_makes_room() -> None:
    postponed = Line("later", S.DECISIONS, "Later", 60, (-1.0,), is_postponed=True)

    on, carried = keys([postponed, *lines(6, S.DECISIONS)])

    assert (len(on), carried) == (6, ["later"])


def test_only_what_needs_a_meeting_keeps_it() -> None:
    assert needs_a_meeting([*STANDING, *lines(3, S.FINAL_CALLS), *lines(2, S.HEALTH)]) is False
    for section in (S.EMERGENCIES, S.DECISIONS, S.CONFLICTS):
        assert needs_a_meeting([*STANDING, *lines(1, section)]) is True


@given(
    st.lists(
        st.builds(
            Line,
            key=st.uuids().map(str),
            section=st.sampled_from(ORDER),
            title=st.just("title"),
            minutes=st.integers(0, 20),
            rank=st.tuples(st.floats(0, 9)),
            carried=st.integers(0, 3),
            is_postponed=st.booleans(),
        ),
        max_size=40,
    ),
    st.randoms(),
)
def test_any_order_of_lines_makes_the_same_agenda(given_lines: list[Line], random: object) -> None:
    shuffled = list(given_lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    placed = arrange(given_lines, 60)

    assert arrange(shuffled, 60) == placed
    assert [one.position for one in placed] == list(range(1, len(given_lines) + 1))
    ordinary = [
        one.line.minutes
        for one in placed
        if not one.is_carried_over
        and one.line.section in (S.DECISIONS, S.CONFLICTS, S.NEW_BUSINESS)
    ]
    assert sum(ordinary) <= 60


def test_two_agendas_are_compared() -> None:
    def shown(key: str, section: S = S.DECISIONS, title: str = "", carried: bool = False) -> Shown:
        return Shown(key, section, title or key, carried)

    before = [shown("a"), shown("b"), shown("c"), shown("d"), shown("e", S.FINAL_CALLS)]
    after = [
        shown("b", title="B"),
        shown("c", carried=True),
        shown("d"),
        shown("e"),
        shown("f"),
    ]

    found = [(one["what"], one["key"], one["before"]) for one in changes(before, after)]

    assert found == [
        ("renamed", "b", "decisions"),
        ("carried over", "c", "decisions"),
        ("moved", "e", "final_calls"),
        ("added", "f", ""),
        ("removed", "a", "decisions"),
    ]
    assert changes(after, after) == []


def test_the_council_meets_at_the_same_time_on_the_clock_across_daylight_saving() -> None:
    after = dt.datetime(2026, 10, 20, 8, 0, tzinfo=dt.UTC)  # a Tuesday, 10:00 in Berlin

    found = meeting_times(after, weekday=1, time=dt.time(10), time_zone="Europe/Berlin", count=2)

    assert found == [
        dt.datetime(2026, 10, 27, 9, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 3, 9, 0, tzinfo=dt.UTC),
    ]
    before = meeting_times(
        after - dt.timedelta(seconds=1),
        weekday=1,
        time=dt.time(10),
        time_zone="Europe/Berlin",
    )
    assert before == [after]


@pytest.mark.parametrize(
    ("every_weeks", "holidays", "days"),
    [
        (1, (), [1, 8, 15]),
        (1, (dt.date(2026, 9, 8),), [1, 15, 22]),
        (2, (), [8, 22, 36]),
    ],
)
def test_holidays_are_left_out_and_fortnights_are_kept(
    every_weeks: int, holidays: tuple[dt.date, ...], days: list[int]
) -> None:
    found = meeting_times(
        dt.datetime(2026, 8, 30, tzinfo=dt.UTC),
        weekday=1,
        time=dt.time(10),
        time_zone="UTC",
        every_weeks=every_weeks,
        holidays=holidays,
        count=3,
    )

    first = dt.datetime(2026, 8, 31, 10, tzinfo=dt.UTC)
    assert found == [first + dt.timedelta(days=day) for day in days]

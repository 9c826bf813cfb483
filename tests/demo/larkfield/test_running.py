"""When the queries of Larkfield ran: the year that the text states, and how it goes on."""

from __future__ import annotations

import datetime as dt

import pytest

from config.demo.larkfield.connector import logged
from config.demo.larkfield.people import employees
from config.demo.larkfield.queries import Group, Query
from config.demo.larkfield.running import GONE_ON, WEEKS, runs_of
from lineage.services.queries.checking import DAYS_KEPT

BEGINS = dt.date(2026, 9, 7)
DEPARTMENT = {employee.username: employee.department for employee in employees()}


def _query(query_id: str) -> Query:
    return next(query for query in logged() if query.id == query_id)


@pytest.mark.parametrize("query", logged(), ids=lambda query: query.id)
def test_the_year_has_the_runs_that_the_text_states(query: Query) -> None:
    year = runs_of(query, until=query.last_run)

    assert year.total() == query.runs
    days = {day for day, _ in year}
    assert max(days) == query.last_run
    assert min(days) > query.last_run - WEEKS
    if query.group is not Group.DASHBOARDS:
        assert {username for _, username in year} == {query.author}


def test_a_dashboard_is_looked_at_by_those_whom_it_is_for() -> None:
    ran = runs_of(_query("Q-025"), until=BEGINS)

    readers = {username for _, username in ran}
    assert len(readers) == 28
    assert {DEPARTMENT[username] for username in readers} == {"Finance", "Executive office"}


def test_after_the_story_begins_weeks_are_as_in_the_year_before() -> None:
    query = _query("Q-050")
    year = runs_of(query, until=BEGINS)
    later = BEGINS + dt.timedelta(days=500)

    since = runs_of(query, until=later) - year

    assert min(day for day, _ in since) > later - dt.timedelta(days=GONE_ON)
    assert since == {
        (day, name): year[day - 2 * WEEKS, name]
        for day, name in since
    }  # fmt: skip
    assert since.total() > 100


def test_what_no_log_keeps_is_not_told() -> None:
    query = _query("Q-001")
    until = BEGINS + dt.timedelta(days=120)

    days = {day for day, _ in runs_of(query, until=until)}

    assert min(days) == until - dt.timedelta(days=DAYS_KEPT)


def test_before_the_story_begins_nothing_goes_on() -> None:
    query = _query("Q-001")
    assert runs_of(query, until=BEGINS - dt.timedelta(days=300)) == runs_of(query, until=BEGINS)

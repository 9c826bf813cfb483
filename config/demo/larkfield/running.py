"""When the queries ran and who ran them: the warehouse's log, made from what the text states.

A query has its runs in the 52 weeks that end with its last run. After the day on which the story
begins the company goes on as in the same weeks of the year before: pages that look back from today
would find nothing otherwise.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect
from collections import Counter
from functools import cache
from itertools import accumulate

from catalog.types import EmploymentKind
from config.demo.larkfield.people import Employee, employees
from config.demo.larkfield.queries import Group, Query
from config.demo.larkfield.text import read_text
from lineage.services.queries.checking import DAYS_KEPT

WEEKS = dt.timedelta(weeks=52)
GONE_ON = 90  # days until today in which the company goes on; pages of use look back so far
_DAY = dt.timedelta(days=1)
_BY_WEEKDAY = (10, 11, 11, 10, 9, 1, 1)

Runs = Counter[tuple[dt.date, str]]


def runs_of(query: Query, *, until: dt.date) -> Runs:
    """How often a query ran, by day and user name, with what went on until that day. Days that
    would be let go at once are left out: read again, they would count again."""
    told = _year_of(query)
    begins: dt.date = read_text("company.yaml")["clock"].date()
    by_day: dict[dt.date, list[str]] = {}
    for day, username in told:
        by_day.setdefault(day, []).append(username)
    found = told.copy()
    for back in range(GONE_ON):
        day = until - back * _DAY
        if day <= begins:
            break
        like = day - WEEKS * -((begins - day) // WEEKS)
        for username in by_day.get(like, ()):
            found[day, username] += told[like, username]
    kept = until - dt.timedelta(days=DAYS_KEPT)
    return Counter(
        {(day, username): runs for (day, username), runs in found.items() if day >= kept}
    )


def _year_of(query: Query) -> Runs:
    """The runs that the text states: of a dashboard those who look at it, of others the author."""
    if query.group is Group.DASHBOARDS:
        return _looked_at(query)
    days = [query.last_run - run * WEEKS // query.runs for run in range(query.runs)]
    return Counter((day, query.author) for day in days)


def _looked_at(query: Query) -> Runs:
    """More often on working days and in later months; few look often, many now and then."""
    days = [query.last_run - back * _DAY for back in range(WEEKS.days)]
    by_day = list(
        accumulate(
            _BY_WEEKDAY[day.weekday()] * (2 * len(days) - back) for back, day in enumerate(days)
        )
    )
    readers = _readers(query)
    by_reader = list(accumulate(1_000 // (place + 1) + 5 for place in range(len(readers))))
    found: Runs = Counter()
    for run in range(query.runs):
        # The first of them is the last run, on the day that the text states.
        day = days[bisect(by_day, _below(by_day[-1], query.id, "day", run)) if run else 0]
        reader = bisect(by_reader, _below(by_reader[-1], query.id, "reader", run))
        found[day, readers[reader]] += 1
    return found


def _readers(query: Query) -> list[str]:
    """The author, then the others in an order that is this dashboard's own."""
    stated = read_text("readers.yaml")[query.file.partition("_")[0]]
    others = [
        employee.username
        for employee in _employed()
        if employee.username != query.author
        and _below(100, query.id, "looks", employee.number) < stated.get(employee.department, 0)
    ]
    return [query.author, *sorted(others, key=lambda name: _below(2**32, query.id, "rank", name))]


@cache
def _employed() -> tuple[Employee, ...]:
    return tuple(one for one in employees() if one.employment is EmploymentKind.EMPLOYEE)


def _below(limit: int, *address: object) -> int:
    """A pure function of its address: the same on every machine and at every telling."""
    said = "/".join(map(str, ("larkfield/runs", *address)))
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), "big") % limit

"""When opt-outs hold: windows around the ends of quarters, and edges at which answers change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache

from governance.permissions.engine.pacing import breathing
from governance.permissions.engine.types import QuarterWindow, When

DAY = 86_400.0
_FEW = 5
"""Opt-outs whose edges are found in a tenth of a millisecond."""
_HORIZON_DAYS = (400, 1_100)
"""Edges are computed so far back and ahead of the instant given; beyond, when asked for."""


def holds_at(when: When, at: float) -> bool:
    """Whether an opt-out holds at an instant, its data aside."""
    if at < when.begins or (when.ends is not None and at >= when.ends):
        return False
    return not when.windows or any(_inside(window, at) for window in when.windows)


def next_edge(whens: Iterable[When], at: float) -> float:
    """The first instant after `at` at which one of them begins or stops to hold."""
    far = at + 120 * DAY  # a quarter has at most 92 days
    return min((edge for when in whens for edge in edges(when, at, far) if edge > at), default=far)


def edges_around(whens: Iterable[When], at: float) -> tuple[float, ...]:
    """Every edge near `at`, sorted, each once, between the two ends of the horizon."""
    today = at // DAY * DAY
    since, until = today - _HORIZON_DAYS[0] * DAY, today + _HORIZON_DAYS[1] * DAY
    each = breathing(set(whens), _FEW)
    found = {edge for when in each for edge in _edges_between(when, since, until)}
    return tuple(sorted(found | {since, until}))


@lru_cache(maxsize=4096)
def _edges_between(when: When, since: float, until: float) -> tuple[float, ...]:
    return tuple(edges(when, since, until))


def edges(when: When, since: float, until: float) -> Iterator[float]:
    """Instants between `since` and `until` (included) at which it begins or stops to hold."""
    for edge in (when.begins, when.ends):
        if edge is not None and since <= edge <= until:
            yield edge
    for window in when.windows:
        for turn in _turns(since - 93 * DAY, until + 93 * DAY):
            for edge in (turn - window.before * DAY, turn + window.after * DAY):
                if since <= edge <= until:
                    yield edge


def _inside(window: QuarterWindow, at: float) -> bool:
    near = _turns(at - 93 * DAY, at + 93 * DAY)
    return any(turn - window.before * DAY <= at < turn + window.after * DAY for turn in near)


def _turns(since: float, until: float) -> Iterator[float]:
    """Midnights (UTC) at which a calendar quarter begins."""
    first = dt.datetime.fromtimestamp(max(since, 0.0), dt.UTC).year
    for year in range(first, dt.MAXYEAR + 1):
        for month in (1, 4, 7, 10):
            turn = dt.datetime(year, month, 1, tzinfo=dt.UTC).timestamp()
            if turn > until:
                return
            if turn >= since:
                yield turn

"""Where a goal stands: a straight line from its baseline to its target says what is expected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from governance.culture.types import GoalState

TOLERANCE = 0.1
"""The share of the whole way that a goal may lie behind the line and still be on track."""
STALE_AFTER = dt.timedelta(days=100)
"""A measurement older than a quarter and some days says nothing of today."""


@dataclass(frozen=True, slots=True)
class Line:
    """From `baseline` on the day `start` to `target` on the day `due`; the two values differ, and
    so may the direction: less can be better."""

    baseline: float
    target: float
    start: dt.date
    due: dt.date

    def share(self, value: float) -> float:
        """How much of the way `value` is; below 0 it went the other way."""
        return (value - self.baseline) / (self.target - self.baseline)

    def expected(self, day: dt.date) -> float:
        """How much of the way the line is on a day, 0 to 1."""
        whole = (self.due - self.start).days
        return min(1.0, max(0.0, (day - self.start).days / whole)) if whole > 0 else 1.0


def state_of(line: Line, day: dt.date, value: float | None, measured: dt.date | None) -> GoalState:
    """The state on a day, by the newest measurement (`value` on the day `measured`).

    What was reached stays reached as long as the newest value says so. Past the due day a goal is
    overdue, measured or not. A measurement that is too old counts as none.
    """
    if value is not None and line.share(value) >= 1.0:
        return GoalState.REACHED
    if day > line.due:
        return GoalState.OVERDUE
    if value is None or measured is None or day - measured > STALE_AFTER:
        return GoalState.NO_DATA
    if line.share(value) + TOLERANCE >= line.expected(day):
        return GoalState.ON_TRACK
    return GoalState.BEHIND

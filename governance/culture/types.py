"""The words of goals and reports that cross borders; no Django."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class GoalMeasure(StrEnum):
    """What tells how far a goal is: a query kept with a dataset, a metric of the catalog, or a
    figure that Concord computes by itself."""

    QUERY = "query"
    METRIC = "metric"
    FIGURE = "figure"


class GoalState(StrEnum):
    """Where a goal stands today."""

    ON_TRACK = "on_track"
    BEHIND = "behind"
    REACHED = "reached"
    OVERDUE = "overdue"
    NO_DATA = "no_data"


class GoalSource(StrEnum):
    """How a measurement came about: Concord computed it, or somebody recorded it."""

    COMPUTED = "computed"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class GoalDraft:
    """A goal as somebody states it (R-023), nothing of it checked yet.

    Specific: `text` and `metric`. Measurable: `measure` with the `query_id`, the `dataset_id` or
    the `figure` it names. Actionable: `team_id` and `levers`. Results-based: `baseline` and
    `target`, in `unit`. Time-bound: `due`, a day.
    """

    text: str = ""
    metric: str = ""
    measure: str = ""
    query_id: int | None = None
    dataset_id: int | None = None
    figure: str = ""
    team_id: int | None = None
    levers: str = ""
    baseline: float | None = None
    target: float | None = None
    unit: str = ""
    due: dt.date | None = None


class ReportPlace(StrEnum):
    """Where somebody was when they could not get the data."""

    DATASET = "dataset"
    SEARCH = "search"
    HOME = "home"

"""Setting goals, measuring how far they are, withdrawing them (R-023)."""

from __future__ import annotations

import datetime as dt
import math

from catalog.access import AccessRefused, Action, Verdict, gate, require
from catalog.dates import exact_day
from catalog.errors import Conflict, InvalidInput
from catalog.models import Dataset, ExampleQuery, Team
from catalog.selectors.datasets import visible_datasets
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import DatasetKind, Principal, PrincipalKind
from governance import clock
from governance.council.services.words import chosen, needed_text, text_of
from governance.culture.models import Goal, GoalMeasurement
from governance.culture.selectors.figures import FIGURES, readings
from governance.culture.selectors.goals import get_goal, goals, may_change
from governance.culture.types import GoalDraft, GoalMeasure, GoalSource
from governance.events import GoalChanged

SYSTEM = Principal.system("goals")
LATEST = dt.timedelta(days=3653)
_KEEP_AT_LEAST = dt.timedelta(days=1)


def create_goal(*, acting: Principal, draft: GoalDraft) -> Goal:
    """Set a goal for a team. It is specific, measurable, actionable, results-based and time-bound,
    or it is refused: InvalidInput names the part that is missing and what to do.

    Members of the team, the chair and administrators may.
    """
    require(acting, Action.PROPOSE)
    goal = Goal(created_by_id=acting.person_id, starts_on=clock.now().date())
    _be_specific(goal, draft.text, draft.metric)
    _be_measurable(goal, acting, draft)
    goal.team = _team(draft.team_id)
    _require_setter(acting, goal.team)
    _be_actionable(goal, draft.levers)
    goal.baseline = _number(draft.baseline, "baseline", "Say where the team stands today")
    _aim(goal, draft.target)
    goal.unit = text_of(draft.unit, field="unit", limit=40) or _unit_of(goal)
    _be_time_bound(goal, draft.due)
    with writing(acting):
        goal.save()
        record(GoalChanged(what="set"), goal, acting=acting)
        _measure([goal], clock.now())
    return goal


def change_goal(
    *,
    acting: Principal,
    goal_id: int,
    text: str,
    levers: str,
    target: float | None,
    due: dt.date | None,
    reason: str,
) -> Goal:
    """Say it anew, with other levers, another target or day; what measures it and where it began
    stay, for a goal that is measured otherwise is another one. The event keeps what it was."""
    goal = _open_goal(acting, goal_id)
    before = f"to {goal.target:g} by {exact_day(goal.due)}"
    _be_specific(goal, text, goal.metric)
    _be_actionable(goal, levers)
    _aim(goal, target)
    if due != goal.due:
        _be_time_bound(goal, due)
    words = needed_text(reason, field="reason", what="why the goal changes", limit=1000)
    with writing(acting, reason=words):
        goal.save()
        after = f"to {goal.target:g} by {exact_day(goal.due)}"
        said = words if after == before else f"{before}, now {after}: {words}"
        record(GoalChanged(what="changed", detail=said), goal, acting=acting)
    return goal


def withdraw_goal(*, acting: Principal, goal_id: int, reason: str) -> None:
    """Give a goal up; it stays readable with its reason."""
    goal = _open_goal(acting, goal_id)
    words = needed_text(reason, field="reason", what="why the goal is given up", limit=1000)
    goal.withdrawn_at, goal.withdrawn_reason = clock.now(), words
    with writing(acting, reason=words):
        goal.save()
        record(GoalChanged(what="withdrawn", detail=words), goal, acting=acting)


def record_measurement(
    *,
    acting: Principal,
    goal_id: int,
    value: float | None,
    measured_at: dt.datetime | None = None,
    note: str = "",
) -> GoalMeasurement:
    """Record what the goal's query or metric gave; now unless told when.

    The team's members and those who set its goals may, and service accounts that import. Raises
    Conflict for a figure, which Concord computes, and for an instant that has a value already.
    """
    goal = get_goal(acting, goal_id)
    is_import = acting.kind is PrincipalKind.SERVICE
    if not (is_import and gate().authorize(acting, Action.INGEST).allowed):
        require(acting, Action.PROPOSE)
        _require_setter(acting, goal.team)
    _check_open(goal)
    if goal.measure == GoalMeasure.FIGURE:
        raise Conflict("Concord computes this figure: there is nothing to record.", field="value")
    now = clock.now()
    at = measured_at or now
    if at > now:
        raise InvalidInput("This instant is still to come.", field="measured_at")
    made = GoalMeasurement(
        goal=goal,
        measured_at=at,
        value=_number(value, "value", "Say which value was measured"),
        source=GoalSource.RECORDED,
        note=text_of(note, field="note", limit=500),
        recorded_by_id=acting.person_id,
    )
    with writing(acting):
        Goal.objects.select_for_update().get(pk=goal.pk)
        if goal.measurements.filter(measured_at=at).exists():
            raise Conflict("A value of this instant is recorded already.", field="measured_at")
        made.save()
        record(GoalChanged(what="measured", detail=_said(goal, made.value)), goal, acting=acting)
    return made


def measure_goals() -> int:
    """Measure all open goals that follow a figure, where there is something new to say; how many
    measurements that made. Safe to run at any time."""
    return _measure([goal for goal in goals(SYSTEM) if goal.figure], clock.now())


def _measure(open_goals: list[Goal], now: dt.datetime) -> int:
    """Keep what changed, and once a day what did not, so that a line has its points."""
    found = readings(open_goals, now)
    if not found:
        return 0
    last = {
        row.goal_id: row
        for row in GoalMeasurement.objects.filter(goal__in=found)
        .order_by("goal_id", "-measured_at")
        .distinct("goal_id")
    }
    made = []
    for goal in open_goals:
        if goal.pk not in found:
            continue
        at, value = found[goal.pk]
        held = last.get(goal.pk)
        if held is not None and (
            at <= held.measured_at
            or (value == held.value and at - held.measured_at < _KEEP_AT_LEAST)
        ):
            continue
        made.append(
            GoalMeasurement(goal=goal, measured_at=at, value=value, source=GoalSource.COMPUTED)
        )
    if made:
        with writing(SYSTEM, reason="New data"):
            GoalMeasurement.objects.bulk_create(made, ignore_conflicts=True)
            for one in made:
                said = _said(one.goal, one.value)
                record(GoalChanged(what="measured", detail=said), one.goal, acting=SYSTEM)
    return len(made)


def _open_goal(acting: Principal, goal_id: int) -> Goal:
    require(acting, Action.PROPOSE)
    goal = get_goal(acting, goal_id)
    _require_setter(acting, goal.team)
    _check_open(goal)
    return goal


def _check_open(goal: Goal) -> None:
    if goal.withdrawn_at is not None:
        raise Conflict("This goal was withdrawn: set a new one.", field="goal")


def _require_setter(acting: Principal, team: Team) -> None:
    if may_change(acting, team.name):
        return
    raise AccessRefused(
        Verdict(
            allowed=False,
            code="not_member",
            reason=f"Only members of {team}, the chair of the council and administrators set its"
            " goals.",
            ask=f"somebody of {team}",
        )
    )


# --- the five parts -------------------------------------------------------------------------


def _be_specific(goal: Goal, text: str, metric: str) -> None:
    goal.text = needed_text(text, field="text", what="what the team wants to reach", limit=300)
    goal.metric = needed_text(metric, field="metric", what="what is measured", limit=200)


def _be_measurable(goal: Goal, acting: Principal, draft: GoalDraft) -> None:
    if draft.measure not in list(GoalMeasure):
        raise InvalidInput(
            "Bind the goal to what measures it: the example query of a dataset (query), a metric of"
            " the catalog (metric), or a figure that Concord computes (figure).",
            field="measure",
        )
    goal.measure = draft.measure
    seen = visible_datasets(acting)
    if draft.measure == GoalMeasure.QUERY:
        query = ExampleQuery.objects.filter(pk=draft.query_id or 0, dataset__in=seen).first()
        if query is None:
            raise InvalidInput("Choose the example query that measures it.", field="query")
        goal.query, goal.dataset = query, query.dataset
    elif draft.measure == GoalMeasure.METRIC:
        goal.dataset = seen.filter(pk=draft.dataset_id or 0, kind=DatasetKind.METRIC).first()
        if goal.dataset is None:
            raise InvalidInput("Choose the metric of the catalog by its id.", field="dataset")
    else:
        _follow_figure(goal, draft, seen.filter(pk=draft.dataset_id or 0).first())


def _follow_figure(goal: Goal, draft: GoalDraft, dataset: Dataset | None) -> None:
    figure = FIGURES.get(draft.figure)
    if figure is None:
        raise InvalidInput(f"Choose a figure: {', '.join(FIGURES)}.", field="figure")
    if figure.of_dataset and dataset is None:
        raise InvalidInput("Choose the dataset that the figure is about.", field="dataset")
    goal.figure, goal.dataset = draft.figure, dataset if figure.of_dataset else None


def _team(team_id: int | None) -> Team:
    if team_id is None:
        raise InvalidInput("Choose the team that owns the goal.", field="team")
    return chosen(Team, [team_id], field="team")[0]


def _be_actionable(goal: Goal, levers: str) -> None:
    goal.levers = needed_text(
        levers, field="levers", what="what the team can do about it (its levers)"
    )


def _aim(goal: Goal, target: float | None) -> None:
    goal.target = _number(target, "target", "Say what the team wants to reach, as a number")
    if goal.target == goal.baseline:
        raise InvalidInput(
            "The target is where the team stands already: aim at another value.", field="target"
        )


def _be_time_bound(goal: Goal, due: dt.date | None) -> None:
    if due is None:
        raise InvalidInput("Say by which day the target is to be reached.", field="due")
    today = clock.now().date()
    if due <= today:
        raise InvalidInput("This day is not in the future: choose a later one.", field="due")
    if due - today > LATEST:
        raise InvalidInput("This is more than ten years ahead: choose an earlier one.", field="due")
    goal.due = due


def _number(value: float | None, field: str, what: str) -> float:
    if value is None or not math.isfinite(value):
        raise InvalidInput(f"{what}.", field=field)
    return float(value)


def _unit_of(goal: Goal) -> str:
    return FIGURES[goal.figure].unit if goal.figure else ""


def _said(goal: Goal, value: float) -> str:
    return f"{value:g} {goal.unit}".strip()

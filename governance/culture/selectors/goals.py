"""Goals with where they stand (R-023)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, OuterRef, Q, QuerySet, Subquery, Value

from catalog.access import Action, gate
from catalog.errors import InvalidInput, NotFound
from catalog.models import Event
from catalog.types import Principal, PrincipalKind
from governance import clock
from governance.council.selectors.seats import is_chair
from governance.culture.models import Goal, GoalMeasurement
from governance.culture.progress import Line, state_of
from governance.culture.selectors.figures import FIGURES
from governance.culture.types import GoalMeasure, GoalState

SERIES_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a goal stands: `share` of the way by the newest measurement, None without one;
    `expected` of it by today. Days count until it is due, negative past it."""

    state: GoalState
    value: float | None
    measured_at: dt.datetime | None
    share: float | None
    expected: float
    days_left: int


def goals(
    principal: Principal,
    *,
    team_id: int | None = None,
    state: str = "",
    query: str = "",
    withdrawn: bool | None = False,
) -> QuerySet[Goal]:
    """Goals the nearest to their day first, each with its newest measurement, so that `standing`
    asks nothing more. `query` are words of text, metric or team; `withdrawn` None means those that
    were withdrawn as well. Raises InvalidInput for a state that there is not."""
    now = clock.now()
    newest = GoalMeasurement.objects.filter(goal=OuterRef("pk"), measured_at__lte=now).order_by(
        "-measured_at"
    )
    rows = (
        Goal.objects.select_related("team", "dataset", "query")
        .annotate(
            latest_value=Subquery(newest.values("value")[:1]),
            latest_at=Subquery(newest.values("measured_at")[:1]),
            today=Value(now.date(), output_field=DateField()),
        )
        .order_by("due", "pk")
    )
    if withdrawn is not None:
        rows = rows.filter(withdrawn_at__isnull=not withdrawn)
    if team_id is not None:
        rows = rows.filter(team=team_id)
    if query:
        rows = rows.filter(
            Q(text__icontains=query) | Q(metric__icontains=query) | Q(team__name__icontains=query)
        )
    rows = gate().scope(principal, Action.SEE, rows)
    return rows.filter(pk__in=_in_state(rows, state)) if state else rows


def get_goal(principal: Principal, goal_id: int) -> Goal:
    """One goal, withdrawn ones as well; raises NotFound."""
    found = goals(principal, withdrawn=None).filter(pk=goal_id).first()
    if found is None:
        raise NotFound("There is no such goal.")
    return found


def standing(goal: Any) -> Standing:
    """Where a goal read by `goals` stands on the day of the reading."""
    day: dt.date = goal.today
    line = Line(goal.baseline, goal.target, goal.starts_on, goal.due)
    value, at = goal.latest_value, goal.latest_at
    return Standing(
        state=state_of(line, day, value, at.date() if at else None),
        value=value,
        measured_at=at,
        share=None if value is None else line.share(value),
        expected=line.expected(day),
        days_left=(goal.due - day).days,
    )


def counted(found: Iterable[Goal]) -> Mapping[GoalState, int]:
    """How many of them are in each state."""
    return Counter(standing(goal).state for goal in found)


def all_measurements(principal: Principal) -> QuerySet[GoalMeasurement]:
    """The values of every goal that may be seen, those of a goal the newest first."""
    seen = gate().scope(principal, Action.SEE, Goal.objects.all())
    rows = GoalMeasurement.objects.filter(goal__in=seen).select_related("recorded_by")
    return gate().scope(principal, Action.SEE, rows).order_by("goal", "-measured_at")


def measurements(principal: Principal, goal_id: int) -> QuerySet[GoalMeasurement]:
    """The series of a goal, the newest first; raises NotFound."""
    return all_measurements(principal).filter(goal=get_goal(principal, goal_id).pk)


def happened_to(principal: Principal, goal_id: int) -> list[Event]:
    """What was done to a goal, the latest first; raises NotFound."""
    found = get_goal(principal, goal_id)
    events = Event.objects.filter(subject_type="goal", subject_id=found.pk)
    return list(events.order_by("-pk")[:50])


def may_change(principal: Principal, team_name: str) -> bool:
    """Whether the principal sets goals of the team: its members, the chair, administrators."""
    if not gate().authorize(principal, Action.PROPOSE).allowed:
        return False
    return (
        principal.kind is PrincipalKind.SYSTEM
        or principal.is_administrator
        or team_name in principal.teams
        or is_chair(principal)
    )


def measured_by(goal: Goal) -> str:
    """What tells how far the goal is, in words."""
    if goal.measure == GoalMeasure.FIGURE:
        figure = FIGURES[goal.figure]
        return f"{figure.label}: {goal.dataset}" if figure.of_dataset else figure.label
    if goal.measure == GoalMeasure.QUERY:
        return goal.query.question if goal.query else "a query that was deleted"
    return str(goal.dataset)


def _in_state(rows: QuerySet[Goal], state: str) -> list[int]:
    if state not in list(GoalState):
        raise InvalidInput(f"A state is one of {', '.join(GoalState)}.", field="state")
    return [goal.pk for goal in rows if standing(goal).state == state]

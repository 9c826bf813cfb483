"""Goals on pages: all of them with where they stand, one with its line, and setting one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.dates import exact_day
from catalog.errors import CatalogError, InvalidInput
from catalog.models import Team
from catalog.pictures.charts import Point, line_chart
from catalog.selectors.directory import teams
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
from governance.culture.models import Goal
from governance.culture.selectors.binding import choose_measure, what_measures
from governance.culture.selectors.goals import (
    SERIES_SHOWN,
    counted,
    get_goal,
    goals,
    happened_to,
    may_change,
    measured_by,
    measurements,
    standing,
)
from governance.culture.services.goals import (
    change_goal,
    create_goal,
    record_measurement,
    withdraw_goal,
)
from governance.culture.types import GoalDraft, GoalState

_DATE = forms.DateInput(attrs={"type": "date"})
_LINES = forms.Textarea(attrs={"rows": 3})
_ERROR_FIELDS = {"query": "measured_by", "dataset": "measured_by", "figure": "measured_by",
                 "measure": "measured_by"}  # fmt: skip


class GoalForm(forms.Form):
    """The five parts of a goal. Nothing is required here, so that the service says what is
    missing in its own words."""

    team = forms.ModelChoiceField(label="Team", required=False, queryset=Team.objects.none())
    text = forms.CharField(
        label="What the team wants to reach", required=False, max_length=300,
        help_text="Specific: one sentence, such as “Every invoice is matched within a week”.",
    )  # fmt: skip
    metric = forms.CharField(
        label="What is measured", required=False, max_length=200,
        help_text="Such as “invoices that are older than a week and not matched”.",
    )  # fmt: skip
    measured_by = forms.CharField(
        label="What measures it", required=False, max_length=2000,
        help_text="Measurable: a figure that Concord computes, or the full name of a metric or of "
        "a dataset with an example query.",
        widget=forms.TextInput(attrs={"list": "measures", "autocomplete": "off"}),
    )  # fmt: skip
    levers = forms.CharField(
        label="What the team can do about it", required=False, widget=_LINES,
        help_text="Actionable: its levers.",
    )  # fmt: skip
    baseline = forms.FloatField(
        label="Where it stands today", required=False, help_text="Results-based: a number."
    )
    target = forms.FloatField(label="What it wants to reach", required=False)
    unit = forms.CharField(label="Unit", required=False, max_length=40)
    due = forms.DateField(
        label="By which day", required=False, widget=_DATE, help_text="Time-bound."
    )

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team: Any = self.fields["team"]
        team.queryset = teams(principal)

    def draft(self, principal: Principal) -> GoalDraft:
        """What was typed, as the service takes it; raises InvalidInput for a measure that is not
        there."""
        given = self.cleaned_data
        measure = choose_measure(principal, given["measured_by"])
        return GoalDraft(
            text=given["text"],
            metric=given["metric"],
            team_id=given["team"].pk if given["team"] else None,
            levers=given["levers"],
            baseline=given["baseline"],
            target=given["target"],
            unit=given["unit"],
            due=given["due"],
            **measure,
        )


@require_http_methods(["GET", "POST"])
def goals_page(request: HttpRequest) -> HttpResponse:
    """`/council/goals/`: `?state=`, `?team=` and `?q=` narrow it; sent, it sets a goal."""
    principal = principal_from(request)
    team_id = _team_asked(request)
    form = GoalForm(request.POST or None, principal=principal, initial={"team": team_id})
    if request.method == "POST" and form.is_valid():
        try:
            made = create_goal(acting=principal, draft=form.draft(principal))
        except CatalogError as error:
            name = _ERROR_FIELDS.get(error.field, error.field)
            form.add_error(name if name in form.fields else None, error.message)
        except AccessRefused as error:
            form.add_error(None, reason_of(error))
        else:
            messages.success(request, "The goal is set.")
            return redirect("governance:goal", made.pk)
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    every = list(goals(principal, team_id=team_id, query=query))
    held = counted(every)
    shown = [goal for goal in every if not state or standing(goal).state == state]
    page = page_of(request, shown)
    context = {
        "page": page,
        "rows": [{"goal": goal, "standing": standing(goal)} for goal in page],
        "form": form,
        "query": query,
        "state": state,
        "team": team_id,
        "states": [(one, held.get(one, 0)) for one in GoalState],
        "total": len(every),
        "measures": what_measures(principal),
    }
    status = 400 if form.errors else 200
    return render(request, "governance/culture/goals.html", context, status=status)


@require_GET
def goal_page(request: HttpRequest, goal_id: int) -> HttpResponse:
    """`/council/goals/<id>/`"""
    principal = principal_from(request)
    found = get_goal(principal, goal_id)
    series = list(measurements(principal, goal_id)[:SERIES_SHOWN])[::-1]
    context = {
        "goal": found,
        "standing": standing(found),
        "measured_by": measured_by(found),
        "series": series[::-1],
        "chart": _chart(found, series),
        "label": _title(found),
        "events": happened_to(principal, goal_id),
        "may_change": found.withdrawn_at is None and may_change(principal, found.team.name),
    }
    return render(request, "governance/culture/goal.html", context)


@require_POST
def change(request: HttpRequest, goal_id: int) -> HttpResponse:
    """`/council/goals/<id>/change/`: what `what` names."""
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"A goal knows no {what[:40]!r}.", field="what")
        said = _ACTS[what](principal_from(request), goal_id, request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, said)
    return redirect("governance:goal", goal_id)


def _record(principal: Principal, goal_id: int, sent: QueryDict) -> str:
    day = _day(sent, "measured_on")
    at = timezone.make_aware(dt.datetime.combine(day, dt.time.min)) if day else None
    record_measurement(
        acting=principal,
        goal_id=goal_id,
        value=_decimal(sent, "value"),
        measured_at=at,
        note=sent.get("note", ""),
    )
    return "Recorded."


def _change(principal: Principal, goal_id: int, sent: QueryDict) -> str:
    change_goal(
        acting=principal,
        goal_id=goal_id,
        text=sent.get("text", ""),
        levers=sent.get("levers", ""),
        target=_decimal(sent, "target"),
        due=_day(sent, "due"),
        reason=sent.get("reason", ""),
    )
    return "The goal is changed."


def _withdraw(principal: Principal, goal_id: int, sent: QueryDict) -> str:
    withdraw_goal(acting=principal, goal_id=goal_id, reason=sent.get("reason", ""))
    return "The goal is withdrawn."


def _decimal(sent: QueryDict, name: str) -> float | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no number: write 12.5.", field=name) from None


def _day(sent: QueryDict, name: str) -> dt.date | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day: write 2026-11-21.", field=name) from None


def _team_asked(request: HttpRequest) -> int | None:
    text = request.GET.get("team", "")
    return whole(text)


def _title(goal: Goal) -> str:
    return f"{goal.metric}, in {goal.unit}" if goal.unit else goal.metric


def _chart(goal: Goal, series: list[Any]) -> Any:
    if len(series) < 2:
        return None
    points = [
        Point(exact_day(one.measured_at.date()), one.value, f"{one.value:,.6g} {goal.unit}".strip())
        for one in series
    ]
    return line_chart(_title(goal), points)


_ACTS: Mapping[str, Callable[[Principal, int, QueryDict], str]] = {
    "record": _record,
    "change": _change,
    "withdraw": _withdraw,
}

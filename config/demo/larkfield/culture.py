"""The goals of Larkfield's teams with what was measured, and data that people could not get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from catalog.models import Dataset, ExampleQuery, Team
from config.demo.larkfield.connector import Company
from config.demo.larkfield.council import Happening, acting_as
from config.demo.larkfield.text import read_text
from governance.culture.services.goals import create_goal, record_measurement
from governance.culture.services.reports import answer_reports, report_missing_data
from governance.culture.types import GoalDraft, GoalMeasure
from governance.models import DataReport, Goal

# Reports need somebody who may report, and keep nobody: the same person for all of them.
REPORTER = "peta.marsh"
MEASURED_AT = dt.time(6, tzinfo=dt.UTC)


def happenings() -> list[Happening]:
    """What happens, each at its instant."""
    text = read_text("culture.yaml")
    found: list[Happening] = []
    for goal in text["goals"]:
        found.append((_in_utc(goal["at"]), partial(_set, goal)))
        for day, value in goal.get("measured", {}).items():
            at = dt.datetime.combine(day, MEASURED_AT)
            found.append((at, partial(_measure, goal, value)))
    for report in text["reports"]:
        found.append((_in_utc(report["at"]), partial(_report, report)))
    for answer in text["answers"]:
        found.append((_in_utc(answer["at"]), partial(_answer, answer)))
    return found


def _set(goal: Mapping[str, Any]) -> None:
    measure: dict[str, Any] = {"measure": GoalMeasure.FIGURE, "figure": goal.get("figure", "")}
    if "query" in goal:
        kept = ExampleQuery.objects.get(question__startswith=f"{goal['query']}: ")
        measure = {"measure": GoalMeasure.QUERY, "query_id": kept.pk}
    create_goal(
        acting=acting_as(goal["by"]),
        draft=GoalDraft(
            text=goal["text"],
            metric=goal["metric"],
            team_id=Team.objects.get(name=goal["team"]).pk,
            levers=goal["levers"],
            baseline=goal["baseline"],
            target=goal["target"],
            unit=goal.get("unit", ""),
            due=goal["due"],
            **measure,
        ),
    )


def _measure(goal: Mapping[str, Any], value: float) -> None:
    record_measurement(
        acting=acting_as(goal["by"]), goal_id=Goal.objects.get(text=goal["text"]).pk, value=value
    )


def _report(report: Mapping[str, Any]) -> None:
    name = report.get("dataset")
    dataset_id = Dataset.objects.get(qualified_name=str(Company().name(name))).pk if name else None
    for _ in range(report["times"]):
        report_missing_data(
            acting=acting_as(REPORTER),
            place=report["place"],
            dataset_id=dataset_id,
            words=report["words"],
        )


def _answer(answer: Mapping[str, Any]) -> None:
    one = DataReport.objects.filter(words=answer["words"], answer__isnull=True).order_by("pk")
    answer_reports(
        acting=acting_as(answer["by"]),
        report_id=one.values_list("pk", flat=True)[0],
        subject=answer["subject"],
        text=answer["text"],
    )


def _in_utc(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC)

"""The figures that Concord computes by itself, and what they are for many goals at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from catalog.models import Answer, Dataset, KnownProblem, Ownership, Profile, Question, TestResult
from catalog.types import TestStatus
from governance.culture.models import Goal
from governance.models import OpennessMeasure
from governance.permissions.selectors.openness import confidential_datasets

Reading = tuple[dt.datetime, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """`label` in words, the `unit` of its values, whether it is of one dataset, and what it is:
    for goals, by their key, when it was measured and the value; a goal without data is left out.
    """

    label: str
    unit: str
    of_dataset: bool
    read: Callable[[Sequence[Goal], dt.datetime], Mapping[int, Reading]]


def _rows(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    return _of_profiles(goals, "rows", now)


def _bytes(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    return _of_profiles(goals, "size_bytes", now)


def _of_profiles(goals: Sequence[Goal], field: str, now: dt.datetime) -> Mapping[int, Reading]:
    newest = (
        Profile.objects.filter(
            dataset__in={goal.dataset_id for goal in goals},
            taken_at__lte=now,
            **{f"{field}__isnull": False},
        )
        .order_by("dataset_id", "-taken_at")
        .distinct("dataset_id")
        .values_list("dataset_id", "taken_at", field)
    )
    by_dataset = {dataset: (at, float(value)) for dataset, at, value in newest}
    return {goal.pk: by_dataset[goal.dataset_id] for goal in goals if goal.dataset_id in by_dataset}


def _openness(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    newest = OpennessMeasure.objects.filter(measured_at__lte=now).order_by("-day").first()
    if newest is None:
        return {}
    return {goal.pk: (newest.measured_at, round(newest.share * 100, 4)) for goal in goals}


def _described(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    says = Case(
        When(
            Q(dataset__declared_description="", dataset__harvested_description=""),
            then=Value(0.0),
        ),
        default=Value(100.0),
        output_field=FloatField(),
    )
    shares = _owned(goals).values("team_id").annotate(share=Avg(says)).order_by()
    return _by_team(goals, now, dict(shares.values_list("team_id", "share")))


def _failed_tests(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    failed = TestResult.objects.filter(status__in=[TestStatus.FAILED, TestStatus.ERRORED])
    return _counted(goals, now, failed)


def _open_questions(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    answered = Answer.objects.filter(question=OuterRef("pk"))
    return _counted(goals, now, Question.objects.filter(~Exists(answered)))


def _open_problems(goals: Sequence[Goal], now: dt.datetime) -> Mapping[int, Reading]:
    return _counted(goals, now, KnownProblem.objects.filter(solved_at__isnull=True))


def _counted(goals: Sequence[Goal], now: dt.datetime, rows: QuerySet[Any]) -> Mapping[int, Reading]:
    """How many of `rows` lie on the datasets of each goal's team; none is a number, too."""
    teams = {goal.team_id for goal in goals}
    owned = Q(dataset__ownerships__team__in=teams, dataset__in=_present())
    counts = dict(
        rows.filter(owned)
        .order_by()
        .values("dataset__ownerships__team")
        .annotate(held=Count("pk", distinct=True))
        .values_list("dataset__ownerships__team", "held")
    )
    return _by_team(goals, now, {team: float(counts.get(team, 0)) for team in teams})


def _owned(goals: Sequence[Goal]) -> QuerySet[Ownership]:
    """One row for each team and dataset, whatever the team answers for on it."""
    rows = Ownership.objects.filter(
        team__in={goal.team_id for goal in goals}, dataset__in=_present()
    )
    one_each = rows.order_by("team_id", "dataset_id", "pk").distinct("team_id", "dataset_id")
    return Ownership.objects.filter(pk__in=one_each.values("pk"))


def _present() -> QuerySet[Dataset]:
    """The datasets that count: of a confidential one everybody would learn by the number."""
    return Dataset.objects.filter(disappeared_at__isnull=True).exclude(
        pk__in=list(confidential_datasets())
    )


def _by_team(
    goals: Sequence[Goal], now: dt.datetime, values: Mapping[int, float]
) -> Mapping[int, Reading]:
    return {
        goal.pk: (now, round(values[goal.team_id], 4)) for goal in goals if goal.team_id in values
    }


FIGURES: Mapping[str, Figure] = {
    "rows": Figure("rows of a dataset", "rows", True, _rows),
    "bytes": Figure("size of a dataset", "bytes", True, _bytes),
    "openness": Figure("pairs of a person and a dataset that are open", "%", False, _openness),
    "described": Figure("datasets of the team with a description", "%", False, _described),
    "failed_tests": Figure("tests that fail on the team's datasets", "tests", False, _failed_tests),
    "open_questions": Figure(
        "questions on the team's datasets without an answer", "questions", False, _open_questions
    ),
    "open_problems": Figure(
        "known problems of the team's datasets", "problems", False, _open_problems
    ),
}


def readings(goals: Sequence[Goal], now: dt.datetime) -> dict[int, Reading]:
    """What Concord computes for these goals now, one or two queries for each figure in use."""
    found: dict[int, Reading] = {}
    for name, figure in FIGURES.items():
        of_it = [goal for goal in goals if goal.figure == name]
        if of_it:
            found.update(figure.read(of_it, now))
    return found

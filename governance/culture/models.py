"""Goals with their measurements, reports of missing data, and how many reads need no approval."""

from __future__ import annotations

import secrets

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models import Dataset, ExampleQuery, Person, Team
from catalog.models.choices import choices
from catalog.models.history import tracked
from governance.culture.types import GoalMeasure, GoalSource, ReportPlace


@tracked("team")
class Goal(models.Model):
    """What a team wants to reach, by which day, and what tells how far it is (R-023).

    `dataset` is the metric, the dataset of the query, or the dataset that the figure is about; who
    may not know of it does not see the goal. A query that was deleted leaves the goal unmeasured.
    """

    text = models.CharField(max_length=300)
    metric = models.CharField(max_length=200)
    measure = models.CharField(max_length=10, choices=choices(GoalMeasure))
    query = models.ForeignKey(
        ExampleQuery, null=True, blank=True, on_delete=models.SET_NULL, related_name="goals"
    )
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="goals"
    )
    figure = models.CharField(max_length=40, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="goals")
    levers = models.TextField()
    baseline = models.FloatField()
    target = models.FloatField()
    unit = models.CharField(max_length=40, blank=True)
    starts_on = models.DateField()
    due = models.DateField()
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["due", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(baseline=F("target")), name="goal_target_is_elsewhere"
            ),
            models.CheckConstraint(
                condition=Q(due__gt=F("starts_on")), name="goal_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(measure=GoalMeasure.FIGURE) ^ Q(figure=""), name="goal_figure_named"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class GoalMeasurement(models.Model):
    """One value of a goal's measure at an instant; wrong ones are followed by right ones."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="measurements")
    measured_at = models.DateTimeField()
    value = models.FloatField()
    source = models.CharField(max_length=10, choices=choices(GoalSource))
    note = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["goal", "-measured_at"]
        constraints = [
            models.UniqueConstraint(fields=["goal", "measured_at"], name="goal_measurement_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.value} at {self.measured_at:%Y-%m-%d}"


def _unordered_key() -> int:
    """A random key that any program reads exactly; keys in order would tell which report followed
    which, and with a log of requests, whose it was."""
    return secrets.randbelow(2**53 - 1) + 1


class ReportAnswer(models.Model):
    """What the council answered to reports, for everybody to read: `subject` is what was asked
    for in its own words, `text` what changed."""

    subject = models.CharField(max_length=300)
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    text = models.TextField()
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-answered_at", "-id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.subject


class DataReport(models.Model):
    """Somebody could not get data (R-025). Nothing here or beside it says who: no author, no
    instant but a day, a key without order, no history; its event follows on another day."""

    id = models.BigIntegerField(primary_key=True, default=_unordered_key, editable=False)
    day = models.DateField()
    place = models.CharField(max_length=10, choices=choices(ReportPlace))
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="data_reports"
    )
    words = models.CharField(max_length=500, blank=True)
    told = models.BooleanField(default=False)
    answer = models.ForeignKey(
        ReportAnswer, null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )

    class Meta:
        ordering = ["-day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset__isnull=False) | ~Q(words=""), name="data_report_asks_something"
            )
        ]

    def __str__(self) -> str:
        return f"Data that could not be got ({self.place})"


class ReportTally(models.Model):
    """How many reports came today from a group of people; rows of other days are deleted.

    Which group somebody is in follows from `salt`, which is random, holds for the day and goes
    with it; a group is so large that its tally says of nobody that they reported.
    """

    day = models.DateField()
    group = models.PositiveIntegerField()
    salt = models.CharField(max_length=32)
    reports = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day", "group"]
        constraints = [models.UniqueConstraint(fields=["day", "group"], name="report_tally_once")]

    def __str__(self) -> str:
        return f"{self.reports} on {self.day}"


class SelfServiceMeasure(models.Model):
    """Reads of data on a day (UTC): answered without anybody's approval, answered because of an
    approved exception, refused (R-010)."""

    day = models.DateField(unique=True)
    by_itself = models.PositiveBigIntegerField(default=0)
    approved = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"

"""What was measured of a dataset: profiles over time, test results, use."""

from __future__ import annotations

from django.db import models

from catalog.models.choices import choices
from catalog.models.datasets import Column, Dataset
from catalog.models.people import Person
from catalog.types import Severity, TestStatus


class Profile(models.Model):
    """One measurement of a dataset (R-003); the series of them shows volume and velocity.

    `columns` maps a column path to {"nulls", "distinct", "min", "max", "formats"} where known;
    formats are counts of a sample (`catalog.formats`), never its values. `estimated` marks
    planner statistics instead of a count. `arrival_rate` is rows per day.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="profiles")
    taken_at = models.DateTimeField()
    rows = models.BigIntegerField(null=True, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    arrival_rate = models.FloatField(null=True, blank=True)
    shapes = models.PositiveIntegerField(null=True, blank=True)
    estimated = models.BooleanField(default=False)
    columns = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["dataset", "-taken_at"]
        constraints = [models.UniqueConstraint(fields=["dataset", "taken_at"], name="profile_once")]

    def __str__(self) -> str:
        return f"{self.dataset_id} at {self.taken_at:%Y-%m-%d}"


class TestResult(models.Model):
    """The latest result of a data test that some tool ran; Concord runs none itself."""

    __test__ = False

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="test_results")
    column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.CASCADE, related_name="test_results"
    )
    name = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=choices(TestStatus))
    severity = models.CharField(max_length=20, choices=choices(Severity))
    failures = models.BigIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)
    executed_at = models.DateTimeField()

    class Meta:
        ordering = ["dataset", "name"]
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="test_result_once")]

    def __str__(self) -> str:
        return self.name


class DatasetUse(models.Model):
    """How often a person (or, without one, a source's own count) used a dataset on a day."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="uses")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="uses"
    )
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)
    reads = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "person", "day"], name="dataset_use_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} on {self.day}"

"""Classes that names and counts of values suggest for columns, kept until they change."""

from __future__ import annotations

from django.db import models

from catalog.models import Column, Dataset, Label
from catalog.models.choices import choices
from catalog.models.history import tracked
from lineage.classes import DataClass


@tracked("dataset")
class SuggestedClass(models.Model):
    """A classification that a column may have, with what speaks for it and against it.

    `evidence` is a list of {"source", "text", "weight"}, the weightiest first; it never holds a
    value of the column. What lineage suggests is not kept here: it depends on who asks.
    """

    column = models.OneToOneField(Column, on_delete=models.CASCADE, related_name="suggested_class")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="suggested_classes")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="suggested_for")
    data_class = models.CharField(max_length=20, choices=choices(DataClass))
    confidence = models.FloatField()
    evidence = models.JSONField(default=list)

    class Meta:
        ordering = ["-confidence", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0, confidence__lte=1),
                name="suggested_class_confidence",
            )
        ]
        indexes = [models.Index(fields=["-confidence", "id"], name="suggested_class_surest")]

    def __str__(self) -> str:
        return f"{self.label_id} for {self.column_id}"


class ClassDetection(models.Model):
    """Which version of the detectors looked at a dataset, and at which measurement of it."""

    dataset = models.OneToOneField(
        Dataset, primary_key=True, on_delete=models.CASCADE, related_name="class_detection"
    )
    version = models.PositiveIntegerField()
    profiled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.dataset_id} by {self.version}"

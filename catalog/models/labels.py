"""Tags and classifications, and what carries them."""

from __future__ import annotations

from django.db import models

from catalog.models.choices import choices
from catalog.models.datasets import Column, Dataset
from catalog.models.history import tracked
from catalog.types import LabelKind, Origin


@tracked()
class Label(models.Model):
    """A tag, or a node in the tree of classifications such as `Personal / Contact`."""

    kind = models.CharField(max_length=20, choices=choices(LabelKind))
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)  # names from the root, joined by " / "
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["kind", "path"]
        constraints = [models.UniqueConstraint(fields=["kind", "path"], name="label_path_once")]

    def __str__(self) -> str:
        return self.path


@tracked("dataset")
class DatasetLabel(models.Model):
    """A label on a dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="labels")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="dataset_labels")
    origin = models.CharField(max_length=20, choices=choices(Origin))

    class Meta:
        ordering = ["label__path"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "label"], name="dataset_label_once")
        ]

    def __str__(self) -> str:
        return f"{self.label_id} on {self.dataset_id}"


@tracked("column")
class ColumnLabel(models.Model):
    """A label on a column."""

    column = models.ForeignKey(Column, on_delete=models.CASCADE, related_name="labels")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="column_labels")
    origin = models.CharField(max_length=20, choices=choices(Origin))

    class Meta:
        ordering = ["label__path"]
        constraints = [
            models.UniqueConstraint(fields=["column", "label"], name="column_label_once")
        ]

    def __str__(self) -> str:
        return f"{self.label_id} on {self.column_id}"

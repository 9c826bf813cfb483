"""What stewards said to suggested classifications."""

from __future__ import annotations

from django.db import models

from catalog.models import Column, Label, Person
from catalog.models.choices import choices
from catalog.models.history import tracked
from lineage.types import ReviewVerdict


@tracked("column")
class ClassificationReview(models.Model):
    """A steward accepted or rejected a classification for a column; it is not suggested again.

    `path` is the way it had come when it was reviewed: a list of column names, its start first;
    empty where no lineage suggested it. `given` is the classification that the review put on the
    column, if any.
    """

    column = models.ForeignKey(
        Column, on_delete=models.CASCADE, related_name="classification_reviews"
    )
    label = models.ForeignKey(
        Label, on_delete=models.CASCADE, related_name="classification_reviews"
    )
    verdict = models.CharField(max_length=10, choices=choices(ReviewVerdict))
    reason = models.TextField(blank=True)
    path = models.JSONField(default=list)
    given = models.ForeignKey(
        Label, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer_name = models.CharField(max_length=200)
    reviewed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-reviewed_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["column", "label"], name="classification_review_once")
        ]

    def __str__(self) -> str:
        return f"{self.label_id} on {self.column_id}: {self.verdict}"

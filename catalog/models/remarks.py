"""What people say about anything in the catalog: comments, questions, known problems (R-113)."""

from __future__ import annotations

from django.db import models

from catalog.models.choices import choices
from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Person
from catalog.types import RemarkKind


@tracked("subject_type")
class Remark(models.Model):
    """A comment, question or known problem on an object, or a reply to one.

    `subject_type` is a name in the registry of subjects, `subject_id` the object's key there.
    `dataset` is set where the object is a dataset or belongs to one: who may not see the dataset
    sees no remark on it. A problem stands as a banner until it is solved; a question without a
    reply stands in the queue of who answers for the object.
    """

    kind = models.CharField(max_length=10, choices=choices(RemarkKind))
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="remarks"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="remarks")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="solved_remarks"
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="remark_of_subject")
        ]

    def __str__(self) -> str:
        return self.text[:80]

"""What people say about data: questions, answers and known problems (R-113)."""

from __future__ import annotations

from django.db import models

from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Person


@tracked("dataset")
class Question(models.Model):
    """A question on a dataset; unanswered ones stand in the owner's queue."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="questions")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.text[:80]


@tracked("question")
class Answer(models.Model):
    """An answer to a question; found by search together with it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


@tracked("dataset")
class KnownProblem(models.Model):
    """A banner on a dataset until somebody says it is solved."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="known_problems")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reported_problems")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="solved_problems"
    )

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.text[:80]

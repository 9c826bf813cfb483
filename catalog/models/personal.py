"""What belongs to one person: followed datasets, saved searches, shared example queries."""

from __future__ import annotations

from django.db import models

from catalog.models.datasets import Dataset
from catalog.models.people import Person


class Follow(models.Model):
    """A person hears of changes to a dataset."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="follows")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="followers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["person", "dataset"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.dataset_id}"


class SavedSearch(models.Model):
    """A search a person keeps, as the query string of the search page."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=200)
    query_string = models.CharField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_search_once")]

    def __str__(self) -> str:
        return self.name


class ExampleQuery(models.Model):
    """A query that shows how a dataset is used, kept with the question it answers (R-019)."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="example_queries")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="example_queries")
    question = models.CharField(max_length=500)
    sql = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["dataset", "-created_at"]
        verbose_name_plural = "example queries"

    def __str__(self) -> str:
        return self.question

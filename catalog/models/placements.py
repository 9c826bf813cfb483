"""What curators put first where several things fit a search alike (R-055)."""

from __future__ import annotations

from django.db import models

from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Person


@tracked("dataset")
class SearchPlacement(models.Model):
    """A dataset that comes before its like until a day: in one search, whose words are in `query`
    as `catalog.search.placing.key_of` makes them; without words somewhat in all of them."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="placements")
    query = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    ends_on = models.DateField()  # the last day on which it holds
    placed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="placements")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["query", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["query", "dataset"], name="search_placement_once")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} first for {self.query or 'every search'}"

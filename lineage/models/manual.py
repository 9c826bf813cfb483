"""Edges that people draw where no source states them, each with its author and reason."""

from __future__ import annotations

from django.db import models

from catalog.models import Column, Dataset, Person
from catalog.models.choices import choices
from catalog.models.history import tracked
from lineage.types import EdgeKind, EdgeSubtype


@tracked("target", "source")
class ManualEdge(models.Model):
    """Somebody says that data flows from `source` to `target`, between columns where given.

    The graph's own edges are made from these rows, so no reading of a definition touches them.
    `author_name` stays when the person leaves. What was removed stands in the history, with who
    removed it and why.
    """

    source = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="manual_edges_out")
    source_column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.CASCADE, related_name="manual_edges_out"
    )
    target = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="manual_edges_in")
    target_column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.CASCADE, related_name="manual_edges_in"
    )
    kind = models.CharField(max_length=10, choices=choices(EdgeKind))
    subtype = models.CharField(max_length=20, choices=choices(EdgeSubtype))
    masking = models.BooleanField(default=False)
    transformation = models.TextField(blank=True)
    reason = models.TextField()
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="manual_edges"
    )
    author_name = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["target", "source", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_column", "target", "target_column", "kind", "subtype"],
                name="manual_edge_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}, drawn by {self.author_name}"

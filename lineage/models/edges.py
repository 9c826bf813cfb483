"""Current edges of the lineage graph; their history is kept like every other fact."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models import Column, Dataset
from catalog.models.choices import choices
from catalog.models.history import tracked
from lineage.models.statements import Statement
from lineage.types import ConfidenceReason, EdgeKind, EdgeSubtype, Preparation


@tracked("source", "target")
class DatasetEdge(models.Model):
    """Data flows from `source` to `target`, as `statement` says.

    `is_direct` is False when the source only decides which rows appear (a filter, a join) and
    none of its columns' values arrive. `confidence` is between 0 and 1.
    """

    source = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="edges_out")
    target = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="edges_in")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="dataset_edges")
    is_direct = models.BooleanField(default=True)
    confidence = models.FloatField()
    reason = models.CharField(max_length=20, choices=choices(ConfidenceReason))
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["source", "target", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "statement"], name="dataset_edge_once"
            )
        ]
        indexes = [models.Index(fields=["target", "source"], name="dataset_edge_upstream")]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}"


@tracked("target", "source")
class ColumnEdge(models.Model):
    """A column's value (DIRECT) or a condition on it (INDIRECT) reaches a column.

    `target_column` is None for an INDIRECT edge on the whole dataset: a join, filter, group or
    sort that touches every row. Spans are offsets into the statement's text. `preparations` are
    what happens to the data on its way (R-062). `is_rollup` says that the edge stands for edges of
    fields inside the column, which are there as well.
    """

    source = models.ForeignKey(
        Dataset, on_delete=models.CASCADE, related_name="column_edges_out", db_index=False
    )
    source_column = models.ForeignKey(Column, on_delete=models.CASCADE, related_name="edges_out")
    target = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="column_edges_in")
    target_column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.CASCADE, related_name="edges_in"
    )
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="column_edges")
    kind = models.CharField(max_length=10, choices=choices(EdgeKind))
    subtype = models.CharField(max_length=20, choices=choices(EdgeSubtype))
    confidence = models.FloatField()
    reason = models.CharField(max_length=20, choices=choices(ConfidenceReason))
    masking = models.BooleanField(default=False)
    transformation = models.TextField(blank=True)
    preparations = ArrayField(
        models.CharField(max_length=20, choices=choices(Preparation)), default=list, blank=True
    )
    is_rollup = models.BooleanField(default=False, db_default=False)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["target", "target_column", "source", "source_column", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_column", "target", "target_column", "kind", "subtype", "statement"],
                name="column_edge_once",
                nulls_distinct=False,
            )
        ]
        # Which datasets are connected by columns at all is read from the index alone.
        indexes = [models.Index(fields=["source", "target"], name="column_edge_downstream")]

    def __str__(self) -> str:
        return f"{self.source_column_id} -> {self.target_column_id} ({self.subtype})"

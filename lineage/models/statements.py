"""Statements: the SQL text or document that lineage was read from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from catalog.models import Connection, Dataset
from catalog.models.choices import choices
from lineage.models.queries import Query
from lineage.types import StatementStatus


class Statement(models.Model):
    """One text that makes `dataset`: a view's SQL, a compiled model, a source's own lineage.

    `status` tells how far it was understood. `schema_digest` fingerprints the columns of the
    datasets it reads as they were when it was resolved; when they change it is read again.
    `missing` holds the lookup forms of names that were looked for and not found, so that a
    dataset which arrives later finds the statements that wait for it.
    For kinds that are no SQL, `sql` is the source's own statement as a JSON document. A query that
    ran fills its targets by one statement each, which name it in `query`.
    """

    class Kind(models.TextChoices):
        """Where the statement comes from."""

        VIEW = "view", "View"
        MODEL = "model", "dbt model"
        OPENLINEAGE = "openlineage", "OpenLineage"
        DECLARED = "declared", "Declared by the source"
        QUERY = "query", "Query that ran"
        MANUAL = "manual", "Drawn by people"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="statements")
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="statements"
    )
    query = models.ForeignKey(
        Query, null=True, blank=True, on_delete=models.CASCADE, related_name="statements"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=20, choices=choices(StatementStatus))
    dialect = models.CharField(max_length=30, blank=True)
    sql = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    schema_digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    unresolved = models.JSONField(default=list, blank=True)
    missing = ArrayField(models.CharField(max_length=2000), default=list, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["dataset", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "kind", "connection", "query"],
                name="statement_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            GinIndex(fields=["missing"], name="statement_missing"),
            models.Index(
                fields=["dataset"],
                condition=~models.Q(status=StatementStatus.PARSED.value),
                name="statement_not_parsed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.dataset_id}"

"""Run events as they came, what could not be projected, and what they said of each dataset."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from catalog.models import Dataset, Person
from catalog.models.event_log import CurrentTransactionId


class ReceivedEvent(models.Model):
    """One OpenLineage event, byte for byte as a client sent it.

    The table is partitioned by the day of arrival, so that the days behind the retention are
    dropped instead of deleted; its migration is SQL. `digest` makes a repeated delivery of the
    same bytes one row. Ids commit out of order: read as the event log is, in the order of
    (transaction, id) below the oldest running transaction.
    """

    transaction = models.BigIntegerField(db_default=CurrentTransactionId(), editable=False)
    received_on = models.DateField()
    received_at = models.DateTimeField(db_default=Now())
    digest = models.BinaryField()
    run_id = models.UUIDField(null=True)
    sender = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    body = models.BinaryField()

    class Meta:
        ordering = ["transaction", "id"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "received_on"], name="received_event_once")
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="received_event_order"),
            models.Index(
                fields=["run_id"],
                condition=models.Q(run_id__isnull=False),
                name="received_event_run",
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.pk} of {self.received_on}"


class RunEventOffset(models.Model):
    """How far received events are projected, and how that fares; one row."""

    name = models.CharField(max_length=50, unique=True)
    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ParkedRunEvent(models.Model):
    """An event that could not be projected after its retries; an administrator sees and retries
    it. It holds the event itself, which outlives the retention here."""

    event_id = models.BigIntegerField(unique=True)
    body = models.BinaryField()
    error = models.TextField()
    attempts = models.PositiveIntegerField()
    parked_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-parked_at", "-id"]

    def __str__(self) -> str:
        return f"run event {self.event_id}"


class ReportedDataset(models.Model):
    """What events said so far of a dataset: the latest facets with their times, and its jobs.

    `key` is the digest of the qualified name under which the events are folded; `state` is the
    JSON of `catalog.connectors.openlineage.folding.DatasetState`.
    """

    key = models.BinaryField(max_length=16, unique=True)
    dataset = models.ForeignKey(
        Dataset, null=True, on_delete=models.CASCADE, related_name="reports"
    )
    state = models.BinaryField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"report on {self.dataset_id}"

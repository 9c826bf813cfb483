"""Connections to sources, their runs, and what each source last said."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from catalog.models.choices import choices
from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Person
from catalog.types import RunState, Severity


@tracked()
class Connection(models.Model):
    """A source that Concord reads: a connector, its settings and, maybe, a schedule.

    `settings` never holds a secret: `secret_name` names an environment variable or a file of
    the deployment's secret folder. `interval_minutes` None means that it runs only when asked.
    """

    name = models.CharField(max_length=200, unique=True)
    connector = models.CharField(max_length=50)
    settings = models.JSONField(default=dict, blank=True)
    secret_name = models.CharField(max_length=200, blank=True)
    interval_minutes = models.PositiveIntegerField(null=True, blank=True)
    is_enabled = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class IngestionRun(models.Model):
    """One run of a connection: what it did, how long it took, what it could not use."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=30, choices=choices(RunState), default=RunState.WAITING)
    is_dry_run = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="ingestion_runs"
    )
    request_id = models.UUIDField(default=uuid.uuid4, editable=False)  # in history and events
    upload = models.CharField(max_length=500, blank=True)  # folder of files, or `run_files.GONE`
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)  # datasets expected, when known
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    disappeared = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    diff = models.JSONField(default=dict, blank=True)  # what a dry run would change

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.state}"


class IngestionProblem(models.Model):
    """Something a run could not use, in a plain sentence with the place and the fix."""

    run = models.ForeignKey(IngestionRun, on_delete=models.CASCADE, related_name="problems")
    severity = models.CharField(max_length=20, choices=choices(Severity))
    location = models.CharField(max_length=2000)
    message = models.TextField()

    class Meta:
        ordering = ["run", "id"]

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class SourceRecord(models.Model):
    """What a connection last said of a dataset: the digest tells whether it said anything new.

    `stated` holds what this connection alone answers for, so that what it takes back can be told
    from what others state: "tags", "classifications", "owners", "relations", "tests", "columns"
    (labels by column path), and for lineage "upstream" (dataset names) and "lineage" (column
    edges as `LineageRecord` fields). A connection that only describes the dataset holds its
    descriptions in "words", by column path with "" for the dataset. Absent keys are empty.
    `last_run` is the run that last brought something new; an empty digest means that the record
    is to be read again.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="source_records"
    )
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="source_records")
    digest = models.CharField(max_length=64, blank=True)
    stated = models.JSONField(default=dict, blank=True)
    last_run = models.ForeignKey(
        IngestionRun, null=True, on_delete=models.SET_NULL, related_name="source_records"
    )
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["connection", "dataset"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "dataset"], name="source_record_once")
        ]
        indexes = [
            models.Index(
                fields=["dataset"], condition=Q(gone_at__isnull=True), name="source_record_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} on {self.dataset_id}"

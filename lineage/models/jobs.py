"""Jobs and their runs, as events report them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models import Dataset
from catalog.models.choices import choices
from lineage.types import JobRunState, JobUse


class Job(models.Model):
    """What reads and writes datasets: a task, a model, a Spark application, a query.

    `key` is the digest of namespace and name. Engines that name each execution by its query id
    are folded: the name is then made from the statement's fingerprint. `facets` is the JSON of
    the latest job facets by name, as they were sent.
    """

    key = models.BinaryField(max_length=16, unique=True)
    namespace = models.CharField(max_length=2000)
    name = models.CharField(max_length=2000)
    description = models.TextField(blank=True)
    integration = models.CharField(max_length=200, blank=True)
    job_type = models.CharField(max_length=200, blank=True)
    processing = models.CharField(max_length=200, blank=True)
    sql = models.TextField(blank=True)
    dialect = models.CharField(max_length=100, blank=True)
    code_url = models.TextField(blank=True)
    code_version = models.CharField(max_length=500, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="parts"
    )
    facets = models.BinaryField(default=b"{}")
    runs_heard = models.BigIntegerField(default=0)
    heard_at = models.DateTimeField()
    last_run = models.UUIDField(null=True, blank=True)
    last_state = models.CharField(max_length=20, choices=choices(JobRunState), blank=True)

    class Meta:
        ordering = ["-heard_at", "-id"]
        indexes = [models.Index(fields=["-heard_at", "-id"], name="job_heard")]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class JobRun(models.Model):
    """One execution of a job. `heard_at` is the time of the latest event that told of it.

    A state that ends a run outranks every other one, whichever event arrives last; of two that
    end it the later one holds. `inputs` and `outputs` are qualified names. `external_id` is what
    the engine calls the run. `facets` is the JSON of its facets, large ones left out.
    """

    run_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="runs", db_index=False)
    state = models.CharField(max_length=20, choices=choices(JobRunState))
    heard_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    parent_run = models.UUIDField(null=True)
    external_id = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    rows_read = models.BigIntegerField(null=True)
    rows_written = models.BigIntegerField(null=True)
    bytes_written = models.BigIntegerField(null=True)
    inputs = ArrayField(models.TextField(), default=list)
    outputs = ArrayField(models.TextField(), default=list)
    facets = models.BinaryField(default=b"{}")

    class Meta:
        ordering = ["-heard_at", "run_id"]
        indexes = [models.Index(fields=["job", "-heard_at"], name="job_run_latest")]

    def __str__(self) -> str:
        return str(self.run_id)


class JobDataset(models.Model):
    """A dataset that a job's runs read or wrote."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="datasets", db_index=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="jobs")
    role = models.CharField(max_length=10, choices=choices(JobUse))
    since = models.DateTimeField()

    class Meta:
        ordering = ["job", "role", "dataset"]
        constraints = [
            models.UniqueConstraint(fields=["job", "dataset", "role"], name="job_dataset_once")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.role} {self.dataset_id}"

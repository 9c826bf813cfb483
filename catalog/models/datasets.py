"""Datasets and their columns: the heart of the catalog."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.choices import choices
from catalog.models.history import tracked
from catalog.models.people import Domain
from catalog.models.systems import Container, System
from catalog.types import (
    CaptureKind,
    Consistency,
    DataKind,
    DatasetKind,
    Lifecycle,
    Motion,
    RelationKind,
    Stage,
)


@tracked(
    exclude=(
        "usage_score", "latest_rows", "latest_bytes", "profiled_at", "derived_stage",
        "stage_reason",
    )
)  # fmt: skip
class Dataset(models.Model):
    """Anything that holds or shows data: table, view, file, topic, dashboard, metric, model.

    Harvested values come from sources and are rewritten by them; declared values come from
    people and are never touched by ingestion (law 5). `harvested_metadata` and
    `declared_metadata` hold the facts of R-050 that have no column of their own, keyed by
    `MetadataField`; a declared entry is {"value", "by", "at"}.
    """

    system = models.ForeignKey(
        System, on_delete=models.CASCADE, related_name="datasets", db_index=False
    )
    container = models.ForeignKey(
        Container,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="datasets",
        db_index=False,
    )
    domain = models.ForeignKey(
        Domain,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="datasets",
        db_index=False,
    )
    kind = models.CharField(max_length=30, choices=choices(DatasetKind))
    name = models.CharField(max_length=500)
    display_name = models.CharField(max_length=500, blank=True)
    qualified_name = models.CharField(max_length=2000, unique=True)
    lookup_name = models.CharField(max_length=2000, db_index=True)

    harvested_description = models.TextField(blank=True)
    declared_description = models.TextField(blank=True)
    harvested_metadata = models.JSONField(default=dict, blank=True)
    declared_metadata = models.JSONField(default=dict, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    boosted_fields = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    hidden_fields = ArrayField(models.CharField(max_length=100), default=list, blank=True)

    data_kind = models.CharField(max_length=20, choices=choices(DataKind), blank=True)
    motion = models.CharField(max_length=20, choices=choices(Motion), default=Motion.AT_REST)
    stage = models.CharField(max_length=20, choices=choices(Stage), blank=True)
    declared_stage = models.CharField(max_length=20, choices=choices(Stage), blank=True)
    # From its place in lineage, with the reason in words; a cache of what is told there.
    derived_stage = models.CharField(
        max_length=20, choices=choices(Stage), blank=True, default="", db_default=""
    )
    stage_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    # What is in motion also says: its name at the broker, how long events stay there and
    # how late one may come (ISO 8601 durations), and the moment up to which all have come.
    topic = models.CharField(max_length=300, blank=True, default="", db_default="")
    retention = models.CharField(max_length=40, blank=True, default="", db_default="")
    lateness = models.CharField(max_length=40, blank=True, default="", db_default="")
    watermark = models.DateTimeField(null=True, blank=True)
    capture_kind = models.CharField(max_length=20, choices=choices(CaptureKind), blank=True)
    consistency = models.CharField(max_length=20, choices=choices(Consistency), blank=True)
    expected_latency = models.CharField(max_length=40, blank=True)  # ISO 8601 duration
    finality_lag = models.CharField(max_length=40, blank=True)  # ISO 8601 duration
    correction_policy = models.TextField(blank=True)
    residency = models.CharField(max_length=100, blank=True)
    encryption_at_rest = models.CharField(max_length=100, blank=True)
    encryption_in_transit = models.CharField(max_length=100, blank=True)

    lifecycle = models.CharField(
        max_length=20, choices=choices(Lifecycle), default=Lifecycle.PUBLISHED
    )
    deprecation_note = models.TextField(blank=True)
    enterprise_importance = models.BooleanField(default=False)
    criticality = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 highest .. 4
    operations = models.JSONField(default=dict, blank=True)  # runbook, on_call, sla ...

    definition_sql = models.TextField(blank=True)
    definition_source = models.TextField(blank=True)  # the templated text, where there is one
    definition_platform = models.CharField(max_length=50, blank=True)
    definition_defaults = models.JSONField(default=dict, blank=True)  # database, schema
    url = models.URLField(max_length=1000, blank=True)
    source_created_at = models.DateTimeField(null=True, blank=True)
    source_modified_at = models.DateTimeField(null=True, blank=True)

    disappeared_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    usage_score = models.FloatField(default=0)
    latest_rows = models.BigIntegerField(null=True, blank=True)
    latest_bytes = models.BigIntegerField(null=True, blank=True)
    profiled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["qualified_name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(criticality__isnull=True) | models.Q(criticality__range=(1, 4)),
                name="dataset_criticality_range",
            )
        ]
        # Counting what is present in a place reads these alone, and not the wide rows.
        indexes = [
            models.Index(fields=[place, "disappeared_at"], name=f"dataset_in_{place}")
            for place in ("system", "container", "domain")
        ]

    def __str__(self) -> str:
        return self.qualified_name


@tracked("dataset")
class Column(models.Model):
    """A column, or a field nested in one; `path` is its quoted dotted path in the dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="columns")
    path = models.CharField(max_length=1000)
    name = models.CharField(max_length=500)
    parent_path = models.CharField(max_length=1000, blank=True)
    ordinal = models.PositiveIntegerField()
    physical_type = models.TextField(blank=True)
    nullable = models.BooleanField(null=True, blank=True)
    default = models.TextField(blank=True)
    key_position = models.PositiveSmallIntegerField(null=True, blank=True)
    harvested_description = models.TextField(blank=True)
    declared_description = models.TextField(blank=True)
    disappeared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["dataset", "ordinal", "id"]
        constraints = [models.UniqueConstraint(fields=["dataset", "path"], name="column_path_once")]
        # Whether a dataset has a key: few columns belong to one, and a million do not.
        indexes = [
            models.Index(
                fields=["dataset"],
                condition=models.Q(key_position__isnull=False),
                name="column_of_key",
            )
        ]

    def __str__(self) -> str:
        return self.path


class Alias(models.Model):
    """Another name of a dataset: an old one after a rename, a symlink, a source's own id."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="aliases")
    qualified_name = models.CharField(max_length=2000, unique=True)
    lookup_name = models.CharField(max_length=2000, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["qualified_name"]
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return self.qualified_name


@tracked("source")
class Relation(models.Model):
    """A relation between two datasets beyond containment (R-041), over columns where known."""

    source = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="relations_out")
    target = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="relations_in")
    kind = models.CharField(max_length=20, choices=choices(RelationKind))
    source_columns = ArrayField(models.CharField(max_length=1000), default=list, blank=True)
    target_columns = ArrayField(models.CharField(max_length=1000), default=list, blank=True)
    name = models.CharField(max_length=300, blank=True)
    is_declared = models.BooleanField(default=False)

    class Meta:
        ordering = ["source", "kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind", "source_columns", "target_columns"],
                name="relation_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class Distribution(models.Model):
    """One physical instance of a logical dataset, with its own place and size (R-058)."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="distributions")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="distributions")
    location = models.CharField(max_length=1000)
    media_type = models.CharField(max_length=100, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    fresh_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["location"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "location"], name="distribution_once")
        ]

    def __str__(self) -> str:
        return self.location

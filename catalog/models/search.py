"""What search holds in the database: derived data, rebuilt from the catalog at any time.

Terms and words serve every backend, rows and profiles that of PostgreSQL, generations and refused
documents that of Elasticsearch. Rows are found through `tokens` alone; filters, facets and
permissions work on profiles, the few distinct sets of facet values that documents have. Foreign
keys are left out on purpose: a new generation is built beside the old one and takes its place
whole.
"""

from __future__ import annotations

from enum import StrEnum

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.choices import choices


class SearchTerm(models.Model):
    """A facet value, such as owner = Finance; never changed once made."""

    field = models.CharField(max_length=20)
    value = models.CharField(max_length=300)
    label = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["field", "value"], name="search_term_once")]

    def __str__(self) -> str:
        return f"{self.field}:{self.value}"


class SearchProfile(models.Model):
    """A set of facet values that documents share, sorted; never changed once made."""

    digest = models.CharField(max_length=32, unique=True)
    terms = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return self.digest


class SearchWord(models.Model):
    """A word that occurs in documents as written: what misspelled words are compared with."""

    word = models.CharField(max_length=64, unique=True, db_collation="C")
    documents = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.word


class SearchRow(models.Model):
    """What documents and columns share. A row without a profile is a tombstone: the object is
    gone, and a write older than `version` must not bring it back."""

    kind = models.CharField(max_length=30)
    kind_rank = models.PositiveSmallIntegerField()
    object_id = models.BigIntegerField()
    parent_id = models.BigIntegerField(null=True)
    version = models.BigIntegerField()
    profile_id = models.IntegerField(null=True)
    standing = (
        models.BigIntegerField()
    )  # order among equal matches: current, important, short first
    is_demoted = models.BooleanField()
    importance = models.PositiveSmallIntegerField()  # 0 to 100
    name_words = models.PositiveSmallIntegerField()
    usage = models.FloatField(default=0)
    changed_at = models.DateTimeField(null=True)
    sort_name = models.CharField(max_length=200, db_collation="C")
    tokens = SearchVectorField()
    name_tokens = SearchVectorField()  # those of the name alone: short, so read for ranking
    phrases = models.TextField()
    display = models.JSONField()

    class Meta:
        abstract = True


class SearchDocument(SearchRow):
    """Anything searchable but columns."""

    columns_digest = models.CharField(max_length=32, blank=True)
    roots = models.JSONField(default=dict)  # how often each stands in it, names counted more
    length = models.FloatField(default=0)  # how much that is in all

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="search_document_once")
        ]
        indexes = [
            GinIndex(fields=["tokens"], name="search_document_tokens", fastupdate=False),
            models.Index(fields=["sort_name"], name="search_document_name"),
            models.Index(fields=["standing", "id"], name="search_document_standing"),
            models.Index(fields=["profile_id"], name="search_document_profile"),
            models.Index(
                fields=["parent_id"],
                condition=models.Q(parent_id__isnull=False),
                name="search_document_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class SearchColumn(SearchRow):
    """A column of a dataset; `parent_id` is the dataset, whose document decides the version."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="search_column_once")
        ]
        indexes = [
            GinIndex(fields=["tokens"], name="search_column_tokens", fastupdate=False),
            models.Index(fields=["sort_name"], name="search_column_name"),
            models.Index(fields=["standing", "id"], name="search_column_standing"),
            models.Index(fields=["parent_id"], name="search_column_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class GenerationState(StrEnum):
    """What becomes of one build of the search index."""

    BUILDING = "building"  # written to by everybody, read by nobody
    LIVE = "live"
    KEPT = "kept"  # the one before, to go back to
    FAILED = "failed"
    DROPPED = "dropped"


class SearchGeneration(models.Model):
    """One build of the index in Elasticsearch; `name` ends the names of its indices."""

    name = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=choices(GenerationState))
    mapping_hash = models.CharField(max_length=32)
    documents = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=GenerationState.BUILDING.value),
                name="search_generation_one_building",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class RefusedDocument(models.Model):
    """A document that the index refuses for what is in it; it is found again once it is mended."""

    kind = models.CharField(max_length=30)
    object_id = models.BigIntegerField()
    error = models.TextField()
    attempts = models.PositiveIntegerField(default=1)
    refused_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="refused_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"

"""What images, sound and documents say about themselves (R-053)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.choices import choices
from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.types import MediaKind


@tracked("dataset")
class Media(models.Model):
    """The facts that only a media dataset has, and the words in it.

    `declared_fields` names the facts that people set: a source leaves those alone (law 5). The
    transcript is data and not metadata: who may not read the dataset neither sees nor finds it.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(max_length=20, choices=choices(MediaKind))
    format = models.CharField(max_length=50, blank=True)  # of files: png, mp3, pdf ...
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels
    height = models.PositiveIntegerField(null=True, blank=True)  # pixels
    language = models.CharField(max_length=35, blank=True)  # BCP 47: de, en-GB
    transcript = models.TextField(blank=True)
    declared_fields = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    class Meta:
        ordering = ["dataset"]
        verbose_name_plural = "media"

    def __str__(self) -> str:
        return f"{self.kind} {self.dataset_id}"

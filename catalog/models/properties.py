"""Custom typed properties: what a company adds to its datasets."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.choices import choices
from catalog.models.history import tracked
from catalog.types import PropertyType


@tracked()
class PropertyDefinition(models.Model):
    """A property that datasets may carry in `custom`; values are checked against its type."""

    key = models.SlugField(max_length=100, unique=True)
    label = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=20, choices=choices(PropertyType))
    options = ArrayField(models.CharField(max_length=200), default=list, blank=True)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label

"""Conflicts found, with their parties, evidence, owner and resolution."""

from __future__ import annotations

from django.db import models

from catalog.models import Dataset, Person
from catalog.models.choices import choices
from governance.agreements.models import Agreement
from governance.proposals.models import Proposal
from governance.types import ConflictKind, ConflictState


class Conflict(models.Model):
    """One disagreement, found once: `fingerprint` is made of its kind and its parties' keys."""

    kind = models.CharField(max_length=30, choices=choices(ConflictKind))
    fingerprint = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=300)
    witness = models.TextField()
    counts = models.JSONField(default=dict, blank=True)
    parties = models.JSONField(default=list)
    agreements = models.ManyToManyField(Agreement, related_name="conflicts", blank=True)
    proposals = models.ManyToManyField(Proposal, related_name="conflicts", blank=True)
    datasets = models.ManyToManyField(Dataset, related_name="conflicts", blank=True)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="conflicts"
    )
    state = models.CharField(
        max_length=20, choices=choices(ConflictState), default=ConflictState.OPEN
    )
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "id"]
        indexes = [models.Index(fields=["state", "kind"], name="conflict_state_kind")]

    def __str__(self) -> str:
        return self.title

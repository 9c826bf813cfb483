"""Who answers for a dataset, and how Concord knows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from catalog.models.choices import choices
from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Person, Team
from catalog.types import Origin, OwnershipKind


@tracked("dataset")
class Ownership(models.Model):
    """A person or a team that answers for a dataset in one capacity."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="ownerships")
    kind = models.CharField(max_length=30, choices=choices(OwnershipKind))
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="ownerships"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="ownerships"
    )
    origin = models.CharField(max_length=20, choices=choices(Origin))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["dataset", "kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, team__isnull=True)
                | Q(person__isnull=True, team__isnull=False),
                name="ownership_person_or_team",
            ),
            models.UniqueConstraint(
                fields=["dataset", "kind", "person"],
                condition=Q(person__isnull=False),
                name="ownership_person_once",
            ),
            models.UniqueConstraint(
                fields=["dataset", "kind", "team"],
                condition=Q(team__isnull=False),
                name="ownership_team_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} ({self.kind})"

    @property
    def owner(self) -> Person | Team:
        """The owner, whichever kind it is."""
        found = self.person or self.team
        if found is None:
            raise ValueError("An ownership without an owner cannot exist; the database refuses it.")
        return found

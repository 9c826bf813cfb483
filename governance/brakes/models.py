"""Leases of running queries, and what teams used of their budgets."""

from __future__ import annotations

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from catalog.models import Person
from catalog.models.choices import choices
from governance.types import LeaseState


class QueryLease(models.Model):
    """One query that was let run, and may go on while its heartbeats are answered `continue`.

    `holder` asked for it and alone sends its heartbeats; `subject` is whose query it is. `sql` is
    kept while it runs, to be judged anew, and emptied afterwards; `digest` is the SHA-256 of what
    may run. `budgets` are pairs of a brake's key and a team. `standing` names the policy that it
    was last judged by. What has left `running` never comes back, and no counter shrinks: triggers
    see to both.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    holder = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    subject = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="query_leases")
    gateway = models.CharField(max_length=100, blank=True)
    environment = models.CharField(max_length=20, blank=True)
    purpose = models.CharField(max_length=30, blank=True)
    query_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=choices(LeaseState), default=LeaseState.RUNNING)
    granted_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    interval = models.PositiveSmallIntegerField()
    sql = models.TextField(blank=True)
    question = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    datasets = ArrayField(models.BigIntegerField(), default=list, blank=True)
    estimate = models.JSONField(default=dict)
    budgets = models.JSONField(default=list)
    bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    standing = models.CharField(max_length=100, blank=True)
    judged_at = models.DateTimeField()
    code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    brake = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-granted_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(bytes__gte=0, rows__gte=0, seconds__gte=0),
                name="query_lease_counts_up",
            ),
            models.CheckConstraint(
                condition=Q(interval__range=(1, 300)), name="query_lease_beats_soon"
            ),
        ]
        indexes = [
            models.Index(
                fields=["beat_at"], condition=Q(state="running"), name="query_lease_running"
            ),
            models.Index(fields=["holder", "query_id"], name="query_lease_by_query"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="over_is_over",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.state <> 'running' AND NEW.state IS DISTINCT FROM OLD.state)"
                    " OR NEW.bytes < OLD.bytes OR NEW.rows < OLD.rows OR NEW.seconds < OLD.seconds)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"lease {self.pk}"


class BudgetUse(models.Model):
    """What one team used of one brake's budget on one day (UTC), as heartbeats reported it."""

    brake = models.CharField(max_length=200)
    team = models.CharField(max_length=200)
    day = models.DateField()
    bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    queries = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "brake", "team"]
        constraints = [
            models.UniqueConstraint(fields=["brake", "team", "day"], name="budget_use_once"),
            models.CheckConstraint(
                condition=Q(bytes__gte=0, rows__gte=0), name="budget_use_counts_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} of {self.brake} on {self.day}"

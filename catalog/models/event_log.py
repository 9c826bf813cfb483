"""The event log: what happened, in the transaction in which it happened (laws 1 and 2)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now

BEFORE_ALL = -(2**62)  # before any transaction, also those of a server that was restored from


class CurrentTransactionId(Func):
    """PostgreSQL's 64-bit id of the running transaction, as a bigint."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class Event(models.Model):
    """One thing that happened. Ids commit out of order, so consumers read in the order of
    (transaction, id) and only below the oldest running transaction."""

    transaction = models.BigIntegerField(db_default=CurrentTransactionId(), editable=False)
    type = models.CharField(max_length=100)
    version = models.PositiveSmallIntegerField(default=1)
    subject_type = models.CharField(max_length=50)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=2000)
    actor_id = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=300)
    request_id = models.UUIDField()
    payload = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["transaction", "id"]
        indexes = [
            models.Index(fields=["transaction", "id"], name="event_order"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_subject"),
            models.Index(fields=["request_id"], name="event_request"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_name}"


class ConsumerOffset(models.Model):
    """How far a consumer has read the log, and how it fares."""

    consumer = models.CharField(max_length=100, unique=True)
    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["consumer"]

    def __str__(self) -> str:
        return self.consumer


class ParkedEvent(models.Model):
    """An event that a consumer could not digest after its retries; an admin sees and retries it."""

    consumer = models.CharField(max_length=100)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="parked")
    error = models.TextField()
    attempts = models.PositiveIntegerField()
    parked_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-parked_at"]
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="parked_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.consumer}: event {self.event_id}"

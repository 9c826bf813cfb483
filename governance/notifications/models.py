"""Messages to people, their preferences, what they follow, and webhooks to tools."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models import Person


class Notification(models.Model):
    """One message to one person, shown in the product and sent as they prefer.

    `dedupe` makes repeated jobs harmless: one message per person and key. `is_immediate` marks what
    asks for an act (must-sign); everything else waits for the digest. What left by mail and by chat
    is kept apart, so that a fault of one does not repeat the other; `settled_at` says that nothing
    more is sent, because all was or because it was given up.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=50)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    subject_type = models.CharField(max_length=50, blank=True)
    subject_key = models.CharField(max_length=200, blank=True)
    is_immediate = models.BooleanField(default=False)
    dedupe = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    chat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)  # null: at once
    settled_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "dedupe"], name="notification_once")
        ]
        indexes = [
            models.Index(fields=["person", "read_at"], name="notification_unread"),
            models.Index(
                fields=["is_immediate", "next_attempt_at"],
                condition=models.Q(settled_at__isnull=True),
                name="notification_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationPreference(models.Model):
    """How a person wants to hear: which kinds not at all, when quiet, digest when."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, related_name="notification_preference"
    )
    muted_kinds = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    mail = models.BooleanField(default=True)
    chat_url = models.URLField(max_length=500, blank=True)  # Slack-compatible incoming webhook
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    digest_hour = models.PositiveSmallIntegerField(default=8)  # local hour
    digested_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"how {self.person_id} hears"


class Watch(models.Model):
    """Somebody follows an agreement, a proposal, a domain or anything else with a key."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="watches")
    subject_type = models.CharField(max_length=50)  # agreement, proposal, domain, council
    subject_key = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "subject_type", "subject_key"], name="watch_once"
            )
        ]
        indexes = [models.Index(fields=["subject_type", "subject_key"], name="watch_subject")]

    def __str__(self) -> str:
        return f"{self.person_id} watches {self.subject_key}"


class Webhook(models.Model):
    """A tool that hears of events by signed HTTP posts (Standard Webhooks).

    Its secret is derived from the service's own key and `generation`, so that none is stored;
    until `former_until` the generation before it signs as well, for a rotation without a gap.
    """

    name = models.CharField(max_length=200, unique=True)
    url = models.URLField(max_length=1000)
    generation = models.PositiveIntegerField(default=1)
    former_until = models.DateTimeField(null=True, blank=True)
    event_types = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="webhooks")
    is_active = models.BooleanField(default=True)
    next_position = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    disabled_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, with every attempt's outcome."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    position = models.BigIntegerField()  # sequence within the webhook, for replay
    event = models.ForeignKey("catalog.Event", on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["webhook", "position"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_delivery_once")
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="webhook_delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} #{self.position}"

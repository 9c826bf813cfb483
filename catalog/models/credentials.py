"""How tools and new people get in: API tokens and invitations. Only digests are stored."""

from __future__ import annotations

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.models.history import tracked
from catalog.models.people import Person


def digest_of(secret: str) -> str:
    """What is stored of a secret; ours are long and random, so a plain SHA-256 suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


@tracked("person", exclude=("digest", "last_used_at"))
class ApiToken(models.Model):
    """A token of a person or service account; shown once, stored as a SHA-256 digest."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["person", "name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """A link that lets one person set up an account; used once, expires."""

    email = models.EmailField()
    digest = models.CharField(max_length=64, unique=True)
    job_role = models.CharField(max_length=30)
    is_administrator = models.BooleanField(default=False)
    steward_of = models.ManyToManyField("catalog.Domain", blank=True, related_name="+")
    invited_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="accepted_invitation"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email

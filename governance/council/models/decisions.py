"""The chain of decisions, and the checks that each rests on."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models import Person
from catalog.models.choices import choices
from governance.council.models.meetings import Meeting
from governance.proposals.models import Proposal
from governance.types import (
    Outcome,
    ProposalClass,
    ProposalState,
)


class Decision(models.Model):
    """One link of the append-only chain of decisions.

    `record` is the canonical JSON (RFC 8785) that was hashed: people by opaque id, texts by salted
    digest, so that a person can be erased without breaking the chain. `hash` is SHA-256 over
    `prev_hash` and `record`. The other columns repeat the record for queries; `verify` compares.
    """

    key = models.CharField(max_length=12, unique=True)  # DR-nnnn
    number = models.PositiveIntegerField(unique=True)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="decisions")
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    klass = models.CharField(
        "class", max_length=1, choices=[(c.value, c.name.capitalize()) for c in ProposalClass]
    )
    outcome = models.CharField(max_length=20, choices=choices(Outcome))
    state_after = models.CharField(max_length=30, choices=choices(ProposalState))
    sentence = models.CharField(max_length=500)
    rule = models.CharField(max_length=500)  # the rule applied, in words with its numbers
    tally = models.JSONField(default=dict)
    dissent = models.JSONField(default=list)
    unchecked = models.JSONField(default=list)  # guards that no engine could answer yet
    evidence_share = models.BooleanField(default=False)  # whether it rests on evidence
    present = models.PositiveSmallIntegerField(null=True, blank=True)
    quorum = models.PositiveSmallIntegerField(null=True, blank=True)
    revision_digest = models.CharField(max_length=64)
    impact_digest = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    effective_at = models.DateTimeField(null=True, blank=True)
    record = models.TextField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            # A vote of the council without quorum cannot be recorded (3.3).
            models.CheckConstraint(
                condition=Q(quorum__isnull=True) | Q(present__gte=F("quorum")),
                name="decision_has_quorum",
            ),
            models.UniqueConstraint(fields=["prev_hash"], name="decision_chain_has_no_fork"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.key


class GuardRun(models.Model):
    """A guard that a decision stored as not yet checked, run when its engine arrived."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="guard_runs")
    check_code = models.CharField(max_length=100)
    passed = models.BooleanField()
    message = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["decision", "at"]

    def __str__(self) -> str:
        return f"{self.check_code} on {self.decision_id}"

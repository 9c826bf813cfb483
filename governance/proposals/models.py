"""Proposals, their immutable revisions, who is touched, and what everybody said."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from catalog.models import Domain, Person, Team
from catalog.models.choices import choices
from governance.agreements.models import Agreement
from governance.proposals.rules.transitions import ALLOWED
from governance.types import (
    BlockKind,
    ChangeOp,
    ConcernState,
    PositionValue,
    ProposalClass,
    ProposalState,
    Scope,
    SignerReason,
    SignerRole,
)


class Proposal(models.Model):
    """A question put to those it concerns, until it is decided.

    `key` is DGP-nnnn. `kind` is that of its first change. Deadlines are instants of governance's
    clock. `klass` is computed at submission; while it is a draft it is empty.
    """

    key = models.CharField(max_length=12, unique=True)
    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=300)
    ask = models.CharField(max_length=300)  # one line: what is asked of the reader
    state = models.CharField(
        max_length=30, choices=choices(ProposalState), default=ProposalState.DRAFT
    )
    klass = models.CharField(
        "class", max_length=1, choices=[(c.value, c.name.capitalize()) for c in ProposalClass],
        blank=True,
    )  # fmt: skip
    scope = models.CharField(max_length=20, choices=choices(Scope), blank=True)
    scope_raised = models.BooleanField(default=False)
    is_emergency = models.BooleanField(default=False)
    is_escalated = models.BooleanField(default=False)
    is_reversal = models.BooleanField(default=False)  # puts back what `follows_up` replaced
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="proposals")
    champion = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="championed")
    co_authors = models.ManyToManyField(Person, related_name="co_authored", blank=True)
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposals"
    )
    committee = models.ForeignKey(
        "governance.Committee", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="proposals",
    )  # fmt: skip
    current = models.ForeignKey(
        "governance.Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    state_since = models.DateTimeField()
    last_event_at = models.DateTimeField()
    discussion_until = models.DateTimeField(null=True, blank=True)
    final_call_until = models.DateTimeField(null=True, blank=True)
    reopen_until = models.DateTimeField(null=True, blank=True)
    deferred_until = models.DateTimeField(null=True, blank=True)
    effective_at = models.DateTimeField(null=True, blank=True)
    lapses_at = models.DateTimeField(null=True, blank=True)  # class X: ratified by then or lapsed
    expiry_warned_days = models.PositiveSmallIntegerField(null=True, blank=True)  # last warning
    outcome_note = models.TextField(blank=True)
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="supersedes"
    )
    follows_up = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_ups"
    )

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["state", "state_since"], name="proposal_state"),
            models.Index(fields=["author"], name="proposal_author"),
        ]
        triggers = [
            pgtrigger.FSM(name="state_machine", field="state", transitions=ALLOWED),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.key


class Revision(models.Model):
    """One exact, hashed text of a proposal; everything said binds to its digest.

    `digest` covers its changes, their base versions, evidence and effective date. `findings` is
    the dry run: what the checks answered when it was made, with guards not yet checked.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    logic_digest = models.CharField(max_length=64)  # the same without prose: equal = editorial
    rationale = models.TextField()
    evidence = models.JSONField(default=list, blank=True)
    no_evidence_reason = models.TextField(blank=True)
    wanted_effective_at = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="revisions")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "-number"]
        constraints = [models.UniqueConstraint(fields=["proposal", "number"], name="revision_once")]
        indexes = [models.Index(fields=["digest"], name="revision_digest")]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} r{self.number}"


class Change(models.Model):
    """What a revision does to one agreement, on top of which version of it."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="changes")
    position = models.PositiveIntegerField()
    op = models.CharField(max_length=20, choices=choices(ChangeOp))
    kind = models.CharField(max_length=30)
    agreement_key = models.CharField(max_length=200)
    agreement = models.ForeignKey(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="changes"
    )
    title = models.CharField(max_length=300)
    base_version = models.PositiveIntegerField(default=0)  # 0: nothing in force
    document = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["revision", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "agreement_key"], name="change_once_per_agreement"
            )
        ]
        indexes = [models.Index(fields=["agreement_key"], name="change_agreement_key")]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.op} {self.agreement_key}"


class ImpactSnapshot(models.Model):
    """Whom and what a revision touches, counted at one instant, with the proof of its scope.

    `content` lists systems, datasets, columns, queries, dashboards, models, excluded hubs and
    unparsed statements by id and name, bounded; `counts` are exact. `graph_version` is the newest
    event the lineage graph had digested.
    """

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="impacts")
    taken_at = models.DateTimeField()
    graph_version = models.BigIntegerField(default=0)
    scope = models.CharField(max_length=20, choices=choices(Scope))
    scope_proof = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["revision", "-taken_at", "-id"]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"impact of {self.revision_id}"


class Signer(models.Model):
    """One domain (or class of data, or unknown consumer) that a snapshot touches, and who answers
    for it: one signer per domain, with the shortest path that made them one.

    `path` is the list of names from the changed object to the object that made the domain
    affected. `person` is empty where nobody answers for the domain: then nobody can consent for it
    until a seat or an owner is named. `via_seat` names the seat they sign from, when it is one.
    """

    snapshot = models.ForeignKey(ImpactSnapshot, on_delete=models.CASCADE, related_name="signers")
    role = models.CharField(max_length=20, choices=choices(SignerRole))
    reason = models.CharField(max_length=30, choices=choices(SignerReason))
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="signings"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    via_seat = models.ForeignKey(
        "governance.Seat", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    label = models.CharField(max_length=300)  # "Marketing", "Legal for Personal / Contact"
    explanation = models.TextField()
    path = models.JSONField(default=list)
    objects_count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["snapshot", "role", "label", "id"]

    def __str__(self) -> str:
        return f"{self.label} ({self.role})"


class SignRequest(models.Model):
    """The escalation clock of one must-sign of one proposal, in business hours (3.4)."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="sign_requests")
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    label = models.CharField(max_length=300)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="sign_requests"
    )
    requested_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    delegated_at = models.DateTimeField(null=True, blank=True)
    delegate = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    manager_at = models.DateTimeField(null=True, blank=True)
    manager = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # no longer affected

    class Meta:
        ordering = ["proposal", "label"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "label"], name="sign_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.label} on {self.proposal_id}"


class Position(models.Model):
    """What a person says of one revision, for themselves or by delegation; the last one counts.

    `revision_digest` binds it: a position on an older digest is stale and never counts. `salt`
    and `reason_digest` let the decision's chain name the reason without holding it.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="positions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="positions")
    revision_digest = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="positions")
    on_behalf_of = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seat = models.ForeignKey(
        "governance.Seat", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    label = models.CharField(max_length=300, blank=True)  # the must-sign it answers, if any
    value = models.CharField(max_length=30, choices=choices(PositionValue))
    block_kind = models.CharField(max_length=20, choices=choices(BlockKind), blank=True)
    reason = models.TextField(blank=True)
    salt = models.CharField(max_length=32)
    reason_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(value="block") | ~Q(block_kind=""), name="position_block_has_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(value__in=["block", "consent_with_concern"]) | ~Q(reason=""),
                name="position_with_doubt_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=models.F("person")),
                name="position_not_on_own_behalf",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.value} on {self.revision_id}"


class Concern(models.Model):
    """A named doubt that has to be answered in writing; a blocking one stops the final call."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="concerns")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="concerns")
    raiser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="concerns")
    kind = models.CharField(max_length=20, choices=choices(BlockKind))
    is_blocking = models.BooleanField()
    title = models.CharField(max_length=300)
    text = models.TextField()
    evidence = models.JSONField(default=list, blank=True)
    state = models.CharField(
        max_length=20, choices=choices(ConcernState), default=ConcernState.OPEN
    )
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ruling = models.TextField(blank=True)
    ruled_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["proposal", "raised_at", "id"]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class InterestRuling(models.Model):
    """The chair's ruling on a conflict of interest that was suggested: somebody stands aside from a
    proposal, or may take part; the last one on a person counts.

    `grounds` is what Concord said of them when the chair ruled.
    """

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="interest_rulings"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    stands_aside = models.BooleanField()
    grounds = models.TextField()
    ruling = models.TextField()
    ruled_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "at", "id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {'aside from' if self.stands_aside else 'in'} {self.proposal_id}"


class Comment(models.Model):
    """A remark in a proposal's thread, bound to the revision it speaks of."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="comments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="proposal_comments")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class Step(models.Model):
    """A change of state with its actor and reason: the timeline of a proposal, append-only."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="steps")
    before = models.CharField(max_length=30, choices=choices(ProposalState), blank=True)
    after = models.CharField(max_length=30, choices=choices(ProposalState))
    actor = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["proposal", "at", "id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"


class MigrationTask(models.Model):
    """A query or dataset that rests on the older version: whose it is, until when it has to move,
    and the suggested rewrite, where one can be made."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="migration_tasks")
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="migration_tasks"
    )
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="migration_tasks"
    )
    dataset = models.ForeignKey(
        "catalog.Dataset", on_delete=models.CASCADE, related_name="migration_tasks"
    )
    instruction = models.TextField()
    suggestion = models.TextField(blank=True)  # SQL
    path = ArrayField(models.CharField(max_length=2000), default=list, blank=True)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "dataset"], name="migration_task_once")
        ]

    def __str__(self) -> str:
        return self.instruction[:80]

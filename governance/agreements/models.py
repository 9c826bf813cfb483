"""Agreements and their versions: what holds, since when, by which decision."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from catalog.models import Dataset, Domain, Person, System
from catalog.models.choices import choices
from governance.types import AgreementState, BindingRole, ChangeOp, Scope


class _Same(Func):
    """A range that holds one key, so that a GiST index compares keys without an extension."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


class _Validity(Func):
    """From when until when a version holds; the end is open or excluded."""

    function = "tstzrange"


class Agreement(models.Model):
    """One governed object, whatever its kind: a term, a data state, an opt-out, the charter.

    `key` is `<kind>:<slug>` and never changes. What it says lies in its versions; `title`, `state`,
    `scope` and `domain` repeat the version in force (or proposed) for lists, written by adoption.
    `scope_floor` is what a person raised the scope to; it is never lowered.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=300)
    state = models.CharField(
        max_length=20, choices=choices(AgreementState), default=AgreementState.PROPOSED
    )
    scope = models.CharField(max_length=20, choices=choices(Scope), default=Scope.LOCAL)
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="agreements"
    )
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )
    sunset_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "title", "id"]
        indexes = [models.Index(fields=["kind", "state"], name="agreement_kind_state")]

    def __str__(self) -> str:
        return self.key


class AgreementVersion(models.Model):
    """What an agreement said, immutable: its document, from when until when it held, and since
    when Concord knew (bitemporal). Only adoption writes one and closes the one before it.

    `digest` is the SHA-256 of the document's canonical form (RFC 8785). `epoch` is the
    `policy_epoch` that the adoption made. `decision` says who agreed.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    op = models.CharField(max_length=20, choices=choices(ChangeOp))
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    scope = models.CharField(max_length=20, choices=choices(Scope))
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    epoch = models.BigIntegerField()
    decision = models.ForeignKey(
        "governance.Decision", on_delete=models.PROTECT, related_name="versions"
    )
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["agreement", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_version_once"),
            # A decision takes effect once, whatever the clock and the jobs do.
            models.UniqueConstraint(
                fields=["decision", "agreement"], name="agreement_decision_takes_effect_once"
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(valid_to__isnull=True),
                name="agreement_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="agreement_version_has_length",
            ),
            ExclusionConstraint(
                name="agreement_one_version_at_any_instant",
                expressions=[
                    (_Same("agreement"), "&&"),
                    (_Validity("valid_from", "valid_to", Value("[)")), "&&"),
                ],
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="agreement_version_digest")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.valid_to IS NOT NULL OR NEW.valid_to IS NULL OR "
                    "(to_jsonb(OLD.*) - 'valid_to') IS DISTINCT FROM (to_jsonb(NEW.*) - 'valid_to')"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} v{self.number}"


class Binding(models.Model):
    """An object of the catalog that a version rests on."""

    version = models.ForeignKey(AgreementVersion, on_delete=models.CASCADE, related_name="bindings")
    role = models.CharField(max_length=30, choices=choices(BindingRole))
    dataset = models.ForeignKey(
        Dataset, null=True, blank=True, on_delete=models.CASCADE, related_name="bindings"
    )
    column_path = models.CharField(max_length=1000, blank=True)
    system = models.ForeignKey(
        System, null=True, blank=True, on_delete=models.CASCADE, related_name="bindings"
    )

    class Meta:
        ordering = ["version", "role", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dataset__isnull=False, system__isnull=True)
                | Q(dataset__isnull=True, system__isnull=False),
                name="binding_to_one_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.role}"


class UseCount(models.Model):
    """What still uses an agreement that goes, or what it takes away, counted every week until its
    last day (3.7). `content` names the first of them."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="use_counts")
    counted_at = models.DateTimeField()
    number = models.PositiveIntegerField()
    content = models.JSONField(default=list)

    class Meta:
        ordering = ["agreement", "-counted_at"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "counted_at"], name="use_count_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.number} uses of {self.agreement_id}"


class PolicyEpoch(models.Model):
    """One number that every adoption increments: readers take it once and see all or nothing."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="policy_epoch_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class StoryClock(models.Model):
    """The frozen instant of a demonstration; no row means real time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    instant = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="story_clock_is_one_row")]

    def __str__(self) -> str:
        return self.instant.isoformat()

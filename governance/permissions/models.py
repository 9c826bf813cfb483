"""Dated exceptions from opt-outs, and the templates that break glass in minutes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models import Person, Team
from catalog.models.choices import choices
from catalog.models.history import tracked
from governance.agreements.models import Agreement
from governance.permissions.types import ExceptionState, GatewayUse, ReviewOutcome


@tracked("agreement")
class BreakGlassTemplate(models.Model):
    """An exception that the opt-out's owner approved in advance, for minutes and for one team.

    Whoever is in `team` may use it with a reason; it pages the owner at once and ends by itself.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="break_glass_templates"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    minutes = models.PositiveSmallIntegerField()
    reason = models.TextField()
    approved_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["agreement", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__range=(1, 240)), name="break_glass_for_minutes"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("approved_at")), name="break_glass_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} may break {self.agreement_id} for {self.minutes} min"


@tracked("agreement", "person", "team")
class OptOutException(models.Model):
    """One opt-out does not hold for a person or a team, until a day, for a reason.

    It counts from `begins_at` to `ends_at` while it is approved. `datasets` are names or patterns
    that it is narrowed to; none means all that the opt-out covers. What a `template` approved is
    broken glass, and is reviewed once it is over.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="opt_out_exceptions"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="opt_out_exceptions"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="opt_out_exceptions"
    )
    datasets = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    reason = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(
        max_length=20, choices=choices(ExceptionState), default=ExceptionState.REQUESTED
    )
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    template = models.ForeignKey(
        BreakGlassTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="uses"
    )
    review = models.CharField(max_length=20, choices=choices(ReviewOutcome), blank=True)
    review_note = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review="", reviewed_at__isnull=True)
                | Q(template__isnull=False, reviewed_at__isnull=False) & ~Q(review=""),
                name="opt_out_exception_reviewed_once_broken",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) ^ Q(team__isnull=True),
                name="opt_out_exception_of_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="opt_out_exception_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["state", "ends_at"], name="opt_out_exception_current")]

    def __str__(self) -> str:
        return f"exception {self.pk} from {self.agreement_id}"


def questions_only() -> list[str]:
    return [GatewayUse.ASK.value]


@tracked()
class Gateway(models.Model):
    """An engine that asks for the opt-outs by an address of its own, which holds a secret.

    `uses` is what the secret may be used for (`GatewayUse`). A proxy says who asks in
    `identity_header`, and by its `routes` which paths are about which data.

    Tables of its catalogs are named after `system_name`, or after what `catalogs` says of each.
    `purpose` holds where a question brings none. After a rotation the former secret holds until
    `former_until`; secrets are shown once and kept as SHA-256 digests.
    """

    name = models.CharField(max_length=100, unique=True)
    system_name = models.CharField(max_length=2000)
    catalogs = models.JSONField(default=dict, blank=True)
    purpose = models.CharField(max_length=30, blank=True)
    impersonators = ArrayField(models.CharField(max_length=150), default=list, blank=True)
    uses = ArrayField(
        models.CharField(max_length=20, choices=choices(GatewayUse)), default=questions_only
    )
    identity_header = models.CharField(max_length=100, blank=True)
    routes = models.JSONField(default=list, blank=True)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    former_digest = models.CharField(max_length=64, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EnforcementPoint(models.Model):
    """A process that decides from opt-outs that it holds itself, with what it said it runs.

    `door` is how it gets them (client, ranger, rules, trino, envoy), `epoch` the policy epoch it
    has and `since` when it first said so. `waiting` are decisions that it has not delivered, `lost`
    those that it could not keep. `told_at` is when somebody was told that it lags.
    """

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="points")
    instance = models.CharField(max_length=100, blank=True)
    door = models.CharField(max_length=20)
    software = models.CharField(max_length=100, blank=True)
    version = models.BigIntegerField()
    epoch = models.BigIntegerField()
    since = models.DateTimeField()
    first_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["gateway", "door", "instance"]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "door", "instance"], name="enforcement_point_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instance or self.door} of {self.gateway_id}"


class EffectiveEpoch(models.Model):
    """Since when every process that decides by itself has a policy epoch, or a later one."""

    epoch = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    points = models.PositiveIntegerField()

    class Meta:
        ordering = ["-epoch"]

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class DecisionBatch(models.Model):
    """A batch of decisions that a client delivered: taken once, however often it is sent.

    It is in the audit since `kept_at`; until then whoever claimed it at `claimed_at` writes it
    there. `received_at` is when it came first.
    """

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="+")
    batch = models.UUIDField()
    received_at = models.DateTimeField()
    claimed_at = models.DateTimeField(db_default=Now())
    decisions = models.PositiveIntegerField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "batch"], name="decision_batch_once")
        ]
        indexes = [models.Index(fields=["received_at"], name="decision_batch_by_time")]

    def __str__(self) -> str:
        return str(self.batch)


class ForeignDecision(models.Model):
    """A decision that an OPA made by policies of somebody else and delivered: taken once.

    `decision` stands for OPA's own id of it. It is in the audit since `kept_at`; until then
    whoever claimed it at `claimed_at` writes it there.
    """

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="+")
    decision = models.UUIDField()
    claimed_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-claimed_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "decision"], name="foreign_decision_once")
        ]
        indexes = [models.Index(fields=["claimed_at"], name="foreign_decision_by_time")]

    def __str__(self) -> str:
        return str(self.decision)


class OpennessMeasure(models.Model):
    """How open data was on one day (R-009): pairs of an active person and a dataset or column.

    `reasons` lists the opt-outs that closed or narrowed some, as `selectors.openness.ClosedBy`.
    """

    day = models.DateField(unique=True)
    measured_at = models.DateTimeField()
    people = models.PositiveIntegerField()
    datasets = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    pairs = models.PositiveBigIntegerField()
    open_pairs = models.PositiveBigIntegerField()
    denied_pairs = models.PositiveBigIntegerField()
    column_pairs = models.PositiveBigIntegerField()
    open_column_pairs = models.PositiveBigIntegerField()
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"openness on {self.day}"

    @property
    def share(self) -> float:
        """Of the pairs of person and dataset those that were open as they are, 0 to 1."""
        return self.open_pairs / self.pairs if self.pairs else 1.0

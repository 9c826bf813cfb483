"""Trials of a draft that take time: replays of the access log with what is put together of it, and
shadows beside live answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalog.models import Person
from catalog.models.choices import choices
from governance.audit.types import Keeping
from governance.permissions.types import TrialState
from governance.proposals.models import Proposal, Revision


class OptOutReplay(models.Model):
    """The decisions of the last days, decided once more under one revision of a proposal.

    `result` counts what would have come out differently, as `selectors.replays.ReplayResult`;
    `days_done` of `days` is the progress. The policy version is that of the index it ran beside.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="replays")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    days_done = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=choices(TrialState), default=TrialState.WAITING)
    requested_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField()
    until = models.DateTimeField()
    beat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    policy_version = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(state__in=("waiting", "running")),
                name="opt_out_replay_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(days__range=(1, 400)), name="opt_out_replay_of_some_days"
            ),
        ]

    def __str__(self) -> str:
        return f"replay of {self.days} days for {self.proposal_id}"


class OptOutShadow(models.Model):
    """A revision of a proposal beside live answers until a day: counted, never answered from.

    `seen` counts the answers that it stood beside, `dropped` those of them that came too fast to be
    compared.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="shadows")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    seen = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(ended_at__isnull=True),
                name="opt_out_shadow_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("started_at")), name="opt_out_shadow_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="opt_out_shadow_current")]

    def __str__(self) -> str:
        return f"shadow of {self.proposal_id}"


class OptOutShadowCount(models.Model):
    """Answers of one day that would have been others: of whom, about what, what for, at which kind
    of door, and how."""

    shadow = models.ForeignKey(OptOutShadow, on_delete=models.CASCADE, related_name="counts")
    day = models.DateField()
    gateway = models.CharField(max_length=30)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("catalog.Dataset", on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=30, blank=True)
    change = models.CharField(max_length=12)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["shadow", "-count", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shadow", "day", "gateway", "person", "dataset", "purpose", "change"],
                name="opt_out_shadow_count_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.change} on {self.day}"


class DecisionTally(models.Model):
    """Questions that rows of the access log asked on one day, put together; see `packed`.

    Nothing that the log does not say: it goes with the month of the log that it is made from, and
    can be made anew. `rows` counts the log's rows, `asked` questions in `packed`, `lates` by how
    many hours the log was told late.
    """

    keeping = models.CharField(max_length=12, choices=choices(Keeping))
    day = models.DateField()
    rows = models.PositiveIntegerField()
    asked = models.PositiveIntegerField()
    lates = ArrayField(models.BigIntegerField(), default=list)
    packed = models.BinaryField()

    class Meta:
        ordering = ["day", "id"]
        indexes = [models.Index(fields=["day"], name="decision_tally_day")]

    def __str__(self) -> str:
        return f"{self.asked} questions of {self.day}"


class TalliedChain(models.Model):
    """How far a chain of the access log is put together: all rows up to `sequence`; since when."""

    id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.id} up to {self.sequence}"

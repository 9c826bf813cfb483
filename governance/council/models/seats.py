"""The council's seats and who sits on them, its committees, flows and duties."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from catalog.models import Dataset, Domain, Person, System, Team
from catalog.models.choices import choices
from catalog.models.history import tracked
from governance.types import (
    SeatKind,
    VetoClass,
)


@tracked()
class Seat(models.Model):
    """A place in the council, whoever sits there (R-091, R-092).

    A seat signs for its domains; an Ops seat answers for systems of record. `is_chair` and
    `is_secretary` mark who runs the meeting. Where `is_voting` is false it signs but does not vote.
    """

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=choices(SeatKind))
    duties = models.TextField(blank=True)
    is_voting = models.BooleanField(default=True)
    is_chair = models.BooleanField(default=False)
    is_secretary = models.BooleanField(default=False)
    veto_classes = ArrayField(
        models.CharField(max_length=20, choices=choices(VetoClass)), default=list, blank=True
    )
    domains = models.ManyToManyField(Domain, related_name="seats", blank=True)
    systems = models.ManyToManyField(System, related_name="seats", blank=True)
    committee = models.ForeignKey(
        "governance.Committee", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="seats",
    )  # fmt: skip
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


@tracked("seat", "person")
class Membership(models.Model):
    """A person on a seat from one instant until another; nobody between two of them: vacant."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="council_memberships")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["seat", "-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="membership_has_length",
            ),
            models.UniqueConstraint(
                fields=["seat"], condition=Q(until__isnull=True), name="seat_has_one_sitter"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.seat}"


@tracked("giver")
class Delegation(models.Model):
    """A member's vote and signature given to another for a time, 30 days at most (3.2).

    `domain` narrows it to one domain; empty means everything of the giver's seats.
    """

    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations_taken")
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="delegation_has_length"),
            models.CheckConstraint(
                condition=~Q(giver=F("taker")), name="delegation_to_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} to {self.taker}"


@tracked()
class Committee(models.Model):
    """A sub-council with a slice of the charter, such as the Operations Council (R-098)."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    purpose = models.TextField()
    kinds = ArrayField(models.CharField(max_length=30), default=list, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Flow(models.Model):
    """Data that moves from one system to another, and who answers for it (R-098)."""

    source = models.ForeignKey(System, on_delete=models.CASCADE, related_name="flows_out")
    target = models.ForeignKey(System, on_delete=models.CASCADE, related_name="flows_in")
    entity = models.CharField(max_length=200)
    method = models.CharField(max_length=200)
    cadence = models.CharField(max_length=100)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="flows")
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="flows"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["source", "target", "entity"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "entity", "method"], name="flow_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity}: {self.source_id} to {self.target_id}"


@tracked("dataset")
class Accountability(models.Model):
    """Which of the five groups answers for what on a dataset (R-014)."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="accountabilities")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="accountabilities")
    duty = models.CharField(max_length=300)

    class Meta:
        ordering = ["dataset", "team"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "team", "duty"], name="accountability_once")
        ]

    def __str__(self) -> str:
        return self.duty

"""Rulings of the chair that were brought before a meeting, and the votes on them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from catalog.models import Person
from catalog.models.choices import choices
from governance.council.models.meetings import Meeting
from governance.council.models.seats import Seat
from governance.proposals.models import Concern
from governance.types import (
    AppealChoice,
    AppealState,
)


class Appeal(models.Model):
    """A ruling of the chair on a block, brought before the meeting (3.3).

    `ruling` and `was_valid` repeat what is appealed against. The counts are of voting seats,
    written when the meeting decides.
    """

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="appeals")
    raiser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appeals")
    reason = models.TextField()
    ruling = models.TextField()
    was_valid = models.BooleanField()
    state = models.CharField(max_length=20, choices=choices(AppealState), default=AppealState.OPEN)
    raised_at = models.DateTimeField()
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals"
    )
    sustain = models.PositiveSmallIntegerField(default=0)
    overturn = models.PositiveSmallIntegerField(default=0)
    abstain = models.PositiveSmallIntegerField(default=0)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["concern"],
                condition=Q(state=AppealState.OPEN.value),
                name="appeal_one_open_per_block",
            ),
            # The meeting alone decides, and a tie sustains the ruling.
            models.CheckConstraint(
                condition=Q(state=AppealState.OPEN.value)
                | Q(meeting__isnull=False, decided_at__isnull=False),
                name="appeal_is_decided_by_a_meeting",
            ),
            models.CheckConstraint(
                condition=~Q(state=AppealState.OVERTURNED.value) | Q(overturn__gt=F("sustain")),
                name="appeal_needs_a_majority",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="state_machine",
                field="state",
                transitions=[
                    (AppealState.OPEN.value, AppealState.SUSTAINED.value),
                    (AppealState.OPEN.value, AppealState.OVERTURNED.value),
                ],
            ),
            pgtrigger.Protect(
                name="kept",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.decided_at IS NOT NULL"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"appeal on {self.concern_id}"


class AppealVote(models.Model):
    """What a voting seat says of an appeal, cast by its sitter or their delegate in the room; the
    last one of a seat counts."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="votes")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=20, choices=choices(AppealChoice))
    at = models.DateTimeField()

    class Meta:
        ordering = ["appeal", "at", "id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.choice} on {self.appeal_id}"

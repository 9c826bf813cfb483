"""Meetings with agenda, attendance, minutes and what is to be done after them."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.dates import exact_day
from catalog.models import Person
from catalog.models.choices import choices
from governance.council.models.seats import Committee, Seat
from governance.council.rules.meeting_states import MEETING_STEPS
from governance.proposals.models import Proposal
from governance.types import (
    AgendaSection,
    MeetingState,
)


class Meeting(models.Model):
    """One meeting of the council or of a committee, with the agenda it was given.

    `sequence` and `changed_at` follow RFC 5545: they grow when its time, place or state changes.
    `agenda_changes` says how the agenda differs from the one before. The digest is SHA-256 over
    the approved minutes.
    """

    committee = models.ForeignKey(
        Committee, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    starts_at = models.DateTimeField()
    minutes_long = models.PositiveSmallIntegerField(default=60)
    place = models.CharField(max_length=300, blank=True)
    state = models.CharField(
        max_length=20, choices=choices(MeetingState), default=MeetingState.PLANNED
    )
    agenda_made_at = models.DateTimeField(null=True, blank=True)
    agenda_sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    current_item = models.ForeignKey(
        "governance.AgendaItem", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    minutes_text = models.TextField(blank=True)
    secretary_notes = models.TextField(blank=True)
    minutes_digest = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    objection = models.TextField(blank=True)  # why the minutes are not approved by silence
    cancel_offered_at = models.DateTimeField(null=True, blank=True)
    canceled_reason = models.TextField(blank=True)
    agenda_changes = models.JSONField(default=list, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "starts_at"], name="meeting_once", nulls_distinct=False
            )
        ]
        triggers = [
            pgtrigger.FSM(name="state_machine", field="state", transitions=MEETING_STEPS),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="minutes_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.approved_at IS NOT NULL AND "
                    "to_jsonb(OLD.*) IS DISTINCT FROM to_jsonb(NEW.*)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting of {exact_day(self.starts_at)}"


class MinutesCorrection(models.Model):
    """A correction to approved minutes: appended, never edited in."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="corrections")
    text = models.TextField()
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["meeting", "at"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.text[:80]


class AgendaItem(models.Model):
    """One line of an agenda; `carried` counts how often it was carried over."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    section = models.CharField(max_length=30, choices=choices(AgendaSection))
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=400)
    detail = models.JSONField(default=dict, blank=True)
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.CASCADE, related_name="agenda_items"
    )
    conflict = models.ForeignKey(
        "governance.Conflict", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    minutes_budget = models.PositiveSmallIntegerField(default=5)
    carried = models.PositiveSmallIntegerField(default=0)
    is_carried_over = models.BooleanField(default=False)  # beyond the hour: the next meeting's
    is_pulled = models.BooleanField(default=False)  # taken out of the consent agenda
    is_added_by_hand = models.BooleanField(default=False)
    is_postponed = models.BooleanField(default=False)  # left to the next meeting by hand
    notes = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "proposal"],
                condition=Q(proposal__isnull=False),
                name="agenda_item_once_per_proposal",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """Who was there on which seat, in person or by a delegate; quorum is counted from it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    is_delegate = models.BooleanField(default=False)
    at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting", "seat"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seat"], name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.seat_id}"


class CalendarAddress(models.Model):
    """A secret address at which a person's calendar program reads meetings without signing in.

    Only the digest of its secret is stored; a new address ends the one before.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calendar_addresses")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["person", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(revoked_at__isnull=True),
                name="calendar_address_one_in_use",
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"


class ActionItem(models.Model):
    """Something a meeting asked somebody to do."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="actions")
    proposal = models.ForeignKey(
        Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="action_items")
    text = models.CharField(max_length=500)
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["done_at", "due_on", "id"]

    def __str__(self) -> str:
        return self.text

"""Seats and who sits on them, meetings, and the chain of decisions."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models import Dataset, Domain, Person, System, Team
from catalog.models.choices import choices
from catalog.models.history import tracked
from governance.council.rules.meeting_states import MEETING_STEPS
from governance.proposals.models import Concern, Proposal
from governance.types import (
    AgendaSection,
    AppealChoice,
    AppealState,
    MeetingState,
    Outcome,
    ProposalClass,
    ProposalState,
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
        return f"Meeting of {self.starts_at:%d %B %Y}"


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

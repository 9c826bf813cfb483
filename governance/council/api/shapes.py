"""Shapes of the council over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.models import (
    ActionItem,
    AgendaItem,
    Decision,
    Delegation,
    Flow,
    Meeting,
    Membership,
)
from governance.types import AgendaSection


class _ByUserName(serializers.SlugRelatedField[Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", read_only=True, **kwargs)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision: the rule with its numbers, the tally, dissent, and its link in the chain."""

    proposal = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    decided_by = _ByUserName(allow_null=True)

    class Meta:
        model = Decision
        fields = [
            "key", "number", "proposal", "outcome", "sentence", "rule", "tally", "dissent",
            "unchecked", "evidence_share", "present", "quorum", "revision_digest", "decided_at",
            "decided_by", "effective_at", "prev_hash", "hash",
        ]  # fmt: skip


class ChainSerializer(serializers.Serializer[Any]):
    """Whether the chain of decisions is whole, with the end to remember."""

    length = serializers.IntegerField()
    is_whole = serializers.BooleanField()
    head = serializers.CharField(source="head.hash", default=None, allow_null=True)
    faults = serializers.ListField(child=serializers.CharField())


class SeatSerializer(serializers.Serializer[Any]):
    """A seat at an instant; `sitter` is null while it is vacant."""

    id = serializers.IntegerField(source="seat.pk")
    name = serializers.CharField(source="seat.name")
    slug = serializers.CharField(source="seat.slug")
    kind = serializers.CharField(source="seat.kind")
    is_voting = serializers.BooleanField(source="seat.is_voting")
    is_chair = serializers.BooleanField(source="seat.is_chair")
    is_secretary = serializers.BooleanField(source="seat.is_secretary")
    veto_classes = serializers.ListField(source="seat.veto_classes", child=serializers.CharField())
    sitter = serializers.CharField(source="sitter.username", default=None, allow_null=True)
    delegate = serializers.CharField(source="delegate.username", default=None, allow_null=True)
    since = serializers.DateTimeField(allow_null=True)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A person on a seat for a time; `until` is null while they sit there."""

    person = _ByUserName()

    class Meta:
        model = Membership
        fields = ["id", "person", "since", "until"]


class SitterSerializer(serializers.Serializer[Any]):
    """Who is to sit on a seat, by user name, from when; at once where no instant is given."""

    person = serializers.CharField()
    since = serializers.DateTimeField(required=False, default=None, allow_null=True)


class DelegationSerializer(serializers.ModelSerializer[Delegation]):
    """Who acts for whom, until when."""

    giver = _ByUserName()
    taker = _ByUserName()
    domain = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = Delegation
        fields = ["id", "giver", "taker", "domain", "since", "until", "reason", "ended_at"]


class DelegateSerializer(serializers.Serializer[Any]):
    """One's own vote and signature, given to a colleague for a time."""

    taker = serializers.CharField()
    until = serializers.DateTimeField()
    since = serializers.DateTimeField(required=False, default=None, allow_null=True)
    domain = serializers.CharField(required=False, default="", allow_blank=True)
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    """A meeting in a list."""

    class Meta:
        model = Meeting
        fields = [
            "id", "starts_at", "minutes_long", "place", "state", "agenda_made_at",
            "agenda_sent_at", "opened_at", "closed_at", "approved_at", "minutes_digest",
        ]  # fmt: skip


class AgendaItemSerializer(serializers.ModelSerializer[AgendaItem]):
    """One line of an agenda."""

    proposal = serializers.SlugRelatedField[Any](slug_field="key", read_only=True, allow_null=True)

    class Meta:
        model = AgendaItem
        fields = [
            "id", "section", "position", "title", "detail", "proposal", "conflict",
            "minutes_budget", "carried", "is_carried_over", "is_pulled", "notes", "done_at",
        ]  # fmt: skip


class ActionSerializer(serializers.ModelSerializer[ActionItem]):
    """Something a meeting asked somebody to do."""

    owner = _ByUserName()
    proposal = serializers.SlugRelatedField[Any](slug_field="key", read_only=True, allow_null=True)

    class Meta:
        model = ActionItem
        fields = ["id", "meeting", "proposal", "owner", "text", "due_on", "done_at"]


class ChairSerializer(serializers.Serializer[Any]):
    """A seat in the room: who sits there, who attends on it, and whether they are there now."""

    seat = serializers.IntegerField(source="place.seat.pk")
    name = serializers.CharField(source="place.seat.name")
    sitter = serializers.CharField(source="place.sitter.username", default=None, allow_null=True)
    attends = serializers.CharField(
        source="attendance.person.username", default=None, allow_null=True
    )
    is_present = serializers.BooleanField()


class RoomSerializer(serializers.Serializer[Any]):
    """A meeting with its agenda and quorum."""

    meeting = MeetingSerializer()
    items = serializers.SerializerMethodField()
    minutes = serializers.IntegerField(source="agenda.minutes")
    current = serializers.IntegerField(source="current.pk", default=None, allow_null=True)
    quorum = serializers.CharField(source="quorum.sentence")
    has_quorum = serializers.BooleanField(source="quorum.is_met")
    chairs = ChairSerializer(many=True)
    actions = ActionSerializer(many=True)
    minutes_text = serializers.CharField(source="meeting.minutes_text")
    objection = serializers.CharField(source="meeting.objection")
    may_run = serializers.BooleanField()
    may_attend = serializers.BooleanField()

    @extend_schema_field(AgendaItemSerializer(many=True))
    def get_items(self, room: Any) -> list[dict[str, Any]]:
        """Every item in the order it is taken, those carried over last."""
        agenda = room.agenda
        items = [
            *agenda.first,
            *(item for part in agenda.parts for item in part.items),
            *agenda.carried_over,
        ]
        return list(AgendaItemSerializer(items, many=True).data)


class MeetingStepSerializer(serializers.Serializer[Any]):
    """What a step of a meeting needs: an item, a seat, a person, words, a day; each where it says
    so."""

    item = serializers.IntegerField(required=False, default=None, allow_null=True)
    seat = serializers.IntegerField(required=False, default=None, allow_null=True)
    person = serializers.CharField(required=False, default="", allow_blank=True)
    words = serializers.CharField(required=False, default="", allow_blank=True)
    due_on = serializers.DateField(required=False, default=None, allow_null=True)


class ItemInSerializer(serializers.Serializer[Any]):
    """An item put on the agenda by hand."""

    title = serializers.CharField(max_length=400)
    section = serializers.ChoiceField(
        choices=[section.value for section in AgendaSection],
        required=False,
        default=AgendaSection.NEW_BUSINESS.value,
    )


class FlowSerializer(serializers.ModelSerializer[Flow]):
    """Data that moves from one system to another."""

    source = serializers.SlugRelatedField[Any](  # type: ignore[assignment]
        slug_field="qualified_name", read_only=True
    )
    target = serializers.SlugRelatedField[Any](slug_field="qualified_name", read_only=True)
    owner = _ByUserName()

    class Meta:
        model = Flow
        fields = ["id", "source", "target", "entity", "method", "cadence", "owner", "note"]


class FlowInSerializer(serializers.Serializer[Any]):
    """A flow to be registered; systems and owner by id and user name."""

    source = serializers.IntegerField()  # type: ignore[assignment]
    target = serializers.IntegerField()
    entity = serializers.CharField(max_length=200)
    method = serializers.CharField(max_length=200)
    cadence = serializers.CharField(max_length=100)
    owner = serializers.CharField()
    note = serializers.CharField(required=False, default="", allow_blank=True)

"""Shapes of the council over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.models import (
    ActionItem,
    AgendaItem,
    Committee,
    Decision,
    Delegation,
    Flow,
    Meeting,
    Membership,
)
from governance.types import AgendaSection, SeatKind, VetoClass


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


class SeatChangeSerializer(serializers.Serializer[Any]):
    """What of a seat changes; what is left out stays. Domains are short names, systems ids."""

    name = serializers.CharField(max_length=200, required=False)
    kind = serializers.ChoiceField(choices=[kind.value for kind in SeatKind], required=False)
    duties = serializers.CharField(required=False, allow_blank=True)
    is_voting = serializers.BooleanField(required=False)
    is_chair = serializers.BooleanField(required=False)
    is_secretary = serializers.BooleanField(required=False)
    veto_classes = serializers.ListField(
        child=serializers.ChoiceField(choices=[veto.value for veto in VetoClass]), required=False
    )
    domains = serializers.ListField(child=serializers.CharField(), required=False, max_length=200)
    systems = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=200
    )


class SeatInSerializer(SeatChangeSerializer):
    """A seat to be made, of the council or of a committee named by its short name."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=[kind.value for kind in SeatKind])
    slug = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    committee = serializers.CharField(required=False, default="", allow_blank=True)


class CommitteeSerializer(serializers.ModelSerializer[Committee]):
    """A sub-council with the kinds of agreements that can be routed to it (R-098)."""

    kinds = serializers.ListField(child=serializers.CharField())
    seat_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Committee
        fields = ["id", "name", "slug", "purpose", "kinds", "seat_count"]


class CommitteeChangeSerializer(serializers.Serializer[Any]):
    """What of a committee changes; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    purpose = serializers.CharField(required=False)
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, max_length=50
    )


class CommitteeInSerializer(CommitteeChangeSerializer):
    """A committee to be made."""

    name = serializers.CharField(max_length=200)
    purpose = serializers.CharField()
    slug = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A person on a seat for a time; `until` is null while they sit there."""

    person = _ByUserName()

    class Meta:
        model = Membership
        fields = ["id", "person", "since", "until"]


class SitterSerializer(serializers.Serializer[Any]):
    """Who is to sit on a seat, by user name, from when; at once where no instant is given."""

    username = serializers.CharField()
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
    """One's own vote and signature, given to a colleague, by user name, for a time."""

    username = serializers.CharField()
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


class RoomAppealSerializer(serializers.Serializer[Any]):
    """An appeal against a ruling of the chair that waits for the meeting, with its count."""

    appeal = serializers.IntegerField(source="appeal.pk")
    proposal = serializers.CharField(source="appeal.concern.proposal.key")
    concern = serializers.IntegerField(source="appeal.concern_id")
    title = serializers.CharField(source="appeal.concern.title")
    sentence = serializers.CharField(source="count.sentence")
    may_vote = serializers.BooleanField()


class RoomSerializer(serializers.Serializer[Any]):
    """A meeting with its agenda and quorum."""

    meeting = MeetingSerializer()
    items = serializers.SerializerMethodField()
    minutes = serializers.IntegerField(source="agenda.minutes")
    current = serializers.IntegerField(source="current.pk", default=None, allow_null=True)
    quorum = serializers.CharField(source="quorum.sentence")
    has_quorum = serializers.BooleanField(source="quorum.is_met")
    chairs = ChairSerializer(many=True)
    appeals = RoomAppealSerializer(many=True)
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
    """What a step of a meeting needs: an item, a seat, a person by user name, words, a day; each
    where it says so."""

    item = serializers.IntegerField(required=False, default=None, allow_null=True)
    seat = serializers.IntegerField(required=False, default=None, allow_null=True)
    username = serializers.CharField(required=False, default="", allow_blank=True)
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


class QuarterCountSerializer(serializers.Serializer[tuple[str, int]]):
    """How many decisions were of one name."""

    name = serializers.CharField()
    count = serializers.IntegerField()

    def to_representation(self, instance: tuple[str, int]) -> dict[str, Any]:
        """From the pair that the report holds."""
        return {"name": instance[0], "count": instance[1]}


class LeadTimeSerializer(serializers.Serializer[Any]):
    """From submission to decision for one kind of agreement, in days."""

    kind = serializers.CharField()
    decided = serializers.IntegerField()
    median_days = serializers.FloatField()
    longest_days = serializers.FloatField()


class ReversalSerializer(serializers.Serializer[Any]):
    """An adoption that was put back."""

    key = serializers.CharField()
    title = serializers.CharField()
    at = serializers.DateTimeField()


class QuarterSerializer(serializers.Serializer[Any]):
    """The council's quarter in numbers; shares are null where there is nothing to share, `without`
    names decisions that rest on no evidence."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    decided = serializers.IntegerField()
    outcomes = QuarterCountSerializer(many=True)
    classes = QuarterCountSerializer(many=True)
    lead_times = LeadTimeSerializer(many=True)
    reversals = ReversalSerializer(many=True)
    with_evidence = serializers.IntegerField()
    without = serializers.ListField(child=serializers.CharField())
    evidence_share = serializers.FloatField(allow_null=True)
    dissents = serializers.IntegerField()
    meetings_held = serializers.IntegerField()
    meetings_canceled = serializers.IntegerField()
    median_attendance = serializers.FloatField(allow_null=True)
    open_now = serializers.IntegerField()


class DutySerializer(serializers.Serializer[Any]):
    """What a team answers for; `id` is null where it follows from the dataset's owners."""

    id = serializers.IntegerField(allow_null=True)
    team = serializers.CharField()
    text = serializers.CharField()


class GroupDutiesSerializer(serializers.Serializer[Any]):
    """What one of the five groups answers for; nothing is a gap."""

    group = serializers.CharField()
    duties = DutySerializer(many=True)


class MatrixRowSerializer(serializers.Serializer[Any]):
    """A dataset by the five groups (R-014)."""

    dataset = serializers.IntegerField(source="dataset.pk")
    name = serializers.CharField(source="dataset.qualified_name")
    groups = GroupDutiesSerializer(many=True)
    gaps = serializers.ListField(child=serializers.CharField())


class DutyInSerializer(serializers.Serializer[Any]):
    """A duty to be stated: dataset and team by id."""

    dataset = serializers.IntegerField()
    team = serializers.IntegerField()
    duty = serializers.CharField(max_length=300)


class FlowSerializer(serializers.ModelSerializer[Flow]):
    """Data that moves from one system to another."""

    source = serializers.SlugRelatedField[Any](  # type: ignore[assignment]
        slug_field="qualified_name", read_only=True
    )
    target = serializers.SlugRelatedField[Any](slug_field="qualified_name", read_only=True)
    owner = _ByUserName()
    owner_team = serializers.SlugRelatedField[Any](
        slug_field="name", read_only=True, allow_null=True
    )

    class Meta:
        model = Flow
        fields = [
            "id", "source", "target", "entity", "method", "cadence", "owner", "owner_team", "note",
        ]  # fmt: skip


class FlowChangeSerializer(serializers.Serializer[Any]):
    """What flows, how, how often and who answers: the owner by user name, their team by id."""

    entity = serializers.CharField(max_length=200)
    method = serializers.CharField(max_length=200)
    cadence = serializers.CharField(max_length=100)
    username = serializers.CharField()
    owner_team = serializers.IntegerField(required=False, default=None, allow_null=True)
    note = serializers.CharField(required=False, default="", allow_blank=True)


class FlowInSerializer(FlowChangeSerializer):
    """A flow to be registered, between two systems by id."""

    source = serializers.IntegerField()  # type: ignore[assignment]
    target = serializers.IntegerField()

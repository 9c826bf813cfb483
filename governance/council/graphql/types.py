"""GraphQL types of the council: decisions, seats, delegations, meetings."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphene_django import DjangoObjectType

from catalog.graphql import loaders
from catalog.graphql.paging import connection
from catalog.graphql.relations import relation
from catalog.graphql.types import DomainType
from catalog.selectors import directory
from governance.council.selectors.seats import SeatAt
from governance.models import ActionItem, AgendaItem, Decision, Delegation, Meeting, Membership
from governance.proposals.graphql.types import ProposalType, person_at
from governance.proposals.selectors.proposals import visible_proposals


class DecisionType(DjangoObjectType):
    """A decision: the rule with its numbers, the tally, dissent, and its link in the chain."""

    class Meta:
        model = Decision
        name = "Decision"
        convert_choices_to_enum = False
        fields = [
            "id", "key", "number", "outcome", "state_after", "sentence", "rule", "evidence_share",
            "present", "quorum", "revision_digest", "impact_digest", "decided_at", "effective_at",
            "prev_hash", "hash",
        ]  # fmt: skip

    proposal_class = graphene.String(
        required=True, source="klass", description="How it was decided: E, L, S, C, P, X or M."
    )
    tally = GenericScalar(required=True, description="The positions that counted.")
    dissent = GenericScalar(required=True, description="Who spoke against it, as a list.")
    unchecked = GenericScalar(required=True, description="Guards that no engine could answer.")
    proposal = relation(
        ProposalType, loaders.one(visible_proposals, "proposal_id"), many=False,
        description="What was decided on.",
    )  # fmt: skip
    decided_by = person_at("decided_by_id", "Who recorded it; null where the clock did.")


class ChainType(graphene.ObjectType):
    """Whether the chain of decisions is whole, with the end to remember."""

    class Meta:
        name = "DecisionChain"

    length = graphene.Int(required=True)
    is_whole = graphene.Boolean(required=True)
    head = graphene.String(description="The hash of the last decision.")
    faults = graphene.List(graphene.NonNull(graphene.String), required=True)


class SeatType(graphene.ObjectType):
    """A seat at an instant; `sitter` is null while it is vacant. People are user names."""

    class Meta:
        name = "Seat"

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    slug = graphene.String(required=True)
    kind = graphene.String(required=True)
    is_voting = graphene.Boolean(required=True)
    is_chair = graphene.Boolean(required=True)
    is_secretary = graphene.Boolean(required=True)
    veto_classes = graphene.List(graphene.NonNull(graphene.String), required=True)
    domains = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Short names."
    )
    sitter = graphene.String()
    delegate = graphene.String()
    since = graphene.DateTime()


def seat_shown(place: SeatAt) -> dict[str, Any]:
    """A seat at an instant as `SeatType` shows it."""
    seat = place.seat
    return {
        "id": seat.pk,
        "name": seat.name,
        "slug": seat.slug,
        "kind": seat.kind,
        "is_voting": seat.is_voting,
        "is_chair": seat.is_chair,
        "is_secretary": seat.is_secretary,
        "veto_classes": seat.veto_classes,
        "domains": [domain.slug for domain in seat.domains.all()],
        "sitter": place.sitter.username if place.sitter else None,
        "delegate": place.delegate.username if place.delegate else None,
        "since": place.since,
    }


class MembershipType(DjangoObjectType):
    """A person on a seat for a time; `until` is null while they sit there."""

    class Meta:
        model = Membership
        name = "Membership"
        fields = ["id", "since", "until"]

    person = person_at("person_id", "Who sat there.")


class DelegationType(DjangoObjectType):
    """Who acts for whom, until when."""

    class Meta:
        model = Delegation
        name = "Delegation"
        fields = ["id", "since", "until", "reason", "ended_at"]

    giver = person_at("giver_id", "Whose vote and signature it is.")
    taker = person_at("taker_id", "Who acts for them.")
    domain = relation(
        DomainType, loaders.one(directory.domains, "domain_id"), many=False,
        description="The domain it is narrowed to; null for everything.",
    )  # fmt: skip


class MeetingType(DjangoObjectType):
    """A meeting."""

    class Meta:
        model = Meeting
        name = "Meeting"
        convert_choices_to_enum = False
        fields = [
            "id", "starts_at", "minutes_long", "place", "state", "agenda_made_at",
            "agenda_sent_at", "opened_at", "closed_at", "approved_at", "minutes_text",
            "minutes_digest", "objection", "canceled_reason",
        ]  # fmt: skip


class AgendaItemType(DjangoObjectType):
    """One line of an agenda."""

    class Meta:
        model = AgendaItem
        name = "AgendaItem"
        convert_choices_to_enum = False
        fields = [
            "id", "section", "position", "title", "minutes_budget", "carried", "is_carried_over",
            "is_pulled", "notes", "started_at", "done_at",
        ]  # fmt: skip

    detail = GenericScalar(required=True, description="What the record says of it.")
    proposal = relation(
        ProposalType, loaders.one(visible_proposals, "proposal_id"), many=False,
        description="The proposal it is about.",
    )  # fmt: skip


class ActionType(DjangoObjectType):
    """Something a meeting asked somebody to do."""

    class Meta:
        model = ActionItem
        name = "ActionItem"
        fields = ["id", "text", "due_on", "done_at"]

    owner = person_at("owner_id", "Who was asked.")


class RoomSeatType(graphene.ObjectType):
    """A seat in the room: who sits there, who attends on it. People are user names."""

    class Meta:
        name = "RoomSeat"

    seat = graphene.ID(required=True)
    name = graphene.String(required=True)
    sitter = graphene.String()
    attends = graphene.String()
    is_present = graphene.Boolean(required=True)


class VoteCountType(graphene.ObjectType):
    """The count of a vote as it stands in the room."""

    class Meta:
        name = "VoteCount"

    proposal = graphene.String(required=True, description="The key of the proposal.")
    sentence = graphene.String(required=True)
    passes = graphene.Boolean(required=True)
    missing = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Seats that were not heard."
    )


class RoomAppealType(graphene.ObjectType):
    """An appeal against a ruling of the chair that waits for the meeting, with its count."""

    class Meta:
        name = "RoomAppeal"

    appeal = graphene.ID(required=True)
    proposal = graphene.String(required=True, description="The key of the proposal.")
    concern = graphene.ID(required=True)
    title = graphene.String(required=True)
    sentence = graphene.String(required=True, description="The count, and what it comes to.")
    may_vote = graphene.Boolean(required=True)


class RoomType(graphene.ObjectType):
    """A meeting with its agenda and quorum."""

    class Meta:
        name = "MeetingRoom"

    meeting = graphene.Field(MeetingType, required=True)
    items = graphene.List(graphene.NonNull(AgendaItemType), required=True)
    current = graphene.ID(description="The item that is taken now.")
    minutes = graphene.Int(required=True, description="What the agenda takes, in minutes.")
    quorum = graphene.String(required=True, description="The rule with its numbers.")
    has_quorum = graphene.Boolean(required=True)
    chairs = graphene.List(graphene.NonNull(RoomSeatType), required=True)
    votes = graphene.List(graphene.NonNull(VoteCountType), required=True)
    appeals = graphene.List(graphene.NonNull(RoomAppealType), required=True)
    actions = graphene.List(graphene.NonNull(ActionType), required=True)
    may_run = graphene.Boolean(required=True)
    may_attend = graphene.Boolean(required=True)


DecisionConnection = connection(DecisionType)
MembershipConnection = connection(MembershipType)
MeetingConnection = connection(MeetingType)
DelegationConnection = connection(DelegationType)
ActionConnection = connection(ActionType)

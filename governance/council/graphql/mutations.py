"""GraphQL mutations of the council: delegations, seats, and the steps of its meetings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.relations import plan, principal_of
from governance.council.graphql import types
from governance.council.graphql.rooms import shown_room
from governance.council.offered import MEETING_STEPS, Given
from governance.council.selectors.seats import seat_detail
from governance.council.services import delegations, memberships
from governance.council.services.meetings import actions, agendas, planning
from governance.proposals.incoming import domain_id_from, instant_from, named_person
from governance.types import AgendaSection

# What the steps of meetings read, as GraphQL takes it.
_ARGUMENTS = {
    "item": graphene.ID,
    "seat": graphene.ID,
    "username": graphene.String,
    "words": graphene.String,
    "due_on": graphene.Date,
}


class RoomPayload(graphene.ObjectType):
    """The meeting after the step."""

    room = graphene.Field(types.RoomType, required=True)


class MeetingsPayload(graphene.ObjectType):
    """The meetings that were planned."""

    meetings = graphene.List(graphene.NonNull(types.MeetingType), required=True)


class ActionPayload(graphene.ObjectType):
    """The action after the change."""

    action = graphene.Field(types.ActionType, required=True)


class DelegationPayload(graphene.ObjectType):
    """The delegation after the change."""

    delegation = graphene.Field(types.DelegationType, required=True)


class MembershipPayload(graphene.ObjectType):
    """Who sits on a seat, or sat there until now."""

    membership = graphene.Field(types.MembershipType, required=True)


def meeting_step(name: str, description: str) -> graphene.Field:
    """The mutation of a step of a meeting, with what it reads as arguments."""
    known = MEETING_STEPS[name]

    def resolve(root: Any, info: GraphQLResolveInfo, meeting: str, **given: Any) -> Any:
        for ids in ("item", "seat"):
            if given.get(ids) is not None:
                given[ids] = number(given[ids], ids)
        asked = {key: value for key, value in given.items() if value is not None}
        meeting_id = number(meeting, "meeting")
        known.act(principal_of(info), meeting_id, Given(**asked))
        return {"room": shown_room(info, meeting_id, "room")}

    arguments = {read: _ARGUMENTS[read]() for read in known.reads}
    return graphene.Field(
        RoomPayload, meeting=graphene.ID(required=True), **arguments, required=True,
        description=description, resolver=resolve,
    )  # fmt: skip


class MeetingMutation(graphene.ObjectType):
    """How a meeting is prepared, run and minuted."""

    make_agenda = meeting_step("make-agenda", "Make the agenda anew from the record.")
    send_agenda = meeting_step("send-agenda", "Send it to every seat.")
    drop_agenda_item = meeting_step("drop-item", "Drop an item that was added by hand.")
    postpone_agenda_item = meeting_step("postpone-item", "Leave an item to the next meeting.")
    pull_agenda_item = meeting_step("pull-item", "Take it out of the consent agenda; words: why.")
    open_meeting = meeting_step("open", "Open it.")
    advance_meeting = meeting_step("advance", "Go on to the next item, or to the one named.")
    attend_meeting = meeting_step("attend", "Be there, on your own seat or the one named.")
    leave_meeting = meeting_step("leave", "Leave the seat named.")
    note_in_meeting = meeting_step("note", "Keep the secretary's notes.")
    note_on_item = meeting_step("note-item", "Keep notes on an item.")
    add_action = meeting_step("add-action", "Ask somebody to do something, until a day.")
    close_meeting = meeting_step("close", "Close it; the minutes are drafted from the record.")
    cancel_meeting = meeting_step("cancel", "Cancel a planned one; words: why.")
    draft_minutes = meeting_step("draft-minutes", "Draft the minutes anew from the record.")
    write_minutes = meeting_step("write-minutes", "Replace the draft by an edited text.")
    approve_minutes = meeting_step("approve-minutes", "Approve them, as the chair.")
    object_to_minutes = meeting_step("object-to-minutes", "Say what is wrong with them.")
    correct_minutes = meeting_step("correct-minutes", "Append a correction to approved minutes.")
    add_agenda_item = graphene.Field(
        RoomPayload, meeting=graphene.ID(required=True), title=graphene.String(required=True),
        section=graphene.String(required=True, default_value=AgendaSection.NEW_BUSINESS.value),
        required=True, description="Put an item on the agenda by hand.",
    )  # fmt: skip
    plan_meetings = graphene.Field(
        MeetingsPayload, required=True, description="Plan the next ones by the charter's cadence."
    )
    finish_action = graphene.Field(
        ActionPayload, action=graphene.ID(required=True), required=True,
        description="Say that an action is done.",
    )  # fmt: skip

    @staticmethod
    def resolve_add_agenda_item(
        root: Any, info: GraphQLResolveInfo, meeting: str, title: str, section: str
    ) -> Any:
        """See `services.meetings.agendas.add_item`."""
        meeting_id = number(meeting, "meeting")
        agendas.add_item(
            acting=principal_of(info),
            meeting_id=meeting_id,
            title=title,
            section=member(AgendaSection, section, "section"),
        )
        return {"room": shown_room(info, meeting_id, "room")}

    @staticmethod
    def resolve_plan_meetings(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `services.meetings.planning.plan_next`."""
        return {"meetings": planning.plan_next(acting=principal_of(info))}

    @staticmethod
    def resolve_finish_action(root: Any, info: GraphQLResolveInfo, action: str) -> Any:
        """See `services.meetings.actions.finish_action`."""
        done = actions.finish_action(acting=principal_of(info), action_id=number(action, "action"))
        plan(info, [done], "action")
        return {"action": done}


class SeatMutation(graphene.ObjectType):
    """Who sits in the council and who acts for whom."""

    delegate = graphene.Field(
        DelegationPayload, username=graphene.String(required=True, description="To whom."),
        until=graphene.DateTime(required=True), since=graphene.DateTime(),
        domain=graphene.String(required=True, default_value="", description="Its short name."),
        reason=graphene.String(required=True, default_value=""), required=True,
        description="Give your vote and signature to a colleague for a time.",
    )  # fmt: skip
    end_delegation = graphene.Field(
        DelegationPayload, delegation=graphene.ID(required=True), required=True,
        description="End it at once.",
    )  # fmt: skip
    seat_person = graphene.Field(
        MembershipPayload, seat=graphene.String(required=True, description="Its short name."),
        username=graphene.String(required=True),
        since=graphene.DateTime(), required=True,
        description="Seat a person; who sat there leaves at that instant.",
    )  # fmt: skip
    vacate_seat = graphene.Field(
        MembershipPayload, seat=graphene.String(required=True, description="Its short name."),
        reason=graphene.String(required=True, default_value=""), required=True,
        description="Leave a seat vacant at once.",
    )  # fmt: skip

    @staticmethod
    def resolve_delegate(
        root: Any,
        info: GraphQLResolveInfo,
        username: str,
        until: dt.datetime,
        domain: str,
        reason: str,
        since: dt.datetime | None = None,
    ) -> Any:
        """See `services.delegations.delegate`."""
        principal = principal_of(info)
        end = instant_from(until)
        assert end is not None
        made = delegations.delegate(
            acting=principal,
            taker_id=named_person(principal, username),
            until=end,
            since=instant_from(since),
            domain_id=domain_id_from(principal, domain),
            reason=reason,
        )
        plan(info, [made], "delegation")
        return {"delegation": made}

    @staticmethod
    def resolve_end_delegation(root: Any, info: GraphQLResolveInfo, delegation: str) -> Any:
        """See `services.delegations.end_delegation`."""
        ended = delegations.end_delegation(
            acting=principal_of(info), delegation_id=number(delegation, "delegation")
        )
        plan(info, [ended], "delegation")
        return {"delegation": ended}

    @staticmethod
    def resolve_seat_person(
        root: Any,
        info: GraphQLResolveInfo,
        seat: str,
        username: str,
        since: dt.datetime | None = None,
    ) -> Any:
        """See `services.memberships.seat_person`."""
        principal = principal_of(info)
        made = memberships.seat_person(
            acting=principal,
            seat_id=seat_detail(principal, seat).seat.pk,
            person_id=named_person(principal, username),
            since=instant_from(since),
        )
        plan(info, [made], "membership")
        return {"membership": made}

    @staticmethod
    def resolve_vacate_seat(root: Any, info: GraphQLResolveInfo, seat: str, reason: str) -> Any:
        """See `services.memberships.vacate`."""
        principal = principal_of(info)
        ended = memberships.vacate(
            acting=principal, seat_id=seat_detail(principal, seat).seat.pk, reason=reason
        )
        plan(info, [ended], "membership")
        return {"membership": ended}

"""GraphQL queries of the council: its decisions, seats, meetings and delegations."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.files import FileType
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import plan, principal_of
from governance.council.graphql import types
from governance.council.graphql.rooms import shown_room
from governance.council.selectors.decision_export import DecisionForm, chain_file, decision_file
from governance.council.selectors.decisions import decision_list, get_decision, verify_chain
from governance.council.selectors.meetings import meeting_list, open_actions
from governance.council.selectors.seats import (
    council,
    delegations,
    memberships,
    seat_detail,
)
from governance.proposals.incoming import instant_from
from governance.types import Outcome


class CouncilQuery(graphene.ObjectType):
    """What there is to ask about the council."""

    decisions = graphene.Field(
        types.DecisionConnection, **PAGE, outcome=graphene.String(), kind=graphene.String(),
        query=graphene.String(), since=graphene.DateTime(), until=graphene.DateTime(),
        required=True, description="The register of decisions, the newest first.",
    )  # fmt: skip
    decision = graphene.Field(
        types.DecisionType, key=graphene.String(required=True), description="One decision."
    )
    decision_chain = graphene.Field(
        types.ChainType, required=True,
        description="Verify the chain: nothing changed, left out, moved or cut off.",
    )  # fmt: skip
    decision_file = graphene.Field(
        FileType, key=graphene.String(required=True),
        form=graphene.String(
            required=True, default_value=DecisionForm.JSON.value, description="json, madr or prov."
        ),
        required=True, description="One decision as a file.",
    )  # fmt: skip
    decision_chain_file = graphene.Field(
        FileType, required=True, description="The whole chain, to be verified elsewhere."
    )
    seat = graphene.Field(
        types.SeatType, slug=graphene.String(required=True), description="One seat as it is now."
    )
    memberships = graphene.Field(
        types.MembershipConnection, seat=graphene.String(required=True), **PAGE, required=True,
        description="Who sat on a seat, the newest first; the gaps are vacancies.",
    )  # fmt: skip
    seats = graphene.List(
        graphene.NonNull(types.SeatType), as_of=graphene.DateTime(), required=True,
        description="Who sits where, now or at an instant.",
    )  # fmt: skip
    delegations = graphene.Field(
        types.DelegationConnection, **PAGE,
        current=graphene.Boolean(required=True, default_value=False), required=True,
        description="Who acts for whom, the newest first.",
    )  # fmt: skip
    meetings = graphene.Field(
        types.MeetingConnection, **PAGE, required=True,
        description="Meetings of the council, the newest first.",
    )  # fmt: skip
    meeting = graphene.Field(
        types.RoomType, id=graphene.ID(required=True),
        description="One meeting with its agenda and quorum.",
    )  # fmt: skip
    actions = graphene.Field(
        types.ActionConnection, **PAGE,
        mine=graphene.Boolean(required=True, default_value=False), required=True,
        description="What meetings asked people to do and is not done.",
    )  # fmt: skip

    @staticmethod
    def resolve_decisions(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        outcome: str = "",
        kind: str = "",
        query: str = "",
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> Any:
        """Narrowed by outcome, kind, words and time."""
        rows = decision_list(
            principal_of(info),
            outcome=member(Outcome, outcome, "outcome") if outcome else None,
            kind=kind or None,
            query=query,
            since=instant_from(since),
            until=instant_from(until),
        )
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_decision(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """Raises NotFound."""
        found = get_decision(principal_of(info), key)
        plan(info, [found])
        return found

    @staticmethod
    def resolve_decision_file(root: Any, info: GraphQLResolveInfo, key: str, form: str) -> Any:
        """Raises NotFound."""
        return decision_file(principal_of(info), key, member(DecisionForm, form, "form"))

    @staticmethod
    def resolve_decision_chain_file(root: Any, info: GraphQLResolveInfo) -> Any:
        """Reads every decision, so the cost rule prices it high."""
        return chain_file(principal_of(info))

    @staticmethod
    def resolve_seat(root: Any, info: GraphQLResolveInfo, slug: str) -> Any:
        """Raises NotFound."""
        return types.seat_shown(seat_detail(principal_of(info), slug))

    @staticmethod
    def resolve_memberships(
        root: Any, info: GraphQLResolveInfo, seat: str, first: int, after: str
    ) -> Any:
        """Raises NotFound for a seat that is not there."""
        principal = principal_of(info)
        rows = memberships(principal, seat_id=seat_detail(principal, seat).seat.pk)
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_decision_chain(root: Any, info: GraphQLResolveInfo) -> Any:
        """Reads every decision, so the cost rule prices it high."""
        state = verify_chain()
        return {
            "length": state.length,
            "is_whole": state.is_whole,
            "head": state.head.hash if state.head else None,
            "faults": [str(fault) for fault in state.faults],
        }

    @staticmethod
    def resolve_seats(root: Any, info: GraphQLResolveInfo, as_of: dt.datetime | None = None) -> Any:
        """Vacant ones too."""
        return [
            types.seat_shown(place) for place in council(principal_of(info), instant_from(as_of))
        ]

    @staticmethod
    def resolve_delegations(
        root: Any, info: GraphQLResolveInfo, first: int, after: str, current: bool
    ) -> Any:
        """Those in force or to come, where only these are asked for."""
        rows = delegations(principal_of(info), current=current)
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_meetings(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """All of the council's."""
        rows = meeting_list(principal_of(info))
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_meeting(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        return shown_room(info, number(id, "id"))

    @staticmethod
    def resolve_actions(
        root: Any, info: GraphQLResolveInfo, first: int, after: str, mine: bool
    ) -> Any:
        """The caller's own, where only these are asked for."""
        rows = open_actions(principal_of(info), mine=mine)
        return page(info, rows, first=first, after=after)

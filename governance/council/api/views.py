"""The council over REST: thin views over the services and selectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination, NewestFirst
from catalog.api.views.base import instant, principal_of_request, validated
from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.council.api import shapes
from governance.council.selectors.decision_export import export_chain, export_prov
from governance.council.selectors.decisions import decision_list, get_decision, verify_chain
from governance.council.selectors.meetings import meeting_list
from governance.council.selectors.meetings import room as room_of
from governance.council.selectors.registers import flows
from governance.council.selectors.seats import council, delegations
from governance.council.services.delegations import delegate, end_delegation
from governance.council.services.flows import register_flow, remove_flow
from governance.council.services.meetings import agendas, attendance, minutes, planning, room
from governance.models import Decision, Delegation, Flow, Meeting
from governance.proposals.incoming import domain_id_from, person_id_from
from governance.types import AgendaSection


class ByNumber(KeysetPagination):
    """The newest decision first."""

    ordering = "-number"


@extend_schema(
    parameters=[
        OpenApiParameter("outcome", OpenApiTypes.STR),
        OpenApiParameter("kind", OpenApiTypes.STR),
        OpenApiParameter("q", OpenApiTypes.STR),
        OpenApiParameter("since", OpenApiTypes.DATETIME),
        OpenApiParameter("until", OpenApiTypes.DATETIME),
    ]
)
class DecisionsView(ListAPIView[Decision]):
    """The register of decisions."""

    serializer_class = shapes.DecisionSerializer
    queryset = Decision.objects.none()
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[Decision]:
        """Narrowed by the query string."""
        query = self.request.query_params
        return decision_list(
            principal_of_request(self.request),
            outcome=query.get("outcome") or None,
            kind=query.get("kind") or None,
            query=query.get("q", ""),
            since=instant(self.request, "since"),
            until=instant(self.request, "until"),
        )


class DecisionView(APIView):
    """One decision."""

    @extend_schema(responses=shapes.DecisionSerializer)
    def get(self, request: Request, key: str) -> Response:
        """With its link in the chain."""
        found = get_decision(principal_of_request(request), key)
        return Response(shapes.DecisionSerializer(found).data)


class DecisionProvView(APIView):
    """One decision as W3C PROV."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, key: str) -> Response:
        """PROV-JSON."""
        return Response(export_prov(principal_of_request(request), key))


class ChainView(APIView):
    """The chain of decisions."""

    @extend_schema(responses=shapes.ChainSerializer)
    def get(self, request: Request) -> Response:
        """Verify it: nothing changed, left out, moved or cut off."""
        decision_list(principal_of_request(request))
        state = verify_chain()
        answer = {
            "length": state.length,
            "is_whole": state.is_whole,
            "head": state.head,
            "faults": [str(fault) for fault in state.faults],
        }
        return Response(shapes.ChainSerializer(answer).data)


class ChainExportView(APIView):
    """The whole chain with its records."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """So that anybody can verify it elsewhere."""
        return Response(export_chain(principal_of_request(request)))


class SeatsView(APIView):
    """The seats of the council."""

    @extend_schema(
        parameters=[OpenApiParameter("as_of", OpenApiTypes.DATETIME)],
        responses=shapes.SeatSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who sits where, now or at an instant."""
        found = council(principal_of_request(request), instant(request, "as_of"))
        return Response(shapes.SeatSerializer(found, many=True).data)


class DelegationsView(ListAPIView[Delegation]):
    """Who acts for whom."""

    serializer_class = shapes.DelegationSerializer
    queryset = Delegation.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Delegation]:
        """Newest first."""
        return delegations(principal_of_request(self.request))

    @extend_schema(request=shapes.DelegateSerializer, responses={201: shapes.DelegationSerializer})
    def post(self, request: Request) -> Response:
        """Give one's own vote to a colleague for a time."""
        principal = principal_of_request(request)
        given = validated(shapes.DelegateSerializer, request)
        taker = person_id_from(principal, given["taker"])
        if taker is None:
            raise InvalidInput("Name a colleague by user name.", field="taker")
        made = delegate(
            acting=principal,
            taker_id=taker,
            until=given["until"],
            since=given["since"],
            domain_id=domain_id_from(principal, given["domain"]),
            reason=given["reason"],
        )
        answer = shapes.DelegationSerializer(made).data
        return Response(answer, status=status.HTTP_201_CREATED)


class DelegationView(APIView):
    """One delegation."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, delegation_id: int) -> Response:
        """End it at once."""
        end_delegation(acting=principal_of_request(request), delegation_id=delegation_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeetingsView(ListAPIView[Meeting]):
    """Meetings, the latest first."""

    serializer_class = shapes.MeetingSerializer
    queryset = Meeting.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Meeting]:
        """All of the council's."""
        return meeting_list(principal_of_request(self.request))


class MeetingView(APIView):
    """One meeting with its agenda and quorum."""

    @extend_schema(responses=shapes.RoomSerializer)
    def get(self, request: Request, meeting_id: int) -> Response:
        """As it stands."""
        return _room(request, meeting_id)


class AgendaItemsView(APIView):
    """Items put on an agenda by hand."""

    @extend_schema(request=shapes.ItemInSerializer, responses={201: shapes.RoomSerializer})
    def post(self, request: Request, meeting_id: int) -> Response:
        """Add one."""
        given = validated(shapes.ItemInSerializer, request)
        agendas.add_item(
            acting=principal_of_request(request),
            meeting_id=meeting_id,
            title=given["title"],
            section=AgendaSection(given["section"]),
        )
        return _room(request, meeting_id, status.HTTP_201_CREATED)


class MeetingStepView(APIView):
    """One step of a meeting; `as_view(step=...)` says which."""

    step = ""

    @extend_schema(request=shapes.MeetingStepSerializer, responses=shapes.RoomSerializer)
    def post(self, request: Request, meeting_id: int) -> Response:
        """Take the step named by the address."""
        given = validated(shapes.MeetingStepSerializer, request)
        MEETING_STEPS[self.step](principal_of_request(request), meeting_id, given)
        return _room(request, meeting_id)


class FlowsView(ListAPIView[Flow]):
    """The register of flows."""

    serializer_class = shapes.FlowSerializer
    queryset = Flow.objects.none()

    def get_queryset(self) -> QuerySet[Flow]:
        """All flows between systems."""
        return flows(principal_of_request(self.request))

    @extend_schema(request=shapes.FlowInSerializer, responses={201: shapes.FlowSerializer})
    def post(self, request: Request) -> Response:
        """Register one."""
        principal = principal_of_request(request)
        given = validated(shapes.FlowInSerializer, request)
        owner = person_id_from(principal, given["owner"])
        if owner is None:
            raise InvalidInput("Name who answers for it by user name.", field="owner")
        made = register_flow(
            acting=principal,
            source_id=given["source"],
            target_id=given["target"],
            entity=given["entity"],
            method=given["method"],
            cadence=given["cadence"],
            owner_id=owner,
            note=given["note"],
        )
        return Response(shapes.FlowSerializer(made).data, status=status.HTTP_201_CREATED)


class FlowView(APIView):
    """One flow."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow_id: int) -> Response:
        """Take it out of the register; `?reason=` says why."""
        remove_flow(
            acting=principal_of_request(request),
            flow_id=flow_id,
            reason=request.query_params.get("reason", ""),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def _room(request: Request, meeting_id: int, code: int = status.HTTP_200_OK) -> Response:
    found = room_of(principal_of_request(request), meeting_id)
    return Response(shapes.RoomSerializer(found).data, status=code)


Step = Callable[[Principal, int, Mapping[str, Any]], Any]


def _plain(act: Callable[..., Any]) -> Step:
    return lambda acting, pk, given: act(acting=acting, meeting_id=pk)


def _with_words(act: Callable[..., Any], name: str) -> Step:
    return lambda acting, pk, given: act(acting=acting, meeting_id=pk, **{name: given["words"]})


def _on_item(act: Callable[..., Any], words: str = "") -> Step:
    def run(acting: Principal, pk: int, given: Mapping[str, Any]) -> Any:
        if given["item"] is None:
            raise InvalidInput("Say which item is meant.", field="item")
        more = {words: given["words"]} if words else {}
        return act(acting=acting, meeting_id=pk, item_id=given["item"], **more)

    return run


def _attend(acting: Principal, pk: int, given: Mapping[str, Any]) -> Any:
    person = person_id_from(acting, given["person"])
    return attendance.attend(acting=acting, meeting_id=pk, seat_id=given["seat"], person_id=person)


def _leave(acting: Principal, pk: int, given: Mapping[str, Any]) -> Any:
    if given["seat"] is None:
        raise InvalidInput("Say which seat is meant.", field="seat")
    return attendance.leave(acting=acting, meeting_id=pk, seat_id=given["seat"])


MEETING_STEPS: Mapping[str, Step] = {
    "make-agenda": _plain(agendas.make_agenda),
    "send-agenda": _plain(agendas.send_agenda),
    "drop-item": _on_item(agendas.drop_item),
    "postpone-item": _on_item(agendas.postpone_item),
    "pull-item": _on_item(agendas.pull_item, "reason"),
    "open": _plain(room.open_meeting),
    "advance": lambda acting, pk, given: room.advance(
        acting=acting, meeting_id=pk, to_item_id=given["item"]
    ),
    "attend": _attend,
    "leave": _leave,
    "note": _with_words(room.note_meeting, "notes"),
    "note-item": _on_item(room.note_item, "notes"),
    "close": _plain(room.close_meeting),
    "cancel": _with_words(planning.cancel_meeting, "reason"),
    "write-minutes": _with_words(minutes.write_minutes, "text"),
    "approve-minutes": _plain(minutes.approve_minutes),
    "correct-minutes": _with_words(minutes.correct_minutes, "text"),
}

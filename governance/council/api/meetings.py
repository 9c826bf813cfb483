"""Meetings over REST: planned, prepared, run, minuted."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination, NewestFirst
from catalog.api.views.base import principal_of_request, validated
from governance.council.api import shapes
from governance.council.offered import MEETING_STEPS, Given
from governance.council.selectors.meetings import meeting_list, open_actions
from governance.council.selectors.meetings import room as room_of
from governance.council.services.meetings import agendas
from governance.council.services.meetings.actions import finish_action
from governance.council.services.meetings.planning import plan_next
from governance.models import ActionItem, Meeting
from governance.types import AgendaSection


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
        given = Given(**validated(shapes.MeetingStepSerializer, request))
        MEETING_STEPS[self.step].act(principal_of_request(request), meeting_id, given)
        return _room(request, meeting_id)


class PlanView(APIView):
    """The meetings to come."""

    @extend_schema(request=None, responses={201: shapes.MeetingSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """Plan the next ones by the charter's cadence; answers with those that were planned."""
        made = plan_next(acting=principal_of_request(request))
        answer = shapes.MeetingSerializer(made, many=True).data
        return Response(answer, status=status.HTTP_201_CREATED)


@extend_schema(parameters=[OpenApiParameter("mine", OpenApiTypes.BOOL)])
class ActionsView(ListAPIView[ActionItem]):
    """What meetings asked people to do and is not done."""

    serializer_class = shapes.ActionSerializer
    queryset = ActionItem.objects.none()
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[ActionItem]:
        """`?mine=1` keeps the reader's own."""
        mine = self.request.query_params.get("mine") in ("1", "true")
        return open_actions(principal_of_request(self.request), mine=mine)


class FinishView(APIView):
    """One action."""

    @extend_schema(request=None, responses=shapes.ActionSerializer)
    def post(self, request: Request, action_id: int) -> Response:
        """Mark it done."""
        done = finish_action(acting=principal_of_request(request), action_id=action_id)
        return Response(shapes.ActionSerializer(done).data)


def _room(request: Request, meeting_id: int, code: int = status.HTTP_200_OK) -> Response:
    found = room_of(principal_of_request(request), meeting_id)
    return Response(shapes.RoomSerializer(found).data, status=code)

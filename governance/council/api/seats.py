"""Seats, who sits there, and delegations over REST."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import instant, principal_of_request, validated
from governance.council.api import shapes
from governance.council.incoming import seat_from
from governance.council.selectors.seats import council, delegations, memberships, seat_detail
from governance.council.services.delegations import delegate, end_delegation
from governance.council.services.memberships import seat_person, vacate
from governance.council.services.seats import change_seat, close_seat, create_seat
from governance.models import Delegation, Membership
from governance.proposals.incoming import domain_id_from, named_person


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

    @extend_schema(request=shapes.SeatInSerializer, responses={201: shapes.SeatSerializer})
    def post(self, request: Request) -> Response:
        """Make a seat, which is vacant until somebody is seated."""
        principal = principal_of_request(request)
        given = validated(shapes.SeatInSerializer, request)
        made = create_seat(acting=principal, **seat_from(principal, given))
        answer = shapes.SeatSerializer(seat_detail(principal, made.slug)).data
        return Response(answer, status=status.HTTP_201_CREATED)


@extend_schema(
    parameters=[
        OpenApiParameter("current", OpenApiTypes.BOOL, description="In force or still to come.")
    ]
)
class DelegationsView(ListAPIView[Delegation]):
    """Who acts for whom."""

    serializer_class = shapes.DelegationSerializer
    queryset = Delegation.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Delegation]:
        """Newest first."""
        current = self.request.query_params.get("current") in ("1", "true")
        return delegations(principal_of_request(self.request), current=current)

    @extend_schema(request=shapes.DelegateSerializer, responses={201: shapes.DelegationSerializer})
    def post(self, request: Request) -> Response:
        """Give one's own vote to a colleague for a time."""
        principal = principal_of_request(request)
        given = validated(shapes.DelegateSerializer, request)
        made = delegate(
            acting=principal,
            taker_id=named_person(principal, given["username"]),
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


class SeatView(APIView):
    """One seat."""

    @extend_schema(responses=shapes.SeatSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Who sits there now."""
        found = seat_detail(principal_of_request(request), slug)
        return Response(shapes.SeatSerializer(found).data)

    @extend_schema(request=shapes.SeatChangeSerializer, responses=shapes.SeatSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change it; a seat keeps its short name and its body."""
        principal = principal_of_request(request)
        seat = seat_detail(principal, slug).seat
        given = validated(shapes.SeatChangeSerializer, request)
        change_seat(acting=principal, seat_id=seat.pk, **seat_from(principal, given))
        return self.get(request, slug)

    @extend_schema(
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR)], responses=shapes.SeatSerializer
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Close it: its sitter leaves, its history stays; `?reason=` says why."""
        principal = principal_of_request(request)
        seat = seat_detail(principal, slug).seat
        reason = request.query_params.get("reason", "")
        close_seat(acting=principal, seat_id=seat.pk, reason=reason)
        return self.get(request, slug)


class SeatMembershipsView(ListAPIView[Membership]):
    """Who sat on a seat; the gaps between them are vacancies."""

    serializer_class = shapes.MembershipSerializer
    queryset = Membership.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Membership]:
        """Raises NotFound for a seat that is not there."""
        principal = principal_of_request(self.request)
        found = seat_detail(principal, self.kwargs["slug"])
        return memberships(principal, seat_id=found.seat.pk)


class SitterView(APIView):
    """Who sits on a seat."""

    @extend_schema(request=shapes.SitterSerializer, responses=shapes.SeatSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Seat a person; who sat there leaves at that instant."""
        principal = principal_of_request(request)
        given = validated(shapes.SitterSerializer, request)
        seat = seat_detail(principal, slug).seat
        person = named_person(principal, given["username"])
        seat_person(acting=principal, seat_id=seat.pk, person_id=person, since=given["since"])
        return Response(shapes.SeatSerializer(seat_detail(principal, slug)).data)

    @extend_schema(
        parameters=[OpenApiParameter("reason", OpenApiTypes.STR)], responses=shapes.SeatSerializer
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Leave the seat vacant at once; `?reason=` says why."""
        principal = principal_of_request(request)
        seat = seat_detail(principal, slug).seat
        vacate(acting=principal, seat_id=seat.pk, reason=request.query_params.get("reason", ""))
        return Response(shapes.SeatSerializer(seat_detail(principal, slug)).data)

"""The calendar of changes over REST, and one's secret address for calendar programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NumberedPages
from catalog.api.views.base import instant, principal_of_request
from governance.addresses import calendar_addresses
from governance.council.selectors.calendars import (
    PlannedChange,
    change_calendar,
    has_calendar_address,
)
from governance.council.services.calendar_addresses import (
    end_calendar_address,
    make_calendar_address,
)
from governance.models import Decision


class PlannedChangeSerializer(serializers.Serializer[PlannedChange]):
    """Something that takes effect or ends: `what` is effective, sunset or ends; `on` is an
    instant, or a day where the whole of it is meant."""

    what = serializers.CharField()
    on = serializers.SerializerMethodField()
    key = serializers.CharField()
    title = serializers.CharField()
    address = serializers.CharField()

    @extend_schema_field(OpenApiTypes.STR)
    def get_on(self, change: PlannedChange) -> str:
        """ISO 8601."""
        return change.on.isoformat()


class AddressStateSerializer(serializers.Serializer[Any]):
    """Whether one has an address in use; its secret cannot be read again."""

    in_use = serializers.BooleanField()


class CalendarAddressSerializer(serializers.Serializer[Any]):
    """One's addresses for calendar programs, shown this once."""

    meetings = serializers.CharField()
    changes = serializers.CharField()


@extend_schema(
    parameters=[
        OpenApiParameter("since", OpenApiTypes.DATETIME, description="90 days ago unless told."),
        OpenApiParameter("until", OpenApiTypes.DATETIME, description="In a year unless told."),
    ]
)
class ChangeCalendarView(ListAPIView[Any]):
    """What takes effect and what ends, the earliest first."""

    serializer_class = PlannedChangeSerializer
    queryset = Decision.objects.none()  # for the schema; the list is computed
    pagination_class = NumberedPages

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Decisions with an effective date, deprecations, and opt-outs with an end."""
        principal = principal_of_request(request)
        found = change_calendar(principal, instant(request, "since"), instant(request, "until"))
        shown: Any = self.paginate_queryset(found)
        return self.get_paginated_response(PlannedChangeSerializer(shown, many=True).data)


class CalendarAddressView(APIView):
    """One's secret address."""

    @extend_schema(responses=AddressStateSerializer)
    def get(self, request: Request) -> Response:
        """Whether one is in use."""
        state = {"in_use": has_calendar_address(principal_of_request(request))}
        return Response(AddressStateSerializer(state).data)

    @extend_schema(request=None, responses={201: CalendarAddressSerializer})
    def post(self, request: Request) -> Response:
        """Make a new one, which ends the one before; it is in this answer and nowhere else."""
        secret = make_calendar_address(acting=principal_of_request(request))
        answer = CalendarAddressSerializer(calendar_addresses(secret)).data
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End it at once."""
        end_calendar_address(acting=principal_of_request(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

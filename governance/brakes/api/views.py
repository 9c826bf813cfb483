"""Brakes and leases over REST."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, validated
from governance.brakes.api.shapes import (
    LeaseAnswerSerializer,
    ProgressSerializer,
    RegisterSerializer,
    StopSerializer,
)
from governance.brakes.engine import Progress
from governance.brakes.selectors.register import register_of
from governance.brakes.services.leasing import beat, end
from governance.brakes.services.stopping import stop


class BrakesView(APIView):
    """The brakes in force."""

    @extend_schema(responses=RegisterSerializer)
    def get(self, request: Request) -> Response:
        """With the budgets of teams, and one's own queries that run."""
        found = register_of(principal_of_request(request), timezone.now())
        return Response(RegisterSerializer(found).data)


class HeartbeatView(APIView):
    """A running query."""

    @extend_schema(request=ProgressSerializer, responses=LeaseAnswerSerializer)
    def post(self, request: Request, lease_id: str) -> Response:
        """Report what it has done, and learn whether it may go on: `continue` or `stop`."""
        given = validated(ProgressSerializer, request)
        query_id = given.pop("query_id")
        answer = beat(
            lease_id,
            _progress(given),
            acting=principal_of_request(request),
            query_id=query_id,
        )
        return Response(LeaseAnswerSerializer(answer).data)


class LeaseView(APIView):
    """A running query."""

    @extend_schema(request=ProgressSerializer, responses=LeaseAnswerSerializer)
    def delete(self, request: Request, lease_id: str) -> Response:
        """It is over; what it has done counts for the budgets."""
        given = validated(ProgressSerializer, request)
        answer = end(lease_id, _progress(given), acting=principal_of_request(request))
        return Response(LeaseAnswerSerializer(answer).data)


class StopView(APIView):
    """A running query that somebody stops."""

    @extend_schema(request=StopSerializer, responses=LeaseAnswerSerializer)
    def post(self, request: Request, lease_id: str) -> Response:
        """Its gateway is answered `stop` at the next heartbeat, with the reason."""
        given = validated(StopSerializer, request)
        answer = stop(lease_id, given["reason"], acting=principal_of_request(request))
        return Response(LeaseAnswerSerializer(answer).data)


def _progress(given: dict[str, Any]) -> Progress:
    return Progress(given["bytes"], given["rows"], given["elapsed"])

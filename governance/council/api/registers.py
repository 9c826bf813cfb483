"""Flows, the matrix of who answers for what, and the quarterly report over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, validated
from catalog.models import Dataset
from catalog.selectors.dataset_lists import DatasetFilter, listed_datasets
from catalog.types import Principal
from governance.council.api import shapes
from governance.council.selectors.accountability import duty_of, matrix
from governance.council.selectors.quarterly import report_of
from governance.council.selectors.registers import flows, get_flow
from governance.council.services.accountability import assign_duty, withdraw_duty
from governance.council.services.flows import change_flow, register_flow, remove_flow
from governance.models import Flow
from governance.proposals.incoming import named_person


@extend_schema(
    parameters=[
        OpenApiParameter("q", OpenApiTypes.STR, description="Words of what flows, how, the note."),
        OpenApiParameter("system", OpenApiTypes.INT, description="Those that touch a system."),
    ]
)
class FlowsView(ListAPIView[Flow]):
    """The register of flows."""

    serializer_class = shapes.FlowSerializer
    queryset = Flow.objects.none()

    def get_queryset(self) -> QuerySet[Flow]:
        """Narrowed by the query string."""
        query = self.request.query_params
        system = DatasetFilter.from_query({"system": query.get("system", "")}).system
        return flows(principal_of_request(self.request), system_id=system, query=query.get("q", ""))

    @extend_schema(request=shapes.FlowInSerializer, responses={201: shapes.FlowSerializer})
    def post(self, request: Request) -> Response:
        """Register one."""
        principal = principal_of_request(request)
        given = validated(shapes.FlowInSerializer, request)
        made = register_flow(
            acting=principal,
            source_id=given["source"],
            target_id=given["target"],
            **_stated(principal, given),
        )
        return Response(shapes.FlowSerializer(made).data, status=status.HTTP_201_CREATED)


class FlowView(APIView):
    """One flow."""

    @extend_schema(responses=shapes.FlowSerializer)
    def get(self, request: Request, flow_id: int) -> Response:
        """As it is registered."""
        found = get_flow(principal_of_request(request), flow_id)
        return Response(shapes.FlowSerializer(found).data)

    @extend_schema(request=shapes.FlowChangeSerializer, responses=shapes.FlowSerializer)
    def put(self, request: Request, flow_id: int) -> Response:
        """State it anew; both systems stay."""
        principal = principal_of_request(request)
        given = validated(shapes.FlowChangeSerializer, request)
        change_flow(acting=principal, flow_id=flow_id, **_stated(principal, given))
        return self.get(request, flow_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, flow_id: int) -> Response:
        """Take it out of the register; `?reason=` says why."""
        remove_flow(
            acting=principal_of_request(request),
            flow_id=flow_id,
            reason=request.query_params.get("reason", ""),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(parameters=[OpenApiParameter("q", OpenApiTypes.STR, description="Words of names.")])
class AccountabilityView(ListAPIView[Dataset]):
    """Datasets by the five groups (R-014)."""

    serializer_class = shapes.MatrixRowSerializer
    queryset = Dataset.objects.none()

    def get_queryset(self) -> QuerySet[Dataset]:
        """Narrowed by the query string."""
        words = self.request.query_params.get("q", "")
        return listed_datasets(principal_of_request(self.request), DatasetFilter(find=words))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What each group answers for on the datasets of a page."""
        page = self.paginate_queryset(self.get_queryset())
        rows = matrix(principal_of_request(request), page or [])
        return self.get_paginated_response(shapes.MatrixRowSerializer(rows, many=True).data)

    @extend_schema(request=shapes.DutyInSerializer, responses={201: shapes.DutySerializer})
    def post(self, request: Request) -> Response:
        """State that a team of one of the groups answers for something on a dataset."""
        given = validated(shapes.DutyInSerializer, request)
        made = assign_duty(
            acting=principal_of_request(request),
            dataset_id=given["dataset"],
            team_id=given["team"],
            duty=given["duty"],
        )
        answer = shapes.DutySerializer(duty_of(made)).data
        return Response(answer, status=status.HTTP_201_CREATED)


class DutyView(APIView):
    """One duty."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, duty_id: int) -> Response:
        """Take it from its team."""
        withdraw_duty(acting=principal_of_request(request), accountability_id=duty_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class QuarterlyReportView(APIView):
    """The quarterly report."""

    @extend_schema(
        parameters=[OpenApiParameter("quarter", OpenApiTypes.STR, description="Such as 2026-3.")],
        responses=shapes.QuarterSerializer,
    )
    def get(self, request: Request) -> Response:
        """The running quarter unless told."""
        quarter = request.query_params.get("quarter", "")
        found = report_of(principal_of_request(request), quarter)
        return Response(shapes.QuarterSerializer(found).data)


def _stated(principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entity": given["entity"],
        "method": given["method"],
        "cadence": given["cadence"],
        "owner_id": named_person(principal, given["username"]),
        "owner_team_id": given["owner_team"],
        "note": given["note"],
    }

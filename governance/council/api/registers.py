"""Decisions and flows over REST: thin views over the services and selectors."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import Action, require
from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import instant, principal_of_request, validated
from governance.council.api import shapes
from governance.council.selectors.decision_export import export_chain, export_prov
from governance.council.selectors.decisions import decision_list, get_decision, verify_chain
from governance.council.selectors.registers import flows
from governance.council.services.flows import register_flow, remove_flow
from governance.models import Decision, Flow
from governance.proposals.incoming import named_person


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
        require(principal_of_request(request), Action.SEE)
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
        made = register_flow(
            acting=principal,
            source_id=given["source"],
            target_id=given["target"],
            entity=given["entity"],
            method=given["method"],
            cadence=given["cadence"],
            owner_id=named_person(principal, given["owner"], "owner"),
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

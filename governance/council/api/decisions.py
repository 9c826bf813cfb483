"""The register of decisions over REST, its chain, and decisions as files."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import Action, require
from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import instant, principal_of_request
from catalog.api.views.files import FileView, file_response
from governance.council.api import shapes
from governance.council.selectors.decision_export import (
    DecisionForm,
    decision_file,
    export_chain,
    export_json,
    export_prov,
)
from governance.council.selectors.decisions import decision_list, get_decision, verify_chain
from governance.models import Decision


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


class DecisionJsonView(APIView):
    """One decision with its record."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, key: str) -> Response:
        """As it was hashed."""
        return Response(export_json(principal_of_request(request), key))


class DecisionMarkdownView(FileView):
    """One decision as a decision record."""

    @extend_schema(responses={(200, "text/markdown"): OpenApiTypes.STR})
    def get(self, request: Request, key: str) -> HttpResponse:
        """MADR 4."""
        found = decision_file(principal_of_request(request), key, DecisionForm.MADR)
        return file_response(found.text, found.media_type)


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

"""From an empty catalog to the first agreement, over REST (R-028)."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, validated, whole_number
from governance.culture.api import shapes
from governance.culture.selectors.first_steps import first_steps, suggested_term
from governance.culture.services.first_steps import propose_first_term, start_domain
from governance.proposals.api.shapes import ProposalDetailSerializer
from governance.proposals.selectors.proposals import proposal_detail

_MOST = 2**31 - 1


class FirstStepsView(APIView):
    """What is done on the way to a first agreement."""

    @extend_schema(responses=shapes.FirstStepsSerializer)
    def get(self, request: Request) -> Response:
        """Dataset, word, data state."""
        found = first_steps(principal_of_request(request))
        return Response(shapes.FirstStepsSerializer(found).data)


class FirstTermView(APIView):
    """A first word, made of a column or a dataset."""

    @extend_schema(
        parameters=[
            OpenApiParameter("dataset", OpenApiTypes.INT, required=True),
            OpenApiParameter("column", OpenApiTypes.STR, description="Its path."),
        ],
        responses=shapes.SuggestedTermSerializer,
    )
    def get(self, request: Request) -> Response:
        """As it would be proposed, and who agrees."""
        found = suggested_term(
            principal_of_request(request),
            whole_number(request, "dataset", default=0, most=_MOST),
            request.query_params.get("column", ""),
        )
        return Response(shapes.SuggestedTermSerializer(found).data)

    @extend_schema(request=shapes.FirstTermInSerializer, responses={201: ProposalDetailSerializer})
    def post(self, request: Request) -> Response:
        """Propose and submit it at once."""
        principal = principal_of_request(request)
        given = validated(shapes.FirstTermInSerializer, request)
        made = propose_first_term(acting=principal, dataset_id=given.pop("dataset"), **given)
        found = proposal_detail(principal, made.key)
        return Response(ProposalDetailSerializer(found).data, status=status.HTTP_201_CREATED)


class FirstDomainView(APIView):
    """The part of the business that a dataset belongs to."""

    @extend_schema(request=shapes.FirstDomainInSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Choose it, or make it with a team of two."""
        given = validated(shapes.FirstDomainInSerializer, request)
        start_domain(acting=principal_of_request(request), dataset_id=given.pop("dataset"), **given)
        return Response(status=status.HTTP_204_NO_CONTENT)

"""What a proposal's opt-outs would do, over REST: thin views over the selectors."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NumberedPages
from catalog.api.views.base import principal_of_request
from governance.models import Proposal
from governance.permissions.trial.api import shapes
from governance.permissions.trial.selectors import trial as tried
from governance.permissions.trial.selectors.analyzing import flaws_in_force

_NARROWING = [OpenApiParameter(one.name, OpenApiTypes.STR) for one in fields(tried.Narrowing)]


class TrialView(APIView):
    """What a proposal would do."""

    @extend_schema(responses=shapes.TrialSerializer)
    def get(self, request: Request, key: str) -> Response:
        """For who made it, who signs it, the council, Security and Legal."""
        found = tried.trial_of(principal_of_request(request), key)
        return Response(shapes.TrialSerializer(found).data)


class AccessDifferenceView(GenericAPIView[Any]):
    """Who would lose and who would gain what."""

    serializer_class = shapes.PairSerializer
    pagination_class = NumberedPages
    queryset = Proposal.objects.none()

    @extend_schema(parameters=_NARROWING, responses=shapes.PairSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """Service accounts first, then by user name."""
        principal = principal_of_request(request)
        found = tried.trial_of(principal, key)
        narrowing = tried.narrowing_of(request.query_params)
        pairs: Any = tried.pairs_of(found, tried.narrowed(principal, found, narrowing))
        shown: Any = self.paginate_queryset(pairs)
        views = [tried.pair_view(found, pair) for pair in shown]
        return self.get_paginated_response(shapes.PairSerializer(views, many=True).data)


class FlawsView(GenericAPIView[Any]):
    """What is wrong with the opt-outs in force as a set."""

    serializer_class = shapes.FlawSerializer
    pagination_class = NumberedPages
    queryset = Proposal.objects.none()

    @extend_schema(responses=shapes.FlawSerializer(many=True))
    def get(self, request: Request) -> Response:
        """By opt-out."""
        shown: Any = self.paginate_queryset(flaws_in_force(principal_of_request(request)))  # type: ignore[arg-type]
        return self.get_paginated_response(shapes.FlawSerializer(shown, many=True).data)

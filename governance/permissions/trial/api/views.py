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
from catalog.api.views.base import principal_of_request, validated
from governance.models import Proposal
from governance.permissions.trial.api import shapes
from governance.permissions.trial.selectors import tallies
from governance.permissions.trial.selectors import trial as tried
from governance.permissions.trial.selectors.analyzing import flaws_in_force
from governance.permissions.trial.services.replays import request_replay
from governance.permissions.trial.services.running import run_tests
from governance.permissions.trial.services.shadows import end_shadow, start_shadow
from governance.permissions.trial.services.suggesting import suggest_tests

_NARROWING = [OpenApiParameter(one.name, OpenApiTypes.STR) for one in fields(tried.Narrowing)]


class TrialView(APIView):
    """What a proposal would do."""

    @extend_schema(responses=shapes.DraftTrialSerializer)
    def get(self, request: Request, key: str) -> Response:
        """For who made it, who signs it, the council, Security and Legal."""
        found = tried.trial_of(principal_of_request(request), key)
        return Response(shapes.DraftTrialSerializer(found).data)


class TestRunView(APIView):
    """Tests of access, run on what is in force."""

    @extend_schema(request=shapes.TestsAskedSerializer, responses=shapes.TestRunSerializer)
    def post(self, request: Request) -> Response:
        """For oneself, or for anybody where a gateway asks: before a job begins, say."""
        given = validated(shapes.TestsAskedSerializer, request)
        found = run_tests(acting=principal_of_request(request), **given)
        return Response(shapes.TestRunSerializer(found).data)


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
        shown: Any = self.paginate_queryset(flaws_in_force(principal_of_request(request)))
        return self.get_paginated_response(shapes.FlawSerializer(shown, many=True).data)


class SuggestTestsView(APIView):
    """Tests that the engine writes."""

    @extend_schema(request=None, responses={201: shapes.DraftTrialSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Into a draft of one's own: what it does today, to be read and corrected."""
        principal = principal_of_request(request)
        suggest_tests(acting=principal, key=key)
        found = tried.trial_of(principal, key)
        return Response(shapes.DraftTrialSerializer(found).data, status=201)


class ReplaysView(APIView):
    """The access log, decided once more under a proposal's opt-outs."""

    @extend_schema(responses=shapes.DraftReplaySerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The newest first."""
        found = tallies.replays_of(principal_of_request(request), key)
        return Response(shapes.DraftReplaySerializer(found, many=True).data)

    @extend_schema(
        request=shapes.ReplayAskedSerializer,
        responses={202: shapes.DraftReplaySerializer(many=True)},
    )
    def post(self, request: Request, key: str) -> Response:
        """Ask for one; it runs in the background."""
        principal = principal_of_request(request)
        request_replay(
            acting=principal, key=key, **validated(shapes.ReplayAskedSerializer, request)
        )
        found = tallies.replays_of(principal, key)
        return Response(shapes.DraftReplaySerializer(found, many=True).data, status=202)


class ShadowsView(APIView):
    """A proposal's opt-outs beside live answers."""

    @extend_schema(responses=shapes.ShadowSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The newest first."""
        found = tallies.shadows_of(principal_of_request(request), key)
        return Response(shapes.ShadowSerializer(found, many=True).data)

    @extend_schema(
        request=shapes.ShadowAskedSerializer,
        responses={201: shapes.ShadowSerializer(many=True)},
    )
    def post(self, request: Request, key: str) -> Response:
        """Begin one that ends with a day."""
        principal = principal_of_request(request)
        start_shadow(acting=principal, key=key, **validated(shapes.ShadowAskedSerializer, request))
        found = tallies.shadows_of(principal, key)
        return Response(shapes.ShadowSerializer(found, many=True).data, status=201)

    @extend_schema(request=None, responses=shapes.ShadowSerializer(many=True))
    def delete(self, request: Request, key: str) -> Response:
        """End the one that runs; what it counted stays."""
        principal = principal_of_request(request)
        end_shadow(acting=principal, key=key)
        return Response(shapes.ShadowSerializer(tallies.shadows_of(principal, key), many=True).data)

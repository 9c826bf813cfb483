"""Opt-outs in force, what they mean for somebody, and openness over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination, NumberedPages
from catalog.api.views.base import principal_of_request, validated
from governance.models import OpennessMeasure
from governance.permissions.api import access_shapes as shapes
from governance.permissions.selectors.answers import access_of, audience_of
from governance.permissions.selectors.enforcement import enforcement
from governance.permissions.selectors.mine import access_of_mine
from governance.permissions.selectors.openness import exposed_columns, measures, openness_now
from governance.permissions.selectors.register import dataset_called, register_of
from governance.permissions.services.emergencies import close_in_emergency
from governance.permissions.types import DataAction
from governance.proposals.api.shapes import ProposalDetailSerializer
from governance.proposals.selectors.proposals import proposal_detail

_FILTERS = ("category", "effect", "domain", "dataset")


class NewestDay(KeysetPagination):
    """The newest day first."""

    ordering = "-day"


def _asked(*names: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, OpenApiTypes.STR) for name in names]


class OptOutsView(GenericAPIView[Any]):
    """The register of opt-outs in force."""

    serializer_class = shapes.OptOutSerializer
    pagination_class = NumberedPages
    queryset = OpennessMeasure.objects.none()

    @extend_schema(
        parameters=_asked(*_FILTERS, "person"), responses=shapes.OptOutSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """The soonest end first; `person` is whom they concern."""
        given = {name: request.query_params.get(name, "") for name in _FILTERS}
        found = register_of(
            principal_of_request(request),
            username=request.query_params.get("person", ""),
            **given,
        )
        shown: Any = self.paginate_queryset(found)
        return self.get_paginated_response(shapes.OptOutSerializer(shown, many=True).data)


class AccessView(APIView):
    """What somebody may do with a dataset."""

    @extend_schema(
        parameters=_asked("dataset", "person", "action", "purpose"),
        responses=shapes.AccessSerializer,
    )
    def get(self, request: Request) -> Response:
        """For the reader, or the person named where the reader may ask about others."""
        principal = principal_of_request(request)
        asked = request.query_params
        found = access_of(
            principal,
            dataset_called(principal, asked.get("dataset", "")).pk,
            username=asked.get("person", ""),
            action=asked.get("action", DataAction.READ),
            purpose=asked.get("purpose", ""),
        )
        return Response(shapes.AccessSerializer(found).data)


class AudienceView(APIView):
    """Who may not read a dataset."""

    @extend_schema(parameters=_asked("dataset"), responses=shapes.AudienceSerializer)
    def get(self, request: Request) -> Response:
        """For its owners and stewards, Security and Legal."""
        principal = principal_of_request(request)
        dataset = dataset_called(principal, request.query_params.get("dataset", ""))
        return Response(shapes.AudienceSerializer(audience_of(principal, dataset)).data)


class MyAccessView(APIView):
    """What holds for the reader."""

    @extend_schema(responses=shapes.MyAccessSerializer)
    def get(self, request: Request) -> Response:
        """With their exceptions, their requests and the glass they may break."""
        found = access_of_mine(principal_of_request(request))
        return Response(shapes.MyAccessSerializer(found).data)


class OpennessView(APIView):
    """How open data is."""

    @extend_schema(responses=shapes.OpennessSerializer)
    def get(self, request: Request) -> Response:
        """Now, with the opt-outs that close most."""
        return Response(shapes.OpennessSerializer(openness_now(principal_of_request(request))).data)


class OpennessHistoryView(ListAPIView[OpennessMeasure]):
    """How open data was, day by day."""

    serializer_class = shapes.OpennessMeasureSerializer
    queryset = OpennessMeasure.objects.none()
    pagination_class = NewestDay

    def get_queryset(self) -> QuerySet[OpennessMeasure]:
        """All days."""
        return measures(principal_of_request(self.request))


class EnforcementView(APIView):
    """Where opt-outs are in force."""

    @extend_schema(responses=shapes.EnforcementSerializer)
    def get(self, request: Request) -> Response:
        """Which process decides from which policy since when, and what is everywhere."""
        found = enforcement(principal_of_request(request), timezone.now())
        return Response(shapes.EnforcementSerializer(found).data)


class ExposedView(GenericAPIView[Any]):
    """Sensitive columns without any opt-out."""

    serializer_class = shapes.ExposedSerializer
    pagination_class = NumberedPages
    queryset = OpennessMeasure.objects.none()

    @extend_schema(
        parameters=_asked("classification"), responses=shapes.ExposedSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """By dataset; `classification` with all below it."""
        found = exposed_columns(
            principal_of_request(request),
            classification=request.query_params.get("classification", ""),
        )
        shown: Any = self.paginate_queryset(found)
        return self.get_paginated_response(shapes.ExposedSerializer(shown, many=True).data)


class EmergencyOptOutView(APIView):
    """Closing data in an emergency."""

    @extend_schema(
        request=shapes.EmergencyOptOutSerializer, responses={201: ProposalDetailSerializer}
    )
    def post(self, request: Request) -> Response:
        """In force at once; Security, Legal and administrators may."""
        principal = principal_of_request(request)
        made = close_in_emergency(
            acting=principal, **validated(shapes.EmergencyOptOutSerializer, request)
        )
        found = proposal_detail(principal, made.key)
        return Response(ProposalDetailSerializer(found).data, status=201)

"""Committees over REST."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, validated
from governance.council.api import shapes
from governance.council.selectors.registers import committee, committees
from governance.council.services.committees import change_committee, create_committee
from governance.models import Committee


class CommitteesView(ListAPIView[Committee]):
    """Sub-councils with a slice of the kinds of agreements."""

    serializer_class = shapes.CommitteeSerializer
    queryset = Committee.objects.none()

    def get_queryset(self) -> QuerySet[Committee]:
        """With how many open seats each has."""
        return committees(principal_of_request(self.request))

    @extend_schema(
        request=shapes.CommitteeInSerializer, responses={201: shapes.CommitteeSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make one; its seats are made for it."""
        principal = principal_of_request(request)
        made = create_committee(
            acting=principal, **validated(shapes.CommitteeInSerializer, request)
        )
        answer = shapes.CommitteeSerializer(committee(principal, made.slug)).data
        return Response(answer, status=status.HTTP_201_CREATED)


class CommitteeView(APIView):
    """One committee."""

    @extend_schema(responses=shapes.CommitteeSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What it is for."""
        found = committee(principal_of_request(request), slug)
        return Response(shapes.CommitteeSerializer(found).data)

    @extend_schema(request=shapes.CommitteeChangeSerializer, responses=shapes.CommitteeSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Change it; the short name stays."""
        principal = principal_of_request(request)
        found = committee(principal, slug)
        given = validated(shapes.CommitteeChangeSerializer, request)
        change_committee(acting=principal, committee_id=found.pk, **given)
        return self.get(request, slug)

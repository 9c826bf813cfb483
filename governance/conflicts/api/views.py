"""The register of conflicts over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request, validated
from governance.conflicts.selectors.register import conflicts, get_conflict
from governance.conflicts.services.merging import draft_merge
from governance.conflicts.services.register import assign, reopen, settle
from governance.models import Conflict
from governance.proposals.api.shapes import ProposalDetailSerializer
from governance.proposals.incoming import named_person
from governance.proposals.selectors.proposals import proposal_detail
from governance.types import ConflictState


class ConflictSerializer(serializers.ModelSerializer[Conflict]):
    """Two sides that disagree, what is known of it, and what became of it."""

    owner = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Conflict
        fields = [
            "id", "kind", "title", "witness", "counts", "parties", "owner", "state", "resolution",
            "found_at", "settled_at",
        ]  # fmt: skip


class SettlementSerializer(serializers.Serializer[Any]):
    """How it was settled: resolved, or accepted where both stand knowingly."""

    state = serializers.ChoiceField(choices=[state.value for state in ConflictState])
    resolution = serializers.CharField()


class OwnerSerializer(serializers.Serializer[Any]):
    """Who brings the parties together, by user name."""

    username = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField()


class KeptSideSerializer(serializers.Serializer[Any]):
    """The side whose text stays, by its key."""

    keep = serializers.CharField()


@extend_schema(
    parameters=[
        OpenApiParameter("state", OpenApiTypes.STR),
        OpenApiParameter("kind", OpenApiTypes.STR),
    ]
)
class ConflictsView(ListAPIView[Conflict]):
    """Where agreements, proposals and claims disagree."""

    serializer_class = ConflictSerializer
    queryset = Conflict.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Conflict]:
        """Narrowed by the query string."""
        query = self.request.query_params
        return conflicts(
            principal_of_request(self.request),
            state=query.get("state", ""),
            kind=query.get("kind", ""),
        )


class ConflictView(APIView):
    """One conflict."""

    @extend_schema(responses=ConflictSerializer)
    def get(self, request: Request, conflict_id: int) -> Response:
        """With both sides."""
        found = get_conflict(principal_of_request(request), conflict_id)
        return Response(ConflictSerializer(found).data)


class SettleView(APIView):
    """Settling a conflict."""

    @extend_schema(request=SettlementSerializer, responses=ConflictSerializer)
    def post(self, request: Request, conflict_id: int) -> Response:
        """Its owner, a champion of a party, or an administrator may, with a reason."""
        given = validated(SettlementSerializer, request)
        row = settle(
            acting=principal_of_request(request),
            conflict_id=conflict_id,
            state=ConflictState(given["state"]),
            resolution=given["resolution"],
        )
        return Response(ConflictSerializer(row).data)


class ReopenView(APIView):
    """Opening a settled conflict again."""

    @extend_schema(request=ReasonSerializer, responses=ConflictSerializer)
    def post(self, request: Request, conflict_id: int) -> Response:
        """Anybody may, with a reason."""
        given = validated(ReasonSerializer, request)
        row = reopen(acting=principal_of_request(request), conflict_id=conflict_id, **given)
        return Response(ConflictSerializer(row).data)


class AssignView(APIView):
    """Who owns a conflict."""

    @extend_schema(request=OwnerSerializer, responses=ConflictSerializer)
    def post(self, request: Request, conflict_id: int) -> Response:
        """Name who brings the parties together."""
        principal = principal_of_request(request)
        given = validated(OwnerSerializer, request)
        owner = named_person(principal, given["username"])
        row = assign(acting=principal, conflict_id=conflict_id, owner_id=owner)
        return Response(ConflictSerializer(row).data)


class MergeView(APIView):
    """One text for both sides."""

    @extend_schema(request=KeptSideSerializer, responses={201: ProposalDetailSerializer})
    def post(self, request: Request, conflict_id: int) -> Response:
        """Draft the proposal that keeps one side and takes the other in; nobody is asked yet."""
        principal = principal_of_request(request)
        given = validated(KeptSideSerializer, request)
        made = draft_merge(acting=principal, conflict_id=conflict_id, **given)
        found = proposal_detail(principal, made.key)
        return Response(ProposalDetailSerializer(found).data, status=status.HTTP_201_CREATED)

"""Agreements over REST: thin views over the selectors."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import Action, require
from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import instant, principal_of_request
from catalog.errors import NotFound
from catalog.selectors.datasets import get_dataset
from governance.agreements.api import shapes
from governance.agreements.kinds import kinds
from governance.agreements.selectors.agreements import (
    agreement_as_of,
    agreement_list,
    agreements_of_dataset,
    current_epoch,
    versions,
)
from governance.agreements.selectors.uses import as_seen, use_counts
from governance.models import Agreement, AgreementVersion, UseCount
from governance.types import AgreementState

AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="What held at this instant.")
KNOWN_AT = OpenApiParameter(
    "known_at", OpenApiTypes.DATETIME, description="As far as Concord knew at this instant."
)


class ByNumber(KeysetPagination):
    """The newest version first."""

    ordering = "-number"


@extend_schema(
    parameters=[
        OpenApiParameter("kind", OpenApiTypes.STR),
        OpenApiParameter("state", OpenApiTypes.STR, enum=[s.value for s in AgreementState]),
        OpenApiParameter("q", OpenApiTypes.STR, description="Words of title and key."),
        AS_OF,
    ]
)
class AgreementsView(ListAPIView[Agreement]):
    """What is agreed; those only proposed are left out unless asked for by state."""

    serializer_class = shapes.AgreementSerializer
    queryset = Agreement.objects.none()

    def get_queryset(self) -> QuerySet[Agreement]:
        """Narrowed by the query string."""
        query = self.request.query_params
        return agreement_list(
            principal_of_request(self.request),
            kind=query.get("kind") or None,
            state=query.get("state") or None,
            query=query.get("q", ""),
            as_of=instant(self.request, "as_of"),
        )


class AgreementView(APIView):
    """One agreement as of an instant, as known at another."""

    @extend_schema(parameters=[AS_OF, KNOWN_AT], responses=shapes.VersionSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The version that held; 404 where nothing did."""
        found = agreement_as_of(
            principal_of_request(request),
            key,
            valid_at=instant(request, "as_of"),
            known_at=instant(request, "known_at"),
        )
        if found is None:
            raise NotFound("Nothing of this agreement held then.")
        return Response(shapes.VersionSerializer(found, context={"request": request}).data)


class VersionsView(ListAPIView[AgreementVersion]):
    """Every version of an agreement, the newest first."""

    serializer_class = shapes.VersionSerializer
    queryset = AgreementVersion.objects.none()
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[AgreementVersion]:
        """Raises NotFound for an agreement that is not there."""
        return versions(principal_of_request(self.request), self.kwargs["key"])


class DatasetAgreementsView(ListAPIView[AgreementVersion]):
    """What is in force and rests on a dataset."""

    serializer_class = shapes.VersionSerializer
    queryset = AgreementVersion.objects.none()

    def get_queryset(self) -> QuerySet[AgreementVersion]:
        """Raises NotFound for a dataset that may not be seen."""
        principal = principal_of_request(self.request)
        dataset = get_dataset(principal, self.kwargs["dataset_id"])
        return agreements_of_dataset(principal, dataset.pk)


class NewestCount(KeysetPagination):
    """The newest count first."""

    ordering = "-counted_at"


class UsesView(ListAPIView[UseCount]):
    """The weekly counts of what still uses an agreement that goes, the newest first."""

    serializer_class = shapes.UseCountSerializer
    queryset = UseCount.objects.none()
    pagination_class = NewestCount

    def get_queryset(self) -> QuerySet[UseCount]:
        """Raises NotFound for an agreement that is not there."""
        return use_counts(principal_of_request(self.request), self.kwargs["key"])

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page as its reader may see it."""
        return as_seen(
            principal_of_request(self.request), super().paginate_queryset(queryset) or ()
        )


class KindsView(APIView):
    """The kinds of agreements."""

    @extend_schema(responses=shapes.KindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """In order of their names."""
        require(principal_of_request(request), Action.SEE)
        return Response(shapes.KindSerializer(list(kinds), many=True).data)


class KindSchemaView(APIView):
    """The JSON Schema of a kind's document."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, kind: str) -> Response:
        """Draft 2020-12."""
        require(principal_of_request(request), Action.SEE)
        if kind not in kinds:
            raise NotFound(f"There is no kind of agreement {kind!r}.")
        return Response(kinds.get(kind).document_type.model_json_schema())


class EpochView(APIView):
    """The number that every adoption raises."""

    @extend_schema(
        responses={200: {"type": "object", "properties": {"epoch": {"type": "integer"}}}}
    )
    def get(self, request: Request) -> Response:
        """Read it once, and everything that was adopted with it is seen whole."""
        require(principal_of_request(request), Action.SEE)
        return Response({"epoch": current_epoch()})

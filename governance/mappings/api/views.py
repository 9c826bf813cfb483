"""Field mappings over REST (R-096, R-042)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NumberedPages
from catalog.api.views.base import principal_of_request, whole_number
from governance.mappings.api import shapes
from governance.mappings.selectors.mapping import field_mapping
from governance.mappings.selectors.pairs import mapped_pairs
from governance.mappings.selectors.records import composed_record
from governance.models import Binding

_MOST = 2**31 - 1


class MappingsView(GenericAPIView[Any]):
    """The pairs of datasets of two systems that hold the same entity."""

    queryset = Binding.objects.none()
    serializer_class = shapes.MappedPairSerializer
    pagination_class = NumberedPages

    @extend_schema(
        parameters=[
            OpenApiParameter("left", OpenApiTypes.INT, required=True, description="A system."),
            OpenApiParameter("right", OpenApiTypes.INT, required=True, description="Another."),
        ],
        responses=shapes.MappedPairSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The best known first."""
        left, right = (
            whole_number(request, name, default=0, most=_MOST) for name in ("left", "right")
        )
        found: Any = mapped_pairs(principal_of_request(request), left, right)
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(shapes.MappedPairSerializer(page, many=True).data)


class MappingView(APIView):
    """Two datasets field by field."""

    @extend_schema(responses=shapes.FieldMappingSerializer)
    def get(self, request: Request, left_id: int, right_id: int) -> Response:
        """What is mapped, what does not fit, what is missing."""
        found = field_mapping(principal_of_request(request), left_id, right_id)
        return Response(shapes.FieldMappingSerializer(found).data)


class RecordView(APIView):
    """A record made of several systems."""

    @extend_schema(responses=shapes.ComposedRecordSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """Field by field."""
        found = composed_record(principal_of_request(request), dataset_id)
        return Response(shapes.ComposedRecordSerializer(found).data)

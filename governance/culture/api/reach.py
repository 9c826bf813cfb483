"""How far data reaches, over REST (R-025, R-027)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination, NumberedPages
from catalog.api.views.base import principal_of_request
from catalog.models import Dataset
from governance.culture.api import shapes
from governance.culture.models import SelfServiceMeasure
from governance.culture.selectors.departments import departments
from governance.culture.selectors.reach import CONSUMERS, consumers, reach, using_departments
from governance.culture.selectors.self_service import self_service

_KIND = OpenApiParameter("kind", OpenApiTypes.STR, description=", ".join(CONSUMERS))


class NewestDay(KeysetPagination):
    """The newest day first."""

    ordering = "-day"


class ReachView(APIView):
    """Which departments used consumers of data, month by month."""

    @extend_schema(parameters=[_KIND], responses=shapes.ReachSerializer)
    def get(self, request: Request) -> Response:
        """In the last twelve months."""
        kind = request.query_params.get("kind", "")
        found = reach(principal_of_request(request), kind=kind)
        return Response(shapes.ReachSerializer(found).data)


@extend_schema(parameters=[_KIND])
class ConsumersView(ListAPIView[Dataset]):
    """Dashboards, notebooks and models, those that reach the most people first."""

    serializer_class = shapes.ConsumerSerializer
    queryset = Dataset.objects.none()
    pagination_class = NumberedPages

    def get_queryset(self) -> QuerySet[Dataset]:
        """Narrowed by the query string."""
        kind = self.request.query_params.get("kind", "")
        return consumers(principal_of_request(self.request), kind=kind)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page, with the departments of its consumers read at once."""
        page = self.paginate_queryset(self.get_queryset()) or []
        using = using_departments(principal_of_request(request), page)
        shown = shapes.ConsumerSerializer(page, many=True, context={"using": using})
        return self.get_paginated_response(shown.data)


class SelfServiceView(ListAPIView[SelfServiceMeasure]):
    """How many reads needed nobody's approval, day by day, the newest first."""

    serializer_class = shapes.SelfServiceSerializer
    queryset = SelfServiceMeasure.objects.none()
    pagination_class = NewestDay

    def get_queryset(self) -> QuerySet[SelfServiceMeasure]:
        """For everybody."""
        return self_service(principal_of_request(self.request))


class DepartmentsView(APIView):
    """Openness and use by department and level."""

    @extend_schema(responses=shapes.DepartmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Of groups from which nobody is told."""
        found = departments(principal_of_request(request))
        return Response(shapes.DepartmentSerializer(found, many=True).data)

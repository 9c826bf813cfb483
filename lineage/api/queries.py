"""Queries that ran, over REST: thin views over the selectors."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, whole_number
from lineage.api.query_shapes import QueryPageSerializer, QuerySerializer, QueryUseSerializer
from lineage.selectors.queries import (
    column_use,
    frequent_filters,
    frequent_joins,
    queries_of,
    query_shown,
    runs_by_day,
    shown_queries,
)

PAGE = 50
MOST_ON_A_PAGE = 200
MOST_SKIPPED = 1_000_000


class DatasetQueriesView(APIView):
    """The queries that ran on a dataset."""

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 200; 50 unless told."),
            OpenApiParameter("offset", OpenApiTypes.INT, description="How many to leave out."),
        ],
        responses=QueryPageSerializer,
    )
    def get(self, request: Request, dataset_id: int) -> Response:
        """A page of them, those that ran most often first."""
        principal = principal_of_request(request)
        limit = whole_number(request, "limit", default=PAGE, most=MOST_ON_A_PAGE) or PAGE
        offset = whole_number(request, "offset", default=0, most=MOST_SKIPPED)
        rows = queries_of(principal, dataset_id)
        answer = {
            "count": rows.count(),
            "results": shown_queries(principal, rows[offset : offset + limit], dataset_id),
        }
        return Response(QueryPageSerializer(answer).data)


class DatasetQueryUseView(APIView):
    """How queries use a dataset."""

    @extend_schema(responses=QueryUseSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """Its columns, joins and filters in use, and runs by day."""
        principal = principal_of_request(request)
        answer = {
            "columns": column_use(principal, dataset_id),
            "joins": frequent_joins(principal, dataset_id),
            "filters": frequent_filters(principal, dataset_id),
            "days": runs_by_day(principal, dataset_id),
        }
        return Response(QueryUseSerializer(answer).data)


class QueryView(APIView):
    """One query that ran."""

    @extend_schema(responses=QuerySerializer)
    def get(self, request: Request, query_id: int) -> Response:
        """Its text, its numbers and who ran it."""
        return Response(QuerySerializer(query_shown(principal_of_request(request), query_id)).data)

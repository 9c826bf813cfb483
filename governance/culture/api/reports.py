"""Data that somebody could not get, over REST (R-025)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst, NumberedPages
from catalog.api.views.base import principal_of_request, validated
from governance.culture.api import shapes
from governance.culture.models import DataReport, ReportAnswer
from governance.culture.selectors.reports import answers, asked_for, report_counts
from governance.culture.services.reports import answer_reports, report_missing_data


class DataReportsView(GenericAPIView[Any]):
    """What was asked for and not answered; anonymous reports."""

    queryset = DataReport.objects.none()
    pagination_class = NumberedPages
    serializer_class = shapes.AskedForSerializer

    @extend_schema(responses=shapes.AskedForSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The most frequent first; for members of the council."""
        page: Any = self.paginate_queryset(asked_for(principal_of_request(request)))
        return self.get_paginated_response(shapes.AskedForSerializer(page, many=True).data)

    @extend_schema(request=shapes.DataReportInSerializer, responses={202: None})
    def post(self, request: Request) -> Response:
        """Report that one could not get data. Nothing is kept that says who."""
        given = validated(shapes.DataReportInSerializer, request)
        report_missing_data(
            acting=principal_of_request(request),
            place=given["place"],
            dataset_id=given["dataset"],
            words=given["words"],
        )
        return Response(status=status.HTTP_202_ACCEPTED)


class CountsView(APIView):
    """How many reports came and wait."""

    @extend_schema(responses=shapes.ReportCountsSerializer)
    def get(self, request: Request) -> Response:
        """For everybody."""
        found = report_counts(principal_of_request(request))
        return Response(shapes.ReportCountsSerializer(found).data)


class AnswersView(ListAPIView[ReportAnswer]):
    """What the council answered."""

    serializer_class = shapes.ReportAnswerSerializer
    queryset = ReportAnswer.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[ReportAnswer]:
        """The newest first, for everybody."""
        return answers(principal_of_request(self.request))

    @extend_schema(
        request=shapes.ReportAnswerInSerializer, responses={201: shapes.ReportAnswerSerializer}
    )
    def post(self, request: Request) -> Response:
        """Answer a report and all that ask for the same."""
        principal = principal_of_request(request)
        given = validated(shapes.ReportAnswerInSerializer, request)
        made = answer_reports(
            acting=principal,
            report_id=given["report"],
            subject=given["subject"],
            text=given["text"],
        )
        shown = answers(principal).get(pk=made.pk)
        return Response(shapes.ReportAnswerSerializer(shown).data, status=status.HTTP_201_CREATED)

"""The same change on many datasets over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.changes import OPERATIONS
from catalog.api.serializers.bulk import BulkChangeSerializer, BulkReportSerializer
from catalog.api.views.base import principal_of_request, validated
from catalog.services.curation import change_many


class BulkChangeView(APIView):
    """One change on up to 1,000 datasets."""

    @extend_schema(request=BulkChangeSerializer, responses=BulkReportSerializer)
    def post(self, request: Request) -> Response:
        """Change each dataset on its own; one refusal never undoes the others."""
        principal = principal_of_request(request)
        given = validated(BulkChangeSerializer, request)
        operation = OPERATIONS[given["operation"]]
        body = operation.body(data=given["change"])
        body.is_valid(raise_exception=True)
        report = change_many(
            given["datasets"],
            lambda dataset_id: operation.apply(principal, dataset_id, body.validated_data),
        )
        answer = {
            "changed": report.changed,
            "refused": [{"dataset": pk, "reason": why} for pk, why in report.refused.items()],
        }
        return Response(BulkReportSerializer(answer).data)

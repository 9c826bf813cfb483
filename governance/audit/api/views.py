"""The log of access decisions over REST: search, one decision, exports, who could read, holds."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request, validated
from governance.audit.api.paging import NewestRecords
from governance.audit.selectors.records import holds, search_of
from governance.audit.services.holding import lift_hold, place_hold
from governance.audit.services.reading import (
    decoded,
    export_json_lines,
    open_readers,
    open_row,
    open_rows,
)
from governance.models import AuditHold, AuditRow

_SEARCH = [
    OpenApiParameter(name, OpenApiTypes.STR, description=words)
    for name, words in (
        ("person", "A user name."),
        ("dataset", "An id, a name, or the end of one."),
        ("rule", "An opt-out's key or number."),
        ("outcome", "allowed, partial, refused or lost."),
        ("gateway", "Which door was asked."),
        ("action", "What was asked for."),
        ("purpose", "What for."),
        ("query_id", "What the engine calls its query."),
        ("since", "A day or an instant."),
        ("until", "A day or an instant."),
    )
]


class AuditRecordSerializer(serializers.ModelSerializer[AuditRow]):
    """One answer to one call, as it was given."""

    username = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField()
    digest = serializers.SerializerMethodField()

    class Meta:
        model = AuditRow
        fields = [
            "id", "at", "keeping", "gateway", "username", "action", "outcome", "purpose",
            "datasets", "rules", "chain", "sequence", "record", "digest",
        ]  # fmt: skip

    def get_username(self, row: AuditRow) -> str:
        """Who asked, as they were called then."""
        return str(decoded(row)["username"])

    @extend_schema_field({"type": "object"})
    def get_record(self, row: AuditRow) -> dict[str, Any]:
        """The canonical row: resources, columns, exceptions, masks, filters, counts, latency."""
        return decoded(row)

    def get_digest(self, row: AuditRow) -> str:
        """The row's place in its chain, in hexadecimal."""
        return bytes(row.digest).hex()


class ReaderSerializer(serializers.Serializer[Any]):
    """What somebody could do."""

    username = serializers.CharField()
    answer = serializers.CharField(help_text="whole, part or nothing")
    code = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    excepted = serializers.ListField(child=serializers.CharField())


class ReadersSerializer(serializers.Serializer[Any]):
    """Who could read a dataset on a day, and the opt-outs that said so."""

    dataset = serializers.IntegerField()
    name = serializers.CharField()
    column = serializers.CharField()
    at = serializers.DateTimeField()
    known_since = serializers.DateTimeField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    readers = ReaderSerializer(many=True)
    reasons = serializers.ListField(child=serializers.DictField())


class AuditHoldSerializer(serializers.ModelSerializer[AuditHold]):
    """Rows that are kept beyond their retention."""

    person = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    dataset = serializers.CharField(source="dataset_name", read_only=True)
    placed_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = AuditHold
        fields = [
            "id", "reason", "person", "dataset", "since", "until", "placed_by", "placed_at",
            "lifted_at",
        ]  # fmt: skip


class HoldRequestSerializer(serializers.Serializer[Any]):
    """What is held, and why; without person and dataset, everything of the time."""

    reason = serializers.CharField(max_length=4_000)
    person = serializers.CharField(required=False, max_length=150)
    dataset = serializers.CharField(required=False, max_length=500)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


@extend_schema(parameters=_SEARCH)
class AuditRecordsView(ListAPIView[AuditRow]):
    """Who was allowed or refused what; one's own, or everybody's for who answers for the log."""

    serializer_class = AuditRecordSerializer
    queryset = AuditRow.objects.none()
    pagination_class = NewestRecords
    filter_backends = []

    def get_queryset(self) -> Any:
        """Narrowed by the query string."""
        return open_rows(
            principal_of_request(self.request), search_of(self.request.query_params.dict())
        )


class AuditRecordView(APIView):
    """One decision."""

    @extend_schema(responses=AuditRecordSerializer)
    def get(self, request: Request, record_id: uuid.UUID) -> Response:
        """With everything it rests on."""
        row = open_row(principal_of_request(request), str(record_id))
        return Response(AuditRecordSerializer(row).data)


class AuditExportView(APIView):
    """The canonical rows with their digests, as lines of JSON."""

    @extend_schema(parameters=_SEARCH, responses={(200, "application/x-ndjson"): OpenApiTypes.STR})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Everything that is found, not a page of it."""
        lines = export_json_lines(
            principal_of_request(request), search_of(request.query_params.dict())
        )
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")


class AuditReadersView(APIView):
    """Who could read a dataset on a day, and why."""

    @extend_schema(
        parameters=[
            OpenApiParameter("dataset", OpenApiTypes.STR, required=True),
            OpenApiParameter("day", OpenApiTypes.DATE, required=True),
            OpenApiParameter("column", OpenApiTypes.STR),
        ],
        responses=ReadersSerializer,
    )
    def get(self, request: Request) -> Response:
        """By the opt-outs, exceptions and people of then."""
        query = request.query_params
        found = open_readers(
            principal_of_request(request),
            dataset=query.get("dataset", ""),
            day=query.get("day", ""),
            column=query.get("column", ""),
        )
        return Response({**dataclasses.asdict(found), "counts": found.counts})


class AuditHoldsView(ListAPIView[AuditHold]):
    """The legal holds on the log."""

    serializer_class = AuditHoldSerializer
    queryset = AuditHold.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[AuditHold]:
        """Lifted ones too."""
        return holds(principal_of_request(self.request))

    @extend_schema(request=HoldRequestSerializer, responses={201: AuditHoldSerializer})
    def post(self, request: Request) -> Response:
        """Place one."""
        given = validated(HoldRequestSerializer, request)
        hold = place_hold(acting=principal_of_request(request), **given)
        return Response(AuditHoldSerializer(hold).data, status=201)


class AuditHoldLiftView(APIView):
    """The end of a hold."""

    @extend_schema(request=None, responses=AuditHoldSerializer)
    def post(self, request: Request, hold_id: int) -> Response:
        """The rows age again as others do."""
        hold = lift_hold(acting=principal_of_request(request), hold_id=hold_id)
        return Response(AuditHoldSerializer(hold).data)

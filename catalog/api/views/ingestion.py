"""Ingestion over REST: what can be connected, connections, their runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from catalog.api.pagination import NewestFirst
from catalog.api.parsers import JSONParser
from catalog.api.serializers import ingestion as shapes
from catalog.api.views.base import principal_of_request, validated
from catalog.errors import InvalidInput
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.selectors import ingestion as reading
from catalog.services import connections, ingestion_runs


class ConnectorsView(APIView):
    """The kinds of sources that can be connected."""

    @extend_schema(responses=shapes.ConnectorSerializer(many=True))
    def get(self, request: Request) -> Response:
        """By label, each with the JSON schema of its settings."""
        found: Any = reading.known_connectors(principal_of_request(request))
        return Response(shapes.ConnectorSerializer(found, many=True).data)


class ConnectionViewSet(ReadOnlyModelViewSet[Connection]):
    """Connections, for those who may import; administrators make, change and delete them."""

    serializer_class = shapes.ConnectionSerializer
    queryset = Connection.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Connection]:
        """What the caller may import from."""
        return reading.visible_connections(principal_of_request(self.request))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One connection with its settings."""
        found = reading.get_connection(principal_of_request(request), int(kwargs["pk"]))
        return Response(shapes.ConnectionSerializer(found).data)

    @extend_schema(
        request=shapes.ConnectionCreateSerializer, responses={201: shapes.ConnectionSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Connect a source."""
        given = validated(shapes.ConnectionCreateSerializer, request)
        made = connections.create_connection(acting=principal_of_request(request), **given)
        return Response(shapes.ConnectionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=shapes.ConnectionChangeSerializer,
        responses=shapes.ConnectionSerializer,
        methods=["PATCH"],
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is named."""
        changed = connections.change_connection(
            acting=principal_of_request(request),
            connection_id=int(kwargs["pk"]),
            changes=validated(shapes.ConnectionChangeSerializer, request),
        )
        return Response(shapes.ConnectionSerializer(changed).data)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a connection with its runs; the datasets it brought stay."""
        connections.delete_connection(
            acting=principal_of_request(request), connection_id=int(kwargs["pk"])
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request={
            "multipart/form-data": shapes.RunRequestSerializer,
            "application/json": shapes.RunRequestSerializer,
        },
        responses={202: shapes.RunSerializer},
    )
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser, FormParser, JSONParser])
    def run(self, request: Request, pk: str) -> Response:
        """Ask for an import, real or dry, with files where the connector reads files."""
        given = validated(shapes.RunRequestSerializer, request)
        run = ingestion_runs.request_run(
            acting=principal_of_request(request),
            connection_id=int(pk),
            dry_run=given["dry_run"],
            uploads=_by_name(given["files"]),
        )
        return Response(shapes.RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunViewSet(ReadOnlyModelViewSet[IngestionRun]):
    """Runs, newest first; one of them with its diff."""

    serializer_class = shapes.RunSerializer
    queryset = IngestionRun.objects.none()
    pagination_class = NewestFirst
    filterset_fields = ["connection", "state", "is_dry_run"]
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[IngestionRun]:
        """Visible runs."""
        return reading.visible_runs(principal_of_request(self.request))

    @extend_schema(responses=shapes.RunDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One run with what a dry run would change."""
        run = reading.run_named(principal_of_request(request), int(kwargs["pk"]))
        return Response(shapes.RunDetailSerializer(run).data)

    @extend_schema(request=None, responses={202: shapes.RunSerializer})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Ask for the real import of what a dry run looked at, with its files."""
        run = ingestion_runs.apply_dry_run(acting=principal_of_request(request), run_id=int(pk))
        return Response(shapes.RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunProblemsView(ListAPIView[IngestionProblem]):
    """What a run could not use."""

    serializer_class = shapes.RunProblemSerializer
    queryset = IngestionProblem.objects.none()

    def get_queryset(self) -> QuerySet[IngestionProblem]:
        """In the order it came up."""
        principal = principal_of_request(self.request)
        run = reading.run_named(principal, int(self.kwargs["run_id"]))
        return reading.problems_of(principal, run)


def _by_name(files: Iterable[UploadedFile]) -> dict[str, BinaryIO]:
    uploads: dict[str, Any] = {}
    for file in files:
        name = file.name or "file"
        if name in uploads:
            raise InvalidInput(f"Two of the files are named {name[:80]}.", field="files")
        uploads[name] = file
    return uploads

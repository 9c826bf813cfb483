"""The event door behind Django: the same answers for servers that are not ASGI."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from lineage.api import shapes
from lineage.api.event_answers import Answer, accepted, most_bytes, read_body, refusal
from lineage.openlineage.receiving import TooLarge
from lineage.services.run_events import keeping


class EventView(APIView):
    """Where OpenLineage clients post one event."""

    # The door asks for a token with scope ingest itself; a browser's session is none.
    authentication_classes = []
    permission_classes = [AllowAny]
    is_batch = False

    @extend_schema(
        operation_id="events_post",
        request={"application/json": OpenApiTypes.OBJECT},
        responses={200: None},
    )
    def post(self, request: Request) -> HttpResponse:
        """Take one RunEvent, JobEvent or DatasetEvent of OpenLineage; it is projected later."""
        return _response(_answer(request, is_batch=self.is_batch))


class EventBatchView(EventView):
    """Where OpenLineage clients post several events."""

    is_batch = True

    @extend_schema(
        operation_id="events_post_batch",
        request={"application/json": {"type": "array", "items": {"type": "object"}}},
        responses={200: shapes.PartialSuccessSerializer, 204: None},
    )
    def post(self, request: Request) -> HttpResponse:
        """Take an array of events: 204, or 200 with what could not be used."""
        return super().post(request)


def _answer(request: Request, *, is_batch: bool) -> Answer:
    try:
        principal = keeping.sender(request.headers.get("Authorization", ""))
        most = most_bytes(is_batch=is_batch)
        # Read past Django's limit for forms: an event has a limit of its own.
        body = request._request.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most // 2**20} MiB.", field="body")
        encoding = request.headers.get("Content-Encoding", "")
        received, refused = read_body(body, encoding, is_batch=is_batch)
        keeping.keep([(event, principal.person_id) for event in received])
    except (CatalogError, AccessRefused) as error:
        return refusal(error)
    return accepted(received, refused, is_batch=is_batch)


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.status == 204:
        del response["Content-Type"]
    for name, value in answer.headers.items():
        response[name] = value
    return response

"""One principal and one request id per request, for every edge that Django serves."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from catalog.selectors.principals import principal_of
from catalog.types import Principal


class RequestPrincipalMiddleware:
    """Sets `request.principal` (lazily, so that static pages cost no query) and answers with
    `X-Request-ID`, the id that history, event log and audit share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request.headers.get("X-Request-ID", ""))
        request.principal = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: principal_of(request.user, request_id=request_id)
        )
        response = self._get_response(request)
        response["X-Request-ID"] = str(request_id)
        return response


def principal_from(request: HttpRequest) -> Principal:
    """The principal of a request that passed the middleware."""
    return request.principal  # type: ignore[attr-defined]


def _request_id(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError:
        return uuid.uuid4()

"""What is answered where nothing else does: a page for people, a problem for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from catalog.api.problems import problem_body

_PROGRAMS = ("/api/v1/", "/graphql/")
_PAGE = "/graphql/explorer/"
FAILED = "The service met a fault; it was logged. Nothing is wrong with what you sent."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if not _is_program(request):
        return defaults.page_not_found(request, exception)
    return _problem(404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500; what happened is in the log, under the request id of the answer."""
    if not _is_program(request):
        return defaults.server_error(request)
    return _problem(500, "internal_error", FAILED)


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith(_PROGRAMS) and not request.path.startswith(_PAGE)


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body: dict[str, Any] = problem_body(status, code, detail)
    return JsonResponse(body, status=status, content_type="application/problem+json")

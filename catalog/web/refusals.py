"""Refusals become pages: what, why and whom to ask, never a stack trace (law 7)."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.access import AccessRefused
from catalog.errors import UNSTORABLE, CatalogError

log = structlog.get_logger(__name__)


class RefusalMiddleware:
    """Answers what a service or selector refused and no view explained in place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; None leaves every other exception to Django."""
        if isinstance(exception, AccessRefused):
            return render(request, "403.html", {"exception": reason_of(exception)}, status=403)
        if isinstance(exception, DataError):
            log.warning("unstorable_input", exc_info=exception)
            return render(request, "catalog/refused.html", {"reason": UNSTORABLE}, status=400)
        if not isinstance(exception, CatalogError):
            return None
        if exception.status == 404:
            return render(request, "404.html", status=404)
        return render(
            request,
            "catalog/refused.html",
            {"reason": exception.message},
            status=exception.status,
        )


def reason_of(refusal: AccessRefused | CatalogError) -> str:
    """The refusal in a sentence for the person, with whom to ask."""
    if isinstance(refusal, CatalogError):
        return refusal.message
    return refusal.verdict.sentence

"""Errors over REST as RFC 9457 problem details; no stack trace reaches a client."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from catalog.access import AccessRefused
from catalog.errors import UNSTORABLE, CatalogError
from catalog.log_lines import log_unstorable


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes `application/problem+json`."""
    if isinstance(error, AccessRefused):
        verdict = error.verdict
        status = 401 if verdict.code == "not_signed_in" else 403
        extra = {"ask": verdict.ask} if verdict.ask else {}
        return _problem(status, verdict.code, verdict.reason, **extra)
    if isinstance(error, CatalogError):
        extra = {"field": error.field} if error.field else {}
        return _problem(error.status, error.code, error.message, **extra)
    if isinstance(error, DataError):
        log_unstorable(error)
        return _problem(400, "invalid_input", UNSTORABLE)
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        return _problem(413, "too_large", f"The body has more than {most} MB: send less of it.")
    response = exception_handler(error, context)
    if response is None:
        return None
    code, detail, extra = _describe(error, response)
    problem = _problem(response.status_code, code, detail, **extra)
    for header, value in response.headers.items():
        if header.lower() not in {"content-type", "content-length"}:
            problem[header] = value
    return problem


def _describe(error: Exception, response: Response) -> tuple[str, str, dict[str, Any]]:
    if isinstance(error, ValidationError):
        return "invalid_input", "Some fields are not right.", {"fields": response.data}
    if isinstance(error, Http404):
        return "not_found", "There is nothing at this address.", {}
    if isinstance(error, PermissionDenied):
        return "access_refused", "You may not do this.", {}
    if isinstance(error, APIException):
        return error.default_code, str(error.detail), {}
    return "error", "The request could not be answered.", {}


def problem_body(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """The document of a problem, for edges that are no DRF view as well."""
    return {
        "type": f"/docs/users/errors/#{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }


def _problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    body = problem_body(status, code, detail, **extra)
    return Response(body, status=status, content_type="application/problem+json")

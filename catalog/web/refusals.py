"""Refusals become pages: what, why and whom to ask, never a stack trace (law 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve

from catalog.access import AccessRefused
from catalog.errors import UNSTORABLE, CatalogError
from catalog.log_lines import log_unstorable
from catalog.web.presentation import query_strings
from catalog.whole_numbers import LARGEST, is_whole, whole

_DAYS = frozenset({"as_of", "since", "until"})


class RefusalMiddleware:
    """Answers what a service or selector refused and no view explained in place, and leads a
    browser from an address that forms are sent to back to where the form is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        if isinstance(answer, HttpResponseNotAllowed) and _is_looked_at(request):
            return redirect(_page_above(request.path))
        return answer

    def process_view(
        self, request: HttpRequest, view: object, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        """Raises Http404 for the key of a row that none can have: no view has to look for it."""
        if any(_is_beyond(name, value) for name, value in kwargs.items()):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; None leaves every other exception to Django."""
        if isinstance(exception, AccessRefused):
            return render(request, "403.html", {"exception": reason_of(exception)}, status=403)
        if isinstance(exception, DataError):
            log_unstorable(exception)
            return render(request, "catalog/refused.html", {"reason": UNSTORABLE}, status=400)
        if not isinstance(exception, CatalogError):
            return None
        if exception.status == 404:
            return render(request, "404.html", {"reason": exception.message}, status=404)
        return _refused(request, exception)


def _refused(request: HttpRequest, exception: CatalogError) -> HttpResponse:
    """What was refused and why. Where the address itself is wrong, nothing was to be changed, and
    what it says wrongly can be said anew."""
    context: dict[str, Any] = {"reason": exception.message}
    if request.method in ("GET", "HEAD"):
        field, lists = exception.field, dict(request.GET.lists())
        context |= {"is_read": True}
        if field in lists:
            context |= {
                "field": field,
                "written": request.GET[field],
                "is_day": field in _DAYS,
                "without": query_strings.with_changes(lists, {field: None}),
            }
    return render(request, "catalog/refused.html", context, status=exception.status)


def _is_beyond(name: str, value: Any) -> bool:
    if isinstance(value, int):
        return value > LARGEST
    is_key = name.endswith(("pk", "id")) and isinstance(value, str) and is_whole(value)
    return is_key and whole(value) is None


def _is_looked_at(request: HttpRequest) -> bool:
    """Whether a browser opens the address, as after Enter in its address bar."""
    is_read = request.method in ("GET", "HEAD")
    return is_read and "text/html" in request.headers.get("Accept", "")


def _page_above(path: str) -> str:
    """Where the form stands that is sent to an address: the nearest one above that there is."""
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            resolve(path)
        except Resolver404:
            continue
        return path
    return "/"


def reason_of(refusal: AccessRefused | CatalogError) -> str:
    """The refusal in a sentence for the person, with whom to ask."""
    if isinstance(refusal, CatalogError):
        return refusal.message
    return refusal.verdict.sentence

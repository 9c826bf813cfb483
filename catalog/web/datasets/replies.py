"""Answers after somebody changed a dataset: the changed place alone for a script, else the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from catalog.access import AccessRefused
from catalog.errors import CatalogError, NotFound
from catalog.web.addresses import dataset_address
from catalog.web.datasets.confirmations import Confirmation
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.refusals import reason_of


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asked for a piece of the page instead of a page."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def changed(
    request: HttpRequest, dataset_id: int, confirmation: Confirmation, tab: str = "dataset"
) -> HttpResponse:
    """Show the place that changed with its confirmation."""
    if not wants_fragment(request):
        address = dataset_address(dataset_id, tab, done=confirmation.token())
        return redirect(f"{address}#part-{confirmation.part}")
    frame = frame_of(request, dataset_id)
    context = {**overview_context(frame), "confirmation": confirmation}
    return render(request, "catalog/dataset/changed.html", context)


def refusal_status(error: CatalogError | AccessRefused) -> int:
    """The HTTP status of a refusal."""
    return error.status if isinstance(error, CatalogError) else 403


def refused(
    request: HttpRequest,
    dataset_id: int,
    part: str,
    error: CatalogError | AccessRefused,
    *,
    template: str = "catalog/dataset/edit/refused.html",
    title: str = "",
    **context: Any,
) -> HttpResponse:
    """Explain in the place where it was tried; nothing was changed. What is not there or may not
    be seen stays a plain 404."""
    if isinstance(error, NotFound):
        raise error
    frame = frame_of(request, dataset_id)
    shown = {
        **overview_context(frame),
        **context,
        "part": part,
        "title": title,
        "refusal": reason_of(error),
        "fragment": template,
    }
    page = template if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, page, shown, status=refusal_status(error))

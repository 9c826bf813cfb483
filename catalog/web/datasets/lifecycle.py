"""Moving a dataset through its lifecycle, the gates explained before they are tried."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.models import Dataset
from catalog.services import curation
from catalog.services.curation.lifecycle import STEPS, missing_for
from catalog.types import Lifecycle
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.datasets.replies import changed, refused, wants_fragment
from catalog.web.middleware import principal_from

_TEMPLATE = "catalog/dataset/edit/lifecycle.html"
_MEANS = {
    Lifecycle.DRAFT: "Being prepared; found, but not to be relied on.",
    Lifecycle.PUBLISHED: "Open to everybody, as it is.",
    Lifecycle.CURATED: "Looked after: owned, described and ready to operate.",
    Lifecycle.DEPRECATED: "On its way out; readers see why and what to use instead.",
    Lifecycle.ARCHIVED: "Out of use; kept in the catalog for its history.",
}


@require_http_methods(["GET", "POST"])
def edit_lifecycle(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The next steps with what each still lacks; a POST takes one."""
    frame = frame_of(request, dataset_id)
    if not frame.rights["lifecycle"].allowed:
        raise AccessRefused(frame.rights["lifecycle"])
    if request.method == "POST":
        return _move(request, frame.dataset)
    context = {
        **overview_context(frame),
        **_steps(frame.dataset),
        "part": "details",
        "title": "Lifecycle",
        "fragment": _TEMPLATE,
    }
    page = _TEMPLATE if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, page, context)


def _move(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    before = Lifecycle(dataset.lifecycle)
    reason = request.POST.get("reason", "")
    try:
        to = _lifecycle(request.POST.get("to", ""))
        curation.change_lifecycle(
            acting=principal_from(request), dataset_id=dataset.pk, to=to, reason=reason
        )
    except (CatalogError, AccessRefused) as error:
        return refused(
            request,
            dataset.pk,
            "details",
            error,
            template=_TEMPLATE,
            title="Lifecycle",
            reason=reason,
            **_steps(dataset),
        )
    undo = None
    if before in STEPS[to] and not missing_for(dataset, before):
        undo = Undo(request.path, {"to": before.value, "reason": "Taken back"})
    return changed(request, dataset.pk, Confirmation("details", f"It is {to.value} now.", undo))


def _lifecycle(text: str) -> Lifecycle:
    try:
        return Lifecycle(text)
    except ValueError:
        raise InvalidInput("Choose the next step.", field="to") from None


def _steps(dataset: Dataset) -> dict[str, Any]:
    return {
        "next_steps": [
            {"value": to.value, "means": _MEANS[to], "missing": missing_for(dataset, to)}
            for to in Lifecycle
            if to in STEPS[Lifecycle(dataset.lifecycle)]
        ]
    }

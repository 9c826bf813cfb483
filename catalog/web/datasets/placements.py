"""Where a dataset comes first in searches, and putting it there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.selectors.datasets import placements_of
from catalog.services import placements as placing
from catalog.web.datasets.forms import PlacementForm
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.replies import refusal_status
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of


@require_http_methods(["GET", "POST"])
def placements(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The searches in which the dataset comes first; stewards add one."""
    frame = frame_of(request, dataset_id)
    form = PlacementForm(request.POST or None)
    status, refusal = 200, ""
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                placing.place_first(
                    acting=frame.principal, dataset_id=dataset_id, **form.cleaned_data
                )
            except InvalidInput as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            except (CatalogError, AccessRefused) as error:
                status, refusal = refusal_status(error), reason_of(error)
            else:
                messages.success(request, "It comes first from the next search on.")
                return redirect("catalog:placements", dataset_id)
    context = {
        **frame.context,
        "form": form,
        "refusal": refusal,
        "placements": placements_of(frame.principal, frame.dataset),
    }
    return render(request, "catalog/dataset/placements.html", context, status=status)


@require_POST
def take_back(request: HttpRequest, dataset_id: int, placement_id: int) -> HttpResponse:
    """End a placement."""
    try:
        placing.take_back(acting=principal_from(request), placement_id=placement_id)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"It stays where it was put. {reason_of(error)}")
    else:
        messages.success(request, "It stands in its own place again.")
    return redirect("catalog:placements", dataset_id)

"""Tags and classifications of a dataset and of its columns, in place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.selectors.pickers import label_paths
from catalog.services import curation
from catalog.types import LabelKind
from catalog.web.datasets.columns import changed_column
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.datasets.replies import changed, refused, wants_fragment
from catalog.web.middleware import principal_from

_TEMPLATE = "catalog/dataset/edit/labels.html"


@require_GET
def edit_labels(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The labels with what takes them off, and a field to add one."""
    frame = frame_of(request, dataset_id)
    if not (frame.rights["tags"].allowed or frame.rights["classifications"].allowed):
        raise AccessRefused(frame.rights["tags"])
    context = {
        **overview_context(frame),
        **_known(request),
        "part": "labels",
        "title": "Tags and classifications",
        "fragment": _TEMPLATE,
    }
    page = _TEMPLATE if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, page, context)


@require_GET
def labels_part(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The labels as they stand."""
    context = overview_context(frame_of(request, dataset_id))
    return render(request, "catalog/dataset/parts/labels.html", context)


@require_POST
def put_label(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Put a label on the dataset or on its column named `column`."""
    path, column = request.POST.get("path", ""), request.POST.get("column", "")
    try:
        kind = _kind(request)
        label = curation.add_label(
            acting=principal_from(request),
            dataset_id=dataset_id,
            kind=kind,
            path=path,
            column_path=column,
        )
    except (CatalogError, AccessRefused) as error:
        return _refused(request, dataset_id, error, column)
    undo = Undo(
        reverse("catalog:take_label", args=[dataset_id]),
        {"kind": kind.value, "path": label.path, "column": column},
    )
    return _changed(request, dataset_id, column, f"{label.path} is put on.", undo)


@require_POST
def take_label(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Take a label off."""
    path, column = request.POST.get("path", ""), request.POST.get("column", "")
    try:
        kind = _kind(request)
        curation.remove_label(
            acting=principal_from(request),
            dataset_id=dataset_id,
            kind=kind,
            path=path,
            column_path=column,
        )
    except (CatalogError, AccessRefused) as error:
        return _refused(request, dataset_id, error, column)
    undo = Undo(
        reverse("catalog:put_label", args=[dataset_id]),
        {"kind": kind.value, "path": path, "column": column},
    )
    return _changed(request, dataset_id, column, f"{path} is taken off.", undo)


def _kind(request: HttpRequest) -> LabelKind:
    try:
        return LabelKind(request.POST.get("kind", ""))
    except ValueError:
        raise InvalidInput("A label is a tag or a classification.", field="kind") from None


def _known(request: HttpRequest) -> dict[str, Any]:
    principal = principal_from(request)
    return {
        "known_tags": label_paths(principal, LabelKind.TAG),
        "known_classifications": label_paths(principal, LabelKind.CLASSIFICATION),
    }


def _changed(
    request: HttpRequest, dataset_id: int, column: str, text: str, undo: Undo
) -> HttpResponse:
    if not column:
        return changed(request, dataset_id, Confirmation("labels", text, undo))
    return changed_column(request, dataset_id, column, Confirmation("columns", text, undo, column))


def _refused(
    request: HttpRequest, dataset_id: int, error: CatalogError | AccessRefused, column: str
) -> HttpResponse:
    if isinstance(error, NotFound):
        # The dataset is there (its page was just used); what is gone is the label or the column.
        frame_of(request, dataset_id)
        error = InvalidInput(error.message)
    return refused(
        request,
        dataset_id,
        "labels",
        error,
        template=_TEMPLATE,
        title="Tags and classifications",
        column=column,
        **_known(request),
    )

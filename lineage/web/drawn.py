"""What people draw around a dataset: the list, its history, the form, and removal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.types import Principal
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from lineage.selectors.catalog_tables import CatalogTables
from lineage.selectors.columns import columns_by_dataset
from lineage.selectors.manual import drawn_changes, drawn_edges
from lineage.services.manual import FACT, SUBTYPES, draw_edge, remove_edge
from lineage.types import EdgeKind, EdgeSubtype
from lineage.web.wording import HOW, how

_TEMPLATE = "lineage/drawn.html"
_VERBS = {"insert": "drew", "update": "changed", "delete": "removed"}


class DrawForm(forms.Form):
    """An edge into the dataset of the page."""

    source = forms.CharField(
        label="From the dataset",
        max_length=2_000,
        help_text="Its whole name, such as postgres://warehouse/shop.public.orders.",
    )
    source_column = forms.CharField(
        label="From its column",
        max_length=1_000,
        required=False,
        help_text="Leave both columns out to join the datasets as a whole.",
    )
    target_column = forms.ChoiceField(label="Into the column", required=False)
    subtype = forms.ChoiceField(
        label="How",
        choices=[
            (group.value.capitalize(), [(s.value, HOW[s].capitalize()) for s in members])
            for group, members in SUBTYPES.items()
        ],
        initial=EdgeSubtype.TRANSFORMATION.value,
        help_text="Direct: values arrive. Indirect: it only decides which rows there are.",
    )
    masking = forms.BooleanField(label="The values are masked on the way", required=False)
    transformation = forms.CharField(
        label="What happens on the way", max_length=2_000, required=False
    )
    reason = forms.CharField(
        label="Why you say so",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Others read it beside the line, and judge it later.",
    )

    def __init__(self, paths: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        column = self.fields["target_column"]
        assert isinstance(column, forms.ChoiceField)
        column.choices = [("", "The dataset as a whole"), *((path, path) for path in paths)]


@require_http_methods(["GET", "POST"])
def drawn(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/lineage/drawn/`: what people drew; with POST one more edge into it."""
    frame = frame_of(request, dataset_id)
    paths = [c.path for c in columns_by_dataset(frame.principal, [dataset_id])[dataset_id]]
    if request.method != "POST":
        form = DrawForm(paths, initial={"source": request.GET.get("source", "")[:2_000]})
        return _page(request, frame, form)
    form = DrawForm(paths, request.POST)
    if not form.is_valid():
        return _page(request, frame, form, status=400)
    try:
        _draw(frame.principal, dataset_id, form.cleaned_data)
    except AccessRefused as refusal:
        return _page(request, frame, form, refusal=reason_of(refusal), status=403)
    except CatalogError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _page(request, frame, form, status=error.status)
    return redirect(reverse("lineage:drawn", args=[dataset_id]))


@require_POST
def remove_drawn(request: HttpRequest, dataset_id: int, edge_id: int) -> HttpResponse:
    """Take an edge away; the reason stands in the history."""
    frame = frame_of(request, dataset_id)
    try:
        remove_edge(
            acting=principal_from(request),
            edge_id=edge_id,
            reason=request.POST.get("reason", ""),
        )
    except (CatalogError, AccessRefused) as refusal:
        if isinstance(refusal, NotFound):
            raise
        paths = [c.path for c in columns_by_dataset(frame.principal, [dataset_id])[dataset_id]]
        status = refusal.status if isinstance(refusal, CatalogError) else 403
        return _page(request, frame, DrawForm(paths), refusal=reason_of(refusal), status=status)
    return redirect(reverse("lineage:drawn", args=[dataset_id]))


def _draw(principal: Principal, dataset_id: int, given: dict[str, Any]) -> None:
    source = CatalogTables(principal).named(given["source"].strip())
    if source is None:
        raise InvalidInput("There is no dataset of that name.", field="source")
    subtype = EdgeSubtype(given["subtype"])
    draw_edge(
        acting=principal,
        source_id=source.id,
        target_id=dataset_id,
        source_column=given["source_column"].strip(),
        target_column=given["target_column"],
        kind=EdgeKind.DIRECT if subtype in SUBTYPES[EdgeKind.DIRECT] else EdgeKind.INDIRECT,
        subtype=subtype,
        masking=given["masking"],
        transformation=given["transformation"],
        reason=given["reason"],
    )


def _page(
    request: HttpRequest, frame: Frame, form: DrawForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    edges = drawn_edges(frame.principal, frame.dataset.pk)
    context = {
        **frame.context,
        "form": form,
        "refusal": refusal,
        "right": frame.rights[FACT],
        "edges": [(edge, how(edge.subtype, edge.masking)) for edge in edges],
        "changes": [
            (change, _VERBS[change.verb])
            for change in drawn_changes(frame.principal, frame.dataset.pk)
        ],
        "lineage_href": reverse("lineage:dataset", args=[frame.dataset.pk]),
    }
    return render(request, _TEMPLATE, context, status=status)

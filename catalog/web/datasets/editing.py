"""Changing the facts of a dataset in place, with and without a script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.selectors.datasets import get_dataset
from catalog.services import curation
from catalog.services.curation.facts import version_of
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.forms import FactsForm
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.datasets.parts import PLACES, Part, part_of
from catalog.web.datasets.replies import changed, refusal_status, wants_fragment
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, dataset_id: int, part: str) -> HttpResponse:
    """`/datasets/<id>/edit/<part>/`: the form of one part, and what it sends."""
    found = part_of(part)
    frame = frame_of(request, dataset_id)
    for fact in found.facts:
        verdict = frame.rights[fact]
        if not verdict.allowed:
            raise AccessRefused(verdict)
    if request.method == "GET":
        form = found.make(frame.principal, frame.dataset, None)
        form.initial["version"] = version_of(frame.dataset)
        return _form(request, frame, found, form)
    form = found.make(frame.principal, frame.dataset, request.POST)
    if not form.is_valid():
        return _form(request, frame, found, form, status=400)
    if "preview" in request.POST:
        return _form(request, frame, found, form, preview=form.cleaned_data.get("description"))
    return _save(request, frame, found, form)


@require_GET
def part(request: HttpRequest, dataset_id: int, part: str) -> HttpResponse:
    """One part as it stands, which is what leaving its form brings back."""
    found = part_of(part)
    frame = frame_of(request, dataset_id)
    return render(request, found.template, overview_context(frame))


@require_POST
def revert(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Go back to an earlier version of the declared facts."""
    principal = principal_from(request)
    history_id = _history_id(request)
    before = version_of(get_dataset(principal, dataset_id))
    dataset = curation.revert_dataset(
        acting=principal,
        dataset_id=dataset_id,
        history_id=history_id,
        expected_version=request.POST.get("expected") or None,
    )
    place = request.POST.get("place", "description")
    confirmation = Confirmation(
        part=place if place in set(PLACES.values()) else "description",
        text="Taken back. It is as it was.",
        undo=undo_to(dataset_id, before, version_of(dataset), place),
    )
    return changed(request, dataset_id, confirmation, "dataset")


def undo_to(dataset_id: int, version: str, expected: str, place: str) -> Undo:
    """The form that goes back to `version`, as long as `expected` is still the latest."""
    return Undo(
        reverse("catalog:revert", args=[dataset_id]),
        {"history_id": version, "expected": expected, "place": place},
    )


def _history_id(request: HttpRequest) -> int:
    written = request.POST.get("history_id", "")
    if (number := whole(written)) is None:
        raise NotFound("This version does not belong to the dataset.")
    return number


def _save(request: HttpRequest, frame: Frame, part: Part, form: FactsForm) -> HttpResponse:
    # Keep what undo needs before anything changes: the version the person was looking at.
    before = form.cleaned_data["version"] or version_of(frame.dataset)
    try:
        dataset = curation.change_dataset(
            acting=frame.principal,
            dataset_id=frame.dataset.pk,
            changes=form.changes(),
            expected_version=before,
            reason=form.cleaned_data["reason"],
        )
    except InvalidInput as error:
        field = "value" if error.field == getattr(form, "fact", None) else error.field
        form.add_error(field if field in form.fields else None, error.message)
        return _form(request, frame, part, form, status=400)
    except (CatalogError, AccessRefused) as error:
        form.add_error(None, reason_of(error))
        meanwhile = isinstance(error, Conflict)
        return _form(request, frame, part, form, status=refusal_status(error), meanwhile=meanwhile)
    after = version_of(dataset)
    place = PLACES[part.key]
    if after == before:
        confirmation = Confirmation(place, "Nothing was different, so nothing was changed.")
    else:
        undo = undo_to(dataset.pk, before, after, place)
        confirmation = Confirmation(place, f"{part.title}: saved.", undo)
    return changed(request, dataset.pk, confirmation)


def _form(
    request: HttpRequest,
    frame: Frame,
    part: Part,
    form: FactsForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        **overview_context(frame),
        "part": PLACES[part.key],
        "part_key": part.key,
        "title": part.title,
        "form": form,
        "fragment": "catalog/dataset/edit/form.html",
        **more,
    }
    template = context["fragment"] if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, template, context, status=status)

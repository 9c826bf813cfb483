"""Naming and releasing owners in place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.models import Ownership
from catalog.selectors.pickers import owner_choices
from catalog.services import curation
from catalog.types import OwnershipKind
from catalog.web.datasets.confirmations import Confirmation, Undo
from catalog.web.datasets.forms import OwnerForm
from catalog.web.datasets.frame import frame_of
from catalog.web.datasets.overview import overview_context
from catalog.web.datasets.replies import changed, refused, wants_fragment

_TEMPLATE = "catalog/dataset/edit/owners.html"


@require_GET
def edit_owners(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The owners with what releases them, and a search for who may be named (`?find=`)."""
    frame = frame_of(request, dataset_id)
    if not frame.rights["owners"].allowed:
        raise AccessRefused(frame.rights["owners"])
    find = request.GET.get("find", "")
    context = {
        **overview_context(frame),
        **_picker(request, find),
        "part": "owners",
        "title": "Owners",
        "fragment": _TEMPLATE,
    }
    if request.htmx and request.htmx.target == "owner-choices":  # type: ignore[attr-defined]
        return render(request, "catalog/dataset/edit/owner_choices.html", context)
    page = _TEMPLATE if wants_fragment(request) else "catalog/dataset/edit/page.html"
    return render(request, page, context)


@require_GET
def owners_part(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """The owners as they stand."""
    context = overview_context(frame_of(request, dataset_id))
    return render(request, "catalog/dataset/parts/owners.html", context)


@require_POST
def name_owner(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Name a person or a team."""
    form = OwnerForm(request.POST)
    try:
        if not form.is_valid():
            field, messages = next(iter(form.errors.items()))
            raise InvalidInput(" ".join(map(str, messages)), field=field)
        ownership = curation.add_owner(
            acting=request.principal,  # type: ignore[attr-defined]
            dataset_id=dataset_id,
            kind=OwnershipKind(form.cleaned_data["kind"]),
            person_id=form.key_of("person"),
            team_id=form.key_of("team"),
        )
    except (CatalogError, AccessRefused) as error:
        return _refused(request, dataset_id, error)
    undo = Undo(
        reverse("catalog:release_owner", args=[dataset_id]), {"ownership": str(ownership.pk)}
    )
    words = OwnershipKind(ownership.kind).value.replace("_", " ")
    return changed(
        request, dataset_id, Confirmation("owners", f"{ownership.owner} is {words} now.", undo)
    )


@require_POST
def release_owner(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Release an owner; undoing names the same one again."""
    written = request.POST.get("ownership", "")
    frame = frame_of(request, dataset_id)
    held = {str(ownership.pk): ownership for ownership in frame.dataset.ownerships.all()}
    ownership = held.get(written)
    try:
        if ownership is None:
            raise NotFound("This owner is not named on the dataset any more.")
        curation.remove_owner(
            acting=frame.principal, dataset_id=dataset_id, ownership_id=ownership.pk
        )
    except NotFound as error:
        return _refused(request, dataset_id, InvalidInput(error.message))
    except (CatalogError, AccessRefused) as error:
        return _refused(request, dataset_id, error)
    undo = Undo(
        reverse("catalog:name_owner", args=[dataset_id]),
        {"owner": _key(ownership), "kind": ownership.kind},
    )
    return changed(
        request, dataset_id, Confirmation("owners", f"{ownership.owner} is released.", undo)
    )


def _key(ownership: Ownership) -> str:
    if ownership.person_id is not None:
        return f"person:{ownership.person_id}"
    return f"team:{ownership.team_id}"


def _picker(request: HttpRequest, find: str) -> dict[str, Any]:
    return {
        "find": find,
        "choices": owner_choices(request.principal, find),  # type: ignore[attr-defined]
        "form": OwnerForm(initial={"kind": OwnershipKind.TECHNICAL_OWNER.value}),
    }


def _refused(
    request: HttpRequest, dataset_id: int, error: CatalogError | AccessRefused
) -> HttpResponse:
    find = request.POST.get("find", "")
    return refused(
        request,
        dataset_id,
        "owners",
        error,
        template=_TEMPLATE,
        title="Owners",
        **_picker(request, find),
    )

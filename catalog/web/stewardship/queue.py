"""The queue of gaps (R-059): what is used most and lacks most first, mended in its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.models import Domain, System
from catalog.selectors.dataset_lists import ANY_GAP, DatasetFilter, listed_datasets
from catalog.selectors.datasets import get_dataset
from catalog.selectors.directory import visible
from catalog.selectors.list_rights import rights_on_list
from catalog.selectors.owner_references import find_owner, known_references
from catalog.selectors.stewardship import GAPS, gaps_of
from catalog.services import curation
from catalog.types import OwnershipKind, Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from catalog.web.stewardship.listing import dataset_listing
from catalog.web.stewardship.returning import back_to

GAP_WORDS = {
    "owner": "No owner",
    "description": "No description",
    "key": "No key",
    "question": "Unanswered question",
}


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """`/stewardship/`"""
    principal = principal_from(request)
    gap = request.GET.get("gap", "")
    if gap and gap not in GAPS:
        gap = ""
    listing = dataset_listing(request, principal, gap=gap or ANY_GAP)
    context: dict[str, Any] = {
        "listing": listing,
        "rows": [_row(dataset, listing.rights[dataset.pk]) for dataset in listing.page],
        "may_change": any(rights["owners"].allowed for rights in listing.rights.values()),
        "gap": gap,
        "gaps": GAP_WORDS.items(),
        "systems": [(str(s.pk), s.display_name or s.instance) for s in visible(principal, System)],
        "domains": [(d.slug, d.name) for d in visible(principal, Domain)],
        "known_owners": known_references(principal),
        "is_filtered": bool(gap or listing.conditions != DatasetFilter(gap=ANY_GAP)),
        "kinds": list(OwnershipKind),
    }
    return render(request, "catalog/stewardship/queue.html", context)


@require_POST
def become_owner(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Name the person who asks."""

    def change(acting: Principal) -> str:
        curation.add_owner(
            acting=acting,
            dataset_id=dataset_id,
            kind=OwnershipKind.BUSINESS_OWNER,
            person_id=acting.person_id,
        )
        return "You own it now."

    return _mended(request, dataset_id, change)


@require_POST
def name_owner(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Name somebody, written as user name or team:name."""

    def change(acting: Principal) -> str:
        owner = find_owner(acting, request.POST.get("owner", ""))
        curation.add_owner(
            acting=acting,
            dataset_id=dataset_id,
            kind=_kind(request.POST.get("kind", "")),
            person_id=owner.person_id,
            team_id=owner.team_id,
        )
        return f"{owner.name} owns it now."

    return _mended(request, dataset_id, change)


@require_POST
def describe(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Write what it means."""
    return _mended(
        request,
        dataset_id,
        _fact(request, dataset_id, "description", "Write what it means.", "Described."),
    )


@require_POST
def name_key(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """Say which columns tell its rows apart."""
    return _mended(
        request,
        dataset_id,
        _fact(request, dataset_id, "key", "Write the columns of its key.", "Its key is known."),
    )


def _fact(
    request: HttpRequest, dataset_id: int, fact: str, empty: str, done: str
) -> Callable[[Principal], str]:
    def change(acting: Principal) -> str:
        text = request.POST.get("text", "").strip()
        if not text:
            raise InvalidInput(empty, field=fact)
        curation.change_dataset(acting=acting, dataset_id=dataset_id, changes={fact: text})
        return done

    return change


def _mended(
    request: HttpRequest, dataset_id: int, change: Callable[[Principal], str]
) -> HttpResponse:
    """Do it and answer with the row as it stands now, or with the reason why not."""
    principal = principal_from(request)
    said = refusal = ""
    status = 200
    try:
        said = change(principal)
    except NotFound:
        raise
    except (CatalogError, AccessRefused) as error:
        refusal = reason_of(error)
        status = error.status if isinstance(error, CatalogError) else 403
    if not request.htmx:  # type: ignore[attr-defined]
        name = get_dataset(principal, dataset_id).name
        if refusal:
            messages.error(request, f"{name}: nothing was changed. {refusal}")
        else:
            messages.success(request, f"{name}: {said}")
        return redirect(back_to(request))
    gap = DatasetFilter(gap=ANY_GAP, gone=True)
    dataset = listed_datasets(principal, gap).filter(pk=dataset_id).first()
    whole = dataset is None
    dataset = dataset or get_dataset(principal, dataset_id)
    rights = rights_on_list(principal, [dataset])[dataset.pk]
    context = {
        "row": _row(dataset, rights, is_whole=whole),
        "said": said,
        "refusal": refusal,
        "next": back_to(request),
        "kinds": list(OwnershipKind),
    }
    return render(request, "catalog/stewardship/queue_row.html", context, status=status)


def _row(dataset: Any, rights: Any, is_whole: bool = False) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "rights": rights,
        "gaps": () if is_whole else gaps_of(dataset),
        "lacks": {
            "owner": not is_whole and bool(dataset.lacks_owner),
            "description": not is_whole and bool(dataset.lacks_description),
            "key": not is_whole and bool(dataset.lacks_key),
            "question": not is_whole and bool(dataset.open_questions),
        },
        "use_count": 0 if is_whole else dataset.use_count,
        "is_whole": is_whole,
    }


def _kind(written: str) -> OwnershipKind:
    try:
        return OwnershipKind(written or OwnershipKind.BUSINESS_OWNER)
    except ValueError:
        raise InvalidInput("Choose what the owner answers as.", field="kind") from None
